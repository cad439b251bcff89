"""Reads the vectors: files of groups, each a batch and the tests that share it."""

import functools
import json
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any, TypeAlias

# An object of JSON; schema.json says what is in it.
Object: TypeAlias = dict[str, Any]

FORMAT = "gradus.vectors/1"


class Case:
    """One vector: a batch, options and what follows from them."""

    def __init__(self, file: Object, group: Object, test: Object) -> None:
        self.id: str = test["id"]
        self.comment: str = test.get("comment", "")
        self.flags: list[str] = group.get("flags", []) + test.get("flags", [])
        self.algorithm: str = file["algorithm"]
        self.data: Object = group["batch"]
        self.changed: Object = test["options"]
        self.options: Object = file["standards"] | test["options"]
        self.is_valid: bool = test["result"] == "valid"
        self.test = test

    def batch_file(self) -> Object:
        """The batch as a file that `gradus step` opens.

        Gradus has no NaN in a file: where a token counts nowhere, any number serves.
        """
        head = {"format": "gradus.batch/1", "algorithm": self.algorithm, "title": self.id, "config": self.changed}
        if not self.is_valid or "sequences" not in self.data:
            return head | self.data
        return head | self.data | {"sequences": [shown(s) for s in self.data["sequences"]]}


def shown(sequence: Object) -> Object:
    mask = sequence.get("loss_mask", [])
    if 0 not in mask:
        return sequence
    result = dict(sequence)
    for name, values in sequence.items():
        if name.endswith("logp"):
            result[name] = [-1.0 if x is None and not counts else x for x, counts in zip(values, mask)]
    return result


@functools.cache
def files() -> dict[str, Object]:
    """Every file of vectors, by name."""
    folder = resources.files("gradus_vectors") / "vectors"
    names = sorted(f.name for f in folder.iterdir() if f.name.endswith(".json"))
    return {name: json.loads((folder / name).read_text()) for name in names}


def cases(only: str | None = None) -> list[Case]:
    """All vectors, or those whose file, algorithm, flag or id is `only`."""
    result = []
    for name, file in files().items():
        for group in file["groups"]:
            for test in group["tests"]:
                case = Case(file, group, test)
                if only is None or only in (name.removesuffix(".json"), case.algorithm, case.id, *case.flags):
                    result.append(case)
    return result


def mistakes() -> dict[str, Object]:
    """The known mistakes, by name: their kind and what is wrong in one clause."""
    result: dict[str, Object] = {}
    for file in files().values():
        result |= file["mistakes"]
    return result


def items_of(data: Object) -> list[Object]:
    """The sequences, pairs or examples of a batch."""
    items: list[Object] = data.get("sequences") or data.get("pairs") or data["examples"]
    return items


def cuts(data: Object) -> dict[str, list[list[list[int]]]]:
    """How a batch is cut: [rank][part] = rows. Ranks take turns, so that they have responses of different lengths."""
    rows = list(range(len(items_of(data))))
    result = {"1xN": [[rows]], "Nx1": [[[i] for i in rows]]}
    if len(rows) % 2 == 0:
        result["ranks"] = [[rows[0::2]], [rows[1::2]]]
    if len(rows) % 4 == 0:
        halves = [rows[0::2], rows[1::2]]
        result["ranks of parts"] = [[half[: len(half) // 2], half[len(half) // 2 :]] for half in halves]
    return result


def probe(gradients: Mapping[str, Iterable[Any]]) -> float:
    """One number that tells gradients apart: their sum with weights between 0.5 and 1.5, none of which cancels another."""
    total, j = 0.0, 0
    for leaf in sorted(gradients):
        for row in gradients[leaf]:
            for g in row if isinstance(row, list) else [row]:
                j += 1
                total += g * (0.5 + (j * 0.6180339887498949) % 1)
    return total
