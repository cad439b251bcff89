"""Each public bug, put back into a trainer that is right, is named by the runner."""

import pathlib
import types

import pytest

pytest.importorskip("torch")
from bugs import BUGS  # noqa: E402

from gradus_vectors.checking import check  # noqa: E402
from gradus_vectors.files import cases  # noqa: E402
from gradus_vectors.kinds import findings  # noqa: E402

SOURCE = (pathlib.Path(__file__).parent / "trainer.py").read_text()


def trainer(source):
    module = types.ModuleType("trainer")
    exec(compile(source, "trainer.py", "exec"), module.__dict__)
    return module.loss


@pytest.fixture(scope="module")
def right():
    """What the trainer without bugs makes of every vector that it offers."""
    return [r for r in check(trainer(SOURCE), cases()) if r.status != "skipped"]


def test_the_trainer_is_right(right):
    wrong = [(r.case.id, r.case.changed, r.problems[0]) for r in right if r.status == "failed"]
    assert not wrong, wrong[:5]
    assert len(right) > 300


@pytest.mark.parametrize("bug", BUGS, ids=lambda b: b.source)
def test_a_bug_is_named(bug, right):
    assert SOURCE.count(bug.right) == 1, "the bug's line must stand once in trainer.py"
    results = check(trainer(SOURCE.replace(bug.right, bug.wrong)), [r.case for r in right])
    found = findings(results)
    assert found, "no vector fails"
    assert str(found[0]) == bug.kind, [(str(f), len(f.results), f.results[0].case.id) for f in found[:5]]


def test_the_bugs_are_those_of_the_documentation():
    page = (pathlib.Path(__file__).parents[3] / "Documentation" / "test-vectors.md").read_text()
    for bug in BUGS:
        repository, number = bug.source.split("#")
        row = next((line for line in page.splitlines() if f"{repository}/" in line and f"#{number}" in line), "")
        assert bug.date in row and bug.kind in row, bug.source
