"""Reads the vectors: files of groups, each a batch and the tests that share it."""

import functools
import json
from importlib import resources

FORMAT = "gradus.vectors/1"


class Case:
    """One vector: a batch, options and what follows from them."""

    def __init__(self, file, group, test):
        self.id, self.comment, self.flags = test["id"], test.get("comment", ""), group.get("flags", []) + test.get("flags", [])
        self.algorithm, self.data = file["algorithm"], group["batch"]
        self.changed = test["options"]
        self.options = file["standards"] | test["options"]
        self.is_valid = test["result"] == "valid"
        self.test = test

    def batch_file(self):
        """The batch as a file that `gradus step` opens.

        Gradus has no NaN in a file: where a token counts nowhere, any number serves.
        """
        head = {"format": "gradus.batch/1", "algorithm": self.algorithm, "title": self.id, "config": self.changed}
        if not self.is_valid or "sequences" not in self.data:
            return head | self.data
        return head | self.data | {"sequences": [shown(s) for s in self.data["sequences"]]}


def shown(sequence):
    mask = sequence.get("loss_mask", [])
    if 0 not in mask:
        return sequence
    result = dict(sequence)
    for name, values in sequence.items():
        if name.endswith("logp"):
            result[name] = [-1.0 if x is None and not counts else x for x, counts in zip(values, mask)]
    return result


def folder():
    return resources.files("gradus_vectors") / "vectors"


@functools.cache
def files():
    """Every file of vectors, by name."""
    names = sorted(f.name for f in folder().iterdir() if f.name.endswith(".json"))
    return {name: json.loads((folder() / name).read_text()) for name in names}


def cases(only=None):
    """All vectors, or those whose file, algorithm, flag or id is `only`."""
    result = []
    for name, file in files().items():
        for group in file["groups"]:
            for test in group["tests"]:
                case = Case(file, group, test)
                if only is None or only in (name.removesuffix(".json"), case.algorithm, case.id, *case.flags):
                    result.append(case)
    return result


def mistakes():
    """The known mistakes, by name: their kind and what is wrong in one clause."""
    result = {}
    for file in files().values():
        result |= file["mistakes"]
    return result


def cuts(data):
    """How a batch is cut: [rank][part] = rows. Ranks take turns, so that they have responses of different lengths."""
    items = data.get("sequences") or data.get("pairs") or data.get("examples")
    rows = list(range(len(items)))
    result = {"1xN": [[rows]], "Nx1": [[[i] for i in rows]]}
    if len(rows) % 2 == 0:
        result["ranks"] = [[rows[0::2]], [rows[1::2]]]
    if len(rows) % 4 == 0:
        halves = [rows[0::2], rows[1::2]]
        result["ranks of parts"] = [[half[: len(half) // 2], half[len(half) // 2 :]] for half in halves]
    return result


def probe(gradients):
    """One number that tells gradients apart: their sum with weights between 0.5 and 1.5, none of which cancels another."""
    total, j = 0.0, 0
    for leaf in sorted(gradients):
        for row in gradients[leaf]:
            for g in row if isinstance(row, list) else [row]:
                j += 1
                total += g * (0.5 + (j * 0.6180339887498949) % 1)
    return total
