"""Runs a loss function over the vectors and says of each what is wrong first."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch

from gradus_vectors.batch import Batch, Step
from gradus_vectors.files import Case, Object, cuts, probe

# What is tested: function(algorithm, options, batch), as `check_one` calls it.
LossFunction: TypeAlias = Callable[[str, Object, Batch], torch.Tensor | Object | None]

# Trainers compute parts of a loss in single precision.
RELATIVE, ABSOLUTE = 2e-6, 5e-7
# The order in which one number follows from the others.
TERMS = ("kl", "reward", "return", "reference_point", "advantage")


@dataclass
class Result:
    """What a function made of one vector: `status` is passed, failed or skipped."""

    case: Case
    status: str
    # What is wrong, in the order of the computation: a name, a sentence.
    problems: list[tuple[str, str]] = field(default_factory=list)
    # Loss, a number made of the gradients and one made of the advantages, as known mistakes have them; None if unknown.
    numbers: list[float | None] = field(default_factory=list)
    # What a cut's loss came to, where it was wrong: (name of the cut, loss).
    cut: tuple[str, float] | None = None


def check(
    function: LossFunction, cases: Sequence[Case], progress: Callable[[int, int], None] | None = None
) -> list[Result]:
    """One result for each case."""
    results = []
    for n, case in enumerate(cases):
        results.append(check_one(function, case))
        if progress:
            progress(n + 1, len(cases))
    return results


def check_one(function: LossFunction, case: Case) -> Result:
    """Calls `function(algorithm, options, batch)`.

    It gives the loss as a scalar tensor, or a dictionary with `loss` and whatever else it computes: `advantage`, `return`,
    `kl`, `reward` per response or token, `metrics` by name; `gradients` by leaf where they are not torch's. None, or
    NotImplementedError, says that it does not offer what the options ask for.
    """
    if not case.is_valid:
        return check_invalid(function, case)
    batch = Batch(case.data, case.algorithm, step=whole_step(case), given=given(case))
    try:
        answer = answered(function, case, batch)
    except Exception as error:  # Whatever it raises is what is wrong with it.
        return Result(case, "failed", [("error", f"raises {type(error).__name__}: {str(error).strip()[:100]}")])
    if answer is None:
        return Result(case, "skipped")
    result = compared(case, answer)
    if result.status == "passed" and "loss" in answer:
        check_cuts(function, case, result)
    return result


def whole_step(case: Case) -> Step:
    return Step(sum(case.test["tokens"]), len(case.test["tokens"]))


def given(case: Case) -> Object:
    """What the trainer had computed before the loss."""
    terms = case.test.get("terms", {})
    return {k: terms[k] for k in ("advantage", "return", "reference_point") if k in terms}


def answered(function: LossFunction, case: Case, batch: Batch) -> Object | None:
    """The function's answer as a dictionary, with gradients; None where it offers nothing."""
    try:
        answer = function(case.algorithm, dict(case.options), batch)
    except NotImplementedError:
        return None
    if answer is None:
        return None
    answer = dict(answer) if isinstance(answer, dict) else {"loss": answer}
    for name in TERMS:
        if isinstance(answer.get(name), (int, float, str)) and isinstance(case.test.get("terms", {}).get(name), list):
            raise TypeError(f"{name} is a {type(answer[name]).__name__}: give a tensor, or lists, of a number for each response or token")
    loss = answer.get("loss")
    if isinstance(loss, torch.Tensor):
        if loss.requires_grad and "gradients" not in answer:
            loss.backward()
        answer["loss"] = loss.item()
    if loss is not None and "gradients" not in answer:
        answer["gradients"] = batch.gradients()
    return answer


def check_invalid(function: LossFunction, case: Case) -> Result:
    """A finite loss of a batch with NaN is wrong; an error is not, nor is NaN."""
    try:
        answer = answered(function, case, Batch(case.data, case.algorithm))
    except Exception:
        return Result(case, "passed")
    if answer is None or "loss" not in answer:
        return Result(case, "skipped")
    if not math.isfinite(float(answer["loss"])):
        return Result(case, "passed")
    return Result(case, "failed", [("finite", f"gives the finite loss {number(answer['loss'])}")])


def compared(case: Case, answer: Object) -> Result:
    problems: list[tuple[str, str]] = []
    test = case.test
    for name in TERMS:
        if name in answer and name in test["terms"]:
            problems += differences(name, plain(answer[name]), test["terms"][name])
    if "loss" in answer:
        problems += differences("loss", float(answer["loss"]), test["loss"])
        for leaf, rows in test["gradients"].items():
            if leaf in answer["gradients"]:
                problems += differences(f"grad({leaf})", plain(answer["gradients"][leaf]), rows)
    for name, value in answer.get("metrics", {}).items():
        if name in test["metrics"]:
            problems += differences(f"metric({name})", float(value), test["metrics"][name])
    return Result(case, "failed" if problems else "passed", problems, told(case, answer))


def told(case: Case, answer: Object) -> list[float | None]:
    has_loss = "loss" in answer
    advantage = answer.get("advantage")
    if advantage is not None:
        advantage = probe({"advantage": trimmed(plain(advantage), case.test["terms"].get("advantage"))})
    return [float(answer["loss"]) if has_loss else None, probe(answer["gradients"]) if has_loss else None, advantage]


def plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, torch.Tensor) else value


def trimmed(value: Any, wanted: Any) -> Any:
    """Without padding; one number for a response where all its tokens have the same."""
    if not isinstance(wanted, list) or not isinstance(value, list):
        return value
    result = []
    for own, one in zip(value, wanted):
        if isinstance(one, list):
            result.append(own[: len(one)] if isinstance(own, list) else [own] * len(one))
        else:
            result.append(own[0] if isinstance(own, list) else own)
    return result


def differences(name: str, value: Any, wanted: Any) -> list[tuple[str, str]]:
    """The first difference, and how many there are."""
    found = []
    for key, own, right in pairs(name, trimmed(value, wanted), wanted):
        if not close(own, right):
            found.append((key, own, right))
    if not found:
        return []
    key, own, right = found[0]
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return [(name, f"{key} is {number(own)}, not {number(right)}{more}")]


def pairs(name: str, value: Any, wanted: Any) -> Iterator[tuple[str, float | None, float | None]]:
    if not isinstance(wanted, list):
        yield name, value, wanted
        return
    base, end = (name[:-1], ")") if name.endswith(")") else (name, "")
    for i, (own, right) in enumerate(zip(value, wanted)):
        if isinstance(right, list):
            for t, (x, y) in enumerate(zip(own, right)):
                yield f"{base}[{i},{t}]{end}", x, y
        else:
            yield f"{base}[{i}]{end}", own, right


def close(own: float | None, right: float | None) -> bool:
    if right is None or math.isnan(right):
        return own is None or math.isnan(own)
    if own is None or math.isnan(own):
        return False
    return abs(own - right) <= ABSOLUTE + RELATIVE * abs(right)


def number(x: float | None) -> str:
    return "NaN" if x is None or math.isnan(x) else f"{x:.7g}"


def check_cuts(function: LossFunction, case: Case, result: Result) -> None:
    """The same loss and gradients from parts: summed on a rank, averaged over ranks."""
    for name in case.test.get("parts", {}):
        ranks = cuts(case.data)[name]
        total = 0.0
        gradients: dict[str, dict[int, Any]] = {}
        for rank in ranks:
            for rows in rank:
                step = Step(sum(case.test["tokens"]), len(case.test["tokens"]), len(rank), len(ranks))
                batch = Batch(case.data, case.algorithm, rows, step, given(case))
                try:
                    answer = answered(function, case, batch)
                except Exception as error:
                    result.status, result.problems = "failed", [(name, f"cut {name}: raises {type(error).__name__}: {error}")]
                    return
                if answer is None:
                    return
                total += answer["loss"] / len(ranks)
                for leaf, own in answer["gradients"].items():
                    place = gradients.setdefault(leaf, {})
                    for row, values in zip(rows, plain(own)):
                        place[row] = scaled(values, 1 / len(ranks))
        problems = differences("loss", total, case.test["loss"])
        for leaf, place in gradients.items():
            problems += differences(f"grad({leaf})", [place[i] for i in sorted(place)], case.test["gradients"][leaf])
        if problems:
            result.status, result.cut = "failed", (name, total)
            result.problems = [("reduction", f"cut {name}: {text}") for _, text in problems]
            return


def scaled(values: Any, factor: float) -> Any:
    return [x * factor for x in values] if isinstance(values, list) else values * factor
