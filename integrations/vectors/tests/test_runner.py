"""The runner as somebody uses it."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
from gradus_vectors.__main__ import main  # noqa: E402
from gradus_vectors.batch import Batch, Step  # noqa: E402
from gradus_vectors.checking import check, check_one  # noqa: E402
from gradus_vectors.files import cases, files, mistakes  # noqa: E402
from gradus_vectors.kinds import findings  # noqa: E402

FOLDER = Path(__file__).parent


def run(*arguments):
    command = [sys.executable, "-m", "gradus_vectors", *arguments]
    environment = {"PYTHONPATH": f"{FOLDER.parent}:{FOLDER}", "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_a_right_function_passes():
    result = run("--against", "trainer:loss", "--only", "sft")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "trainer:loss: 5 vectors passed, 0 failed, 0 not offered\n"


def test_a_wrong_function_is_told_what_is_wrong(tmp_path, capsys, monkeypatch):
    (tmp_path / "mine.py").write_text(
        "def loss(algorithm, options, batch):\n"
        "    if algorithm == 'sft':\n"
        "        return -((batch.logp * batch.mask).sum(1) / batch.mask.sum(1)).mean()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["--against", "mine:loss", "--only", "sft"]) == 1
    shown = capsys.readouterr().out
    assert "✗ aggregation: token mean taken over sequences: each response's mean first" in shown
    assert "python -m gradus_vectors --batch sft-1 > case.batch.json" in shown


def test_a_vector_is_a_batch_file(capsys):
    assert main(["--batch", "grpo-losses-2"]) == 0
    batch = json.loads(capsys.readouterr().out)
    assert batch["format"] == "gradus.batch/1" and batch["config"] == {"loss_type": "grpo"} and len(batch["sequences"]) == 8


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "--against says what is tested"),
        (["--against", "trainer:loss", "--only", "nonsense"], "there is no file, algorithm, group or vector 'nonsense'"),
        (["--against", "trainer:missing"], "trainer:missing cannot be tested: module 'trainer' has no attribute 'missing'"),
        (["--against", "nothing_like_it:loss"], "cannot be tested: No module named 'nothing_like_it'"),
        (["--against", "mine"], "it is neither trl, verl nor openrlhf, nor MODULE:FUNCTION"),
        (["--batch", "grpo-0"], "there is no vector 'grpo-0'"),
    ],
)
def test_what_is_asked_wrongly_is_said(arguments, says):
    result = run(*arguments)
    assert result.returncode == 2 and says in result.stderr and "Traceback" not in result.stderr


def some(name="grpo-losses-2"):
    return next(c for c in cases() if c.id == name)


def test_an_error_is_a_failure_and_not_offered_is_none():
    def raising(algorithm, options, batch):
        raise KeyError("gone")

    def offering_nothing(algorithm, options, batch):
        raise NotImplementedError

    assert check_one(raising, some()).problems[0][1] == "raises KeyError: 'gone'"
    assert check_one(offering_nothing, some()).status == "skipped"
    assert check_one(lambda *_: None, some()).status == "skipped"


def test_a_term_is_a_tensor():
    result = check_one(lambda a, o, b: {"loss": b.logp.mean(), "advantage": 3}, some())
    assert "advantage is a int: give a tensor" in result.problems[0][1]


def test_a_loss_that_is_always_nan_is_no_overflow():
    def nothing(algorithm, options, batch):
        return batch.chosen_score.sum() * math.nan

    results = check(nothing, cases("reward-model"))
    assert not any("overflow" in str(f) for f in findings(results)) and any(r.status == "failed" for r in results)


def test_nan_that_is_hidden_fails_and_an_error_does_not():
    case = next(c for c in cases("sft") if not c.is_valid)
    assert check_one(lambda a, o, b: torch.nan_to_num(b.logp).mean(), case).status == "failed"
    assert check_one(lambda a, o, b: b.logp.mean(), case).status == "passed"

    def refusing(algorithm, options, batch):
        raise ValueError("NaN")

    assert check_one(refusing, case).status == "passed"


def test_gradients_may_come_from_elsewhere():
    case = next(c for c in cases("sft") if c.is_valid)

    def numbers(algorithm, options, batch):
        scale = batch.step.ranks / batch.step.tokens
        rows = [i["logp"] for i in batch.items]
        return {"loss": -sum(map(sum, rows)) * scale, "gradients": {"logp": [[-scale] * len(row) for row in rows]}}

    assert check_one(numbers, case).status == "passed"


def test_a_part_has_its_own_width_and_knows_its_step():
    data = {"sequences": [{"tokens": ["a"] * n, "logp": [-1.0] * n} for n in (2, 5, 1)]}
    whole, part = Batch(data, "sft"), Batch(data, "sft", [0, 2], Step(8, 3, 2, 1))
    assert whole.logp.shape == (3, 5) and part.logp.shape == (2, 2)
    assert (part.step.tokens, part.step.sequences, part.step.parts) == (8, 3, 2)
    assert part.logp[1, 1] != 0 and part.mask[1].tolist() == [1, 0] and part.logp.dtype == torch.float64
    assert not math.isnan(part.logp.sum().item())


PAGE = (FOLDER.parents[2] / "Documentation" / "test-vectors.md").read_text()


def block(kind):
    return PAGE.split(f"```{kind}\n", 1)[1].split("```", 1)[0]


def test_the_documentation_shows_what_the_runner_says(tmp_path, capsys, monkeypatch):
    (tmp_path / "documented.py").write_text(block("python"))
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["--against", "documented:loss", "--only", "dpo"]) == 1
    assert capsys.readouterr().out == block("text").replace("mine:loss", "documented:loss")


def test_the_documentation_counts_right():
    assert f"here are {len(cases()):,} vectors" in PAGE and f"{len(mistakes())} of them: the loss" in " ".join(PAGE.split())
    for name, file in files().items():
        count = sum(len(group["tests"]) for group in file["groups"])
        assert f"| `{name.removesuffix('.json')}` | {count:,} |" in PAGE
