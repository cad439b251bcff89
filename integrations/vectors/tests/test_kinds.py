"""Each known mistake is told from all others by the numbers that it gives."""

import math

import pytest

pytest.importorskip("torch")
from gradus_vectors.checking import Result, close  # noqa: E402
from gradus_vectors.files import cases, mistakes, probe  # noqa: E402
from gradus_vectors.kinds import findings  # noqa: E402

EVERY = [c for c in cases() if c.is_valid]


def told(case, name):
    """What a function with the mistake is found to be on a vector."""
    test = case.test
    advantage = test["terms"].get("advantage")
    right = [test["loss"], probe(test["gradients"]), None if advantage is None else probe({"advantage": advantage})]
    wrong = [math.nan if x is None else x for x in test["mistakes"].get(name, [])]
    numbers = wrong + right[len(wrong) :]
    problems = []
    for kind, own, wanted in zip(("loss", "gradient", "advantage"), numbers, right):
        if wanted is not None and not close(own, wanted):
            problems.insert(0, (kind, kind))
    return Result(case, "failed" if problems else "passed", problems, numbers)


@pytest.mark.parametrize("name", list(mistakes()))
def test_a_mistake_is_named(name):
    """As itself, or as another mistake whose numbers are the same on every vector."""
    known = mistakes()
    algorithm = next(c.algorithm for c in EVERY if name in c.test["mistakes"])
    results = [told(c, name) for c in EVERY if c.algorithm == algorithm]
    found = findings(results)[0]
    if found.text == known[name]["text"]:
        return
    twin = next(
        k for k, m in known.items() if (m["kind"], m["text"]) == (found.kind, found.text) and same_algorithm(k, algorithm)
    )
    own = [c for c in EVERY if name in c.test["mistakes"] and c.algorithm == algorithm]
    agree = sum(c.test["mistakes"].get(twin, [None])[:1] == c.test["mistakes"][name][:1] for c in own)
    assert agree == len(own), f"named {found}, which it equals on {agree} of {len(own)} vectors"


def same_algorithm(name, algorithm):
    return any(name in c.test["mistakes"] for c in EVERY if c.algorithm == algorithm)
