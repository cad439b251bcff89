"""The vectors are well formed, and are what the references beside them give."""

import json
import math
import pathlib

import pytest

pytest.importorskip("torch")
from gradus_vectors.files import cases, cuts, files, mistakes  # noqa: E402
from making.make import PLAN  # noqa: E402
from making.mistakes import MISTAKES  # noqa: E402
from making.run import vector  # noqa: E402
from making.standards import STANDARDS  # noqa: E402

SCHEMA = json.loads((pathlib.Path(__file__).parent.parent / "gradus_vectors" / "schema.json").read_text())


@pytest.mark.parametrize("name", list(files()))
def test_a_file_follows_the_schema(name):
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator(SCHEMA).validate(files()[name])


def test_there_are_enough_and_their_names_are_their_own():
    own = [c.id for c in cases()]
    assert len(own) == len(set(own)) and len(own) >= 2000
    assert sum("parts" in c.test for c in cases()) >= 2000


@pytest.mark.parametrize("name", list(PLAN))
def test_the_references_give_them(name):
    """Every seventh again: the same numbers but for the last bits, which may differ from one processor to the next."""
    reference = PLAN[name][0]
    wrong = {k: m for k, m in MISTAKES.items() if m.algorithm == reference.algorithm}
    for case in [c for c in cases(name) if c.is_valid][::7]:
        again = vector(reference, case.data, STANDARDS[case.algorithm] | case.changed, {})
        assert agree(again["loss"], case.test["loss"])
        assert agree(again["gradients"], case.test["gradients"])
        assert agree(again["metrics"], case.test["metrics"])
        assert agree(again.get("parts"), case.test.get("parts"))
    assert wrong


def agree(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(agree(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(agree(x, y) for x, y in zip(a, b))
    if a is None or b is None:
        return (a is None or math.isnan(a)) and (b is None or math.isnan(b))
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) or (math.isnan(a) and math.isnan(b))


def test_every_mistake_is_told_by_a_vector():
    assert set(mistakes()) == set(MISTAKES)


def test_parts_add_up_to_the_loss():
    for case in cases():
        for name, ranks in case.test.get("parts", {}).items():
            assert [len(rank) for rank in ranks] == [len(rank) for rank in cuts(case.data)[name]]
            total = sum(x for rank in ranks for x in rank)
            assert math.isclose(total, case.test["loss"], rel_tol=1e-9, abs_tol=1e-9), (case.id, name)


def test_standards_are_those_of_the_options():
    for name, file in files().items():
        assert file["standards"] == STANDARDS[file["algorithm"]], name
