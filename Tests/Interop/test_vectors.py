"""Gradus and the test vectors of `integrations/vectors` agree: losses, gradients, terms and metrics, whole and cut.

`GRADUS` is the built program. The vectors were made by an implementation of its own, in torch.
"""

import concurrent.futures
import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "integrations" / "vectors"))

from gradus_vectors.files import cases, cuts, files  # noqa: E402

GRADUS = os.environ.get("GRADUS") or shutil.which("gradus")
pytestmark = pytest.mark.skipif(GRADUS is None, reason="GRADUS does not name the built program")


def flat(name, value, form="{}"):
    """Expected numbers under the names that Gradus gives them."""
    if not isinstance(value, list):
        return {form.format(name): value}
    result = {}
    for i, row in enumerate(value):
        for key, x in enumerate(row) if isinstance(row, list) else [(None, row)]:
            result[form.format(f"{name}[{i}]" if key is None else f"{name}[{i},{key}]")] = x
    return result


def expected(case):
    test = case.test
    result = {"loss": test["loss"]}
    for leaf, rows in test["gradients"].items():
        result |= flat(leaf, rows, "grad({})")
    for name, rows in test["terms"].items():
        result |= flat(name, rows)
    for name, value in test["metrics"].items():
        result["perplexity" if name == "perplexity" else f"metric({name})"] = value
    return result


def tolerance(case, key):
    # TRL has exo_pair's logarithms, sapo's temperatures and this metric in single precision, and Gradus follows it.
    single = case.options.get("loss_type") in ("exo_pair", "sapo") or key == "metric(rewards/accuracies)"
    return 1e-6 if single else 1e-9


def answer(folder, name, batch, keys):
    """The numbers, or what Gradus says against the batch."""
    path = folder / f"{name}.batch.json"
    path.write_text(json.dumps(batch))
    command = [GRADUS, "print", path, "-", "--json"]
    result = subprocess.run(command, input=json.dumps(keys), capture_output=True, text=True)
    return (json.loads(result.stdout), None) if result.returncode == 0 else (None, (result.returncode, result.stderr.strip()))


def same(own, value, t):
    if value is None or own is None:
        return value is None and own is None
    return math.isclose(own, value, rel_tol=t, abs_tol=t)


def disagreements(case, folder):
    wanted = expected(case)
    numbers, refusal = answer(folder, case.id, case.batch_file(), list(wanted))
    if refusal:
        return [f"{case.id} {case.changed}: {refusal[1]}"]
    return [
        f"{case.id} {case.changed} {key}: {numbers[key]}, not {value}"
        for key, value in wanted.items() if not same(numbers[key], value, tolerance(case, key))
    ]  # fmt: skip


def over(function, own):
    """The lines that a function gives for each vector, two at a time."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return [line for lines in pool.map(function, own) for line in lines]


def is_refused(case):
    """A divergence other than the reverse KL, for losses of single responses."""
    return case.options.get("loss_type") == "apo_down" and case.options["f_divergence_type"] != "reverse_kl"


def valid(name, is_meant=lambda case: True):
    return [c for c in cases(name) if c.is_valid and is_meant(c)]


NAMES = [n.removesuffix(".json") for n in files()]


@pytest.mark.parametrize("name", NAMES)
def test_gradus_agrees(name, tmp_path):
    own = valid(name, lambda c: not is_refused(c))
    found = over(lambda c: disagreements(c, tmp_path), own)
    assert not found, f"{len(found)} numbers of {len(own)} vectors differ:\n" + "\n".join(found[:20])


def test_what_gradus_does_not_offer_is_refused(tmp_path):
    own = valid("dpo", is_refused)
    assert own
    for case in own:
        numbers, refusal = answer(tmp_path, case.id, case.batch_file(), ["loss"])
        assert numbers is None and refusal[0] == 65 and "f_divergence_type" in refusal[1]


@pytest.mark.parametrize("name", NAMES)
def test_gradus_refuses_what_is_not_a_number(name, tmp_path):
    for case in cases(name):
        if not case.is_valid:
            numbers, refusal = answer(tmp_path, case.id, case.batch_file(), ["loss"])
            assert numbers is None and refusal[0] == 65, case.id


def part_of(case, rows):
    """The batch of which only these responses are learned from, and by what its loss is to be multiplied."""
    batch, tokens, options = case.batch_file(), case.test["tokens"], case.options
    share, weight = len(rows) / len(tokens), sum(tokens[i] for i in rows) / max(1, sum(tokens))
    if case.algorithm == "grpo":
        by_step = options["loss_type"] in ("dapo", "cispo", "vespo", "gpg", "dppo_tv", "dppo_kl")
        return batch | {"minibatch": rows, "step_tokens": max(1, sum(tokens))}, 1 if by_step else share
    if case.algorithm == "ppo":
        return batch | {"minibatch": rows}, {"token-mean": weight, "token-sum": 1}.get(options["loss_agg_mode"], share)
    for key in ("sequences", "pairs", "examples"):
        if key in batch:
            batch |= {key: [batch[key][i] for i in rows]}
    mode = options.get("loss_agg_mode", "token-mean" if case.algorithm == "sft" else "mean of rows")
    return batch, {"token-mean": weight, "token-sum": 1}.get(mode, share)


def cut_disagreements(case, folder):
    """Parts of a step, as Gradus computes each by itself, add up to the loss of the whole."""
    lines = []
    for cut, ranks in cuts(case.data).items():
        if cut not in case.test.get("parts", {}) or cut in ("1xN", "ranks of parts"):
            continue
        for rank, owns in zip(ranks, case.test["parts"][cut]):
            for rows, value in zip(rank, owns):
                batch, factor = part_of(case, rows)
                numbers, refusal = answer(folder, f"{case.id}-{cut}-{rows[0]}", batch, ["loss"])
                own = refusal[1] if refusal else numbers["loss"] * factor
                if refusal or not same(own, value, max(tolerance(case, "loss"), 1e-9)):
                    lines.append(f"{case.id} {case.changed} {cut} {rows}: {own}, not {value}")
    return lines


def is_cut(case):
    """What Gradus can be asked of a part: one weight for all of its terms, and nothing that the whole batch decides."""
    options = case.options
    if "parts" not in case.test or is_refused(case):
        return False
    if case.algorithm == "kto":
        return options["loss_type"] != "kto"
    if case.algorithm == "ppo":
        return options["loss_agg_mode"] == options["vf_loss_agg_mode"] and options["score_position"] == "last_token"
    if case.algorithm == "dpo":
        return not {"sft", "orpo"} & set(options["loss_type"].split(","))
    return True


@pytest.mark.parametrize("name", NAMES)
def test_parts_add_up_in_gradus(name, tmp_path):
    # Of each group the vectors take turns: a run of the program for each part of all of them would take minutes.
    own = valid(name, is_cut)[::5]
    found = over(lambda c: cut_disagreements(c, tmp_path), own)
    assert own and not found, f"{len(found)} parts of {len(own)} vectors differ:\n" + "\n".join(found[:20])
