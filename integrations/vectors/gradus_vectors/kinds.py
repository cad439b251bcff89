"""Names what is wrong: by the known mistake whose numbers a function gave, else by the first number that differs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gradus_vectors.checking import Result
from gradus_vectors.files import Case, cuts, mistakes

FIRST = {
    "kl": "KL",
    "reward": "reward",
    "return": "GAE or returns",
    "reference_point": "KL",
    "advantage": "advantages",
    "loss": "loss",
    "reduction": "reduction",
}


@dataclass
class Finding:
    """One kind of failure: its name, what is wrong, and the results that show it."""

    kind: str
    text: str
    results: list[Result]
    # Options that all of these vectors set, and not all that pass.
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


def findings(results: Sequence[Result]) -> list[Finding]:
    """The kinds of all failures: known mistakes, then others, those with most vectors first."""
    failed, passed = ([r for r in results if r.status == status] for status in ("failed", "passed"))
    found = named(failed, passed)
    left = [r for r in failed if not any(r is own for f in found for own in f.results)]
    grouped: dict[tuple[str, str], list[Result]] = {}
    for result in left:
        grouped.setdefault(described(result), []).append(result)
    found.sort(key=lambda f: -len(f.results))
    others = [Finding(*key, own, suspects(own, passed)) for key, own in grouped.items()]
    return found + sorted(others, key=lambda f: -len(f.results))


def suspects(failed: Sequence[Result], passed: Sequence[Result]) -> tuple[str, ...]:
    """Options that all of these failures set, and not all that passes."""
    algorithms = {r.case.algorithm for r in failed}
    innocent = [r for r in passed if r.case.algorithm in algorithms]
    return tuple(sorted(shared(failed) - shared(innocent))) if innocent else ()


def shared(results: Sequence[Result]) -> set[str]:
    return set.intersection(*(set(r.case.changed) for r in results))


def named(failed: Sequence[Result], passed: Sequence[Result]) -> list[Finding]:
    """Known mistakes that explain failures, those first that explain most and are contradicted least."""
    known, left = mistakes(), list(failed)
    found: list[Finding] = []
    empty = [r for r in failed if is_nan(r)]
    matches = {id(r): explanations(r) for r in failed}
    for result in empty:
        alike = [r for r in empty if r.case.algorithm == result.case.algorithm]
        matches[id(result)] = [m for m in matches[id(result)] if all(gives_nan(m, r) for r in alike)]
    contradictions: dict[str, int] = {}
    for result in passed:
        for name, wrong in result.case.test.get("mistakes", {}).items():
            if contradicts(result, wrong):
                contradictions[name] = contradictions.get(name, 0) + 1
    while left:
        votes: dict[str, int] = {}
        for result in left:
            for name in matches[id(result)]:
                votes[name] = votes.get(name, 0) + 1
        if not votes:
            break
        best = max(votes, key=lambda m: (votes[m] - 0.5 * contradictions.get(m, 0), votes[m], -len(m)))
        own = [r for r in left if best in matches[id(r)]]
        kind, text = known[best]["kind"], known[best]["text"]
        same = next((f for f in found if (f.kind, f.text) == (kind, text)), None)
        if same:
            # PPO and GRPO have some mistakes in common.
            same.results.extend(own)
        else:
            found.append(Finding(kind, text, own))
        left = [r for r in left if best not in matches[id(r)]]
    return found


def is_nan(result: Result) -> bool:
    return bool(result.numbers) and result.numbers[0] is not None and math.isnan(result.numbers[0])


def gives_nan(mistake: str, result: Result) -> bool:
    """Whether the mistake makes the loss NaN here; one that a vector does not list gives the right numbers there."""
    wrong = result.case.test.get("mistakes", {}).get(mistake)
    return wrong is not None and wrong[0] is None


def contradicts(result: Result, wrong: Sequence[float | None]) -> bool:
    """Whether a function that made the mistake would have given another number here."""
    return any(own is not None and not near(own, math.nan if x is None else x) for own, x in zip(result.numbers, wrong))


def explanations(result: Result) -> list[str]:
    """The known mistakes that give what the function gave."""
    own = []
    for name, wrong in result.case.test.get("mistakes", {}).items():
        told = [(x, y) for x, y in zip(result.numbers, wrong) if x is not None]
        if told and math.isnan(told[0][0]):
            # Of a loss that is NaN gradients tell nothing.
            told = told[:1]
        if told and all(near(x, math.nan if y is None else y) for x, y in told) and explains(result, wrong):
            own.append(name)
    return own


def explains(result: Result, wrong: Sequence[float | None]) -> bool:
    """A mistake in the advantages cannot explain right advantages, nor the other way round."""
    if not result.problems or result.problems[0][0] == "reduction" or result.problems[0][0].startswith("metric"):
        return False
    is_wrong = any(p[0] == "advantage" for p in result.problems)
    return result.numbers[2] is None or is_wrong == (len(wrong) > 2)


def near(x: float, y: float) -> bool:
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    return abs(x - y) <= 1e-7 + 5e-6 * abs(y)


def described(result: Result) -> tuple[str, str]:
    """The kind by the first number that differs, and where that is."""
    name, text = result.problems[0]
    if name == "reduction" and result.cut:
        return "reduction", reduction(result.case, *result.cut)
    if name.startswith("grad("):
        what = "is NaN" if "is NaN" in text else "differs"
        return "gradient", f"{name[5:-1]}'s {what}, where the loss is right"
    if name.startswith("metric("):
        return "metric", name[7:-1]
    if name == "error":
        return "error", text
    if name == "finite":
        return "NaN is hidden", f"the loss of {result.case.algorithm} is finite though a number that counts is NaN"
    algorithm, options = result.case.algorithm, result.case.changed
    about = options.get("loss_type") or options.get("advantage_estimator") or algorithm
    return FIRST.get(name, name), f"no known mistake ({algorithm}, {about})"


def reduction(case: Case, name: str, total: float) -> str:
    """What was done with the parts, by the loss that came out."""
    test, ranks = case.test, cuts(case.data)[name]
    parts = [(rows, own) for rank, owns in zip(ranks, test["parts"][name]) for rows, own in zip(rank, owns)]
    tokens, loss = test["tokens"], test["loss"]
    local = sum(own * sum(tokens) / max(1, sum(tokens[i] for i in rows)) for rows, own in parts) / len(parts)
    guesses = [
        (loss / len(ranks[0]), "divided by the number of accumulated parts once more"),
        (loss * len(ranks[0]), "summed over accumulated parts where their mean is meant"),
        (loss / len(ranks), "divided by the number of ranks once more"),
        (loss * len(ranks), "summed over ranks where their mean is meant"),
        (local, "each part's token mean is averaged, where the tokens of the whole step divide"),
    ]
    for value, text in guesses:
        if near(total, value) and not near(value, loss):
            return text
    return "parts do not add up to the whole"
