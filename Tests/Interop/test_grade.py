"""`gradus grade` on right solutions, on mutants of them, and on files that cannot be run.

`GRADUS` is the built program; numpy and torch are those of this Python. `exercise_trials.py` prints the counts.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("numpy")

import exercise_trials  # noqa: E402

GRADUS = os.environ.get("GRADUS")
pytestmark = pytest.mark.skipif(GRADUS is None, reason="GRADUS does not name the built program")


@pytest.fixture(scope="module")
def trials(tmp_path_factory):
    return exercise_trials.trials(tmp_path_factory.mktemp("solutions"))


def test_right_solutions_are_right(trials):
    right = trials[0]
    assert len(right) >= 50
    assert [(style, exercise, report) for style, exercise, report in right if not report["passed"]] == []


@pytest.mark.parametrize("returned", [1, 2], ids=["everything", "what is asked for"])
def test_mutants_are_diagnosed(trials, returned):
    found = trials[returned]
    assert len(found) >= 200
    missed = [(e, n, causes, r) for e, n, causes, r in found if not exercise_trials.is_diagnosed(r, causes)]
    assert len(missed) <= 0.05 * len(found), missed
    assert not any(report["passed"] for *_, report in found)


def test_changes_of_a_program_are_seen(tmp_path):
    counts = exercise_trials.mechanical(tmp_path, exercises=["gae", "ppo_clip", "dpo"])
    assert counts["seen"] + counts["same numbers"] == counts["all"]
    assert counts["with a cause"] > 0.2 * counts["seen"]


REWARDS = "def rloo(reward, group):\n"

BAD = {
    "syntax": (REWARDS + "    return (1 +\n", 2, "Python cannot read the file"),
    "missing-function": ("def helper(x):\n    return x\n", None, "there is no function 'rloo' in the file (it has helper)"),
    "import": ("import no_such_module\n" + REWARDS + "    return reward\n", 1, "there is no module 'no_such_module'"),
    "unfinished": (REWARDS + "    raise NotImplementedError\n", 2, "write the function"),
    "exception": (REWARDS + "    return reward / 0\n", 2, "TypeError"),
    "signature": ("def rloo(reward, group, eps):\n    return reward\n", 1, "asks for 'eps', which it does not get"),
    "time": (REWARDS + "    while True:\n        pass\n", None, "still runs after 2 s"),
    "output": (REWARDS + "    while True:\n        print('x' * 1000)\n", None, "prints more than 1000000 bytes"),
    "memory": (REWARDS + "    x = []\n    while True:\n        x.append(bytes(10**7))\n", 4, "more memory is needed"),
    "processes": ("import os\n" + REWARDS + "    while True:\n        os.fork()\n", None, "more than 64 processes"),
    "ended": ("import sys\n" + REWARDS + "    sys.exit(0)\n", 3, "ends itself"),
    "returned": (REWARDS + "    reward\n", None, "returns None"),
}


def grade(path, *more, **keywords):
    command = [GRADUS, "grade", path, "--exercise", "rloo", "--python", sys.executable, *more]
    return subprocess.run(command, capture_output=True, text=True, **keywords)


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_run_is_told(kind, tmp_path):
    text, line, message = BAD[kind]
    path = tmp_path / "mine.py"
    path.write_text(text)
    limits = ["--seconds", "2" if kind == "time" else "20", "--megabytes", "300"]
    result = grade(path, *limits, "--json")
    assert result.returncode == 65, result
    report = json.loads(result.stdout)
    assert report["passed"] is False
    assert report["error"]["kind"] == kind
    assert report["error"]["line"] == line
    assert message in report["error"]["message"]
    said = grade(path, *limits)
    assert said.returncode == 65
    assert said.stderr.startswith(f"{path}:{'' if line is None else f'{line}:'} ")
    assert message in said.stderr.replace("\n", " ")
    assert [p.name for p in tmp_path.iterdir()] == ["mine.py"]


ENDED_AT_ONCE = {
    "without an answer": ("import os\n" + REWARDS + "    os._exit(3)\n", "exit code 3"),
    "by a signal": ("import os\n" + REWARDS + "    os.abort()\n", "SIGABRT"),
}


@pytest.mark.parametrize("case", ENDED_AT_ONCE)
def test_an_end_is_told(case, tmp_path):
    text, message = ENDED_AT_ONCE[case]
    (tmp_path / "mine.py").write_text(text)
    assert message in grade(tmp_path / "mine.py").stderr


def processes(mark):
    """The processes whose command line has a mark."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                found += [name] * (mark.encode() in file.read())
        except OSError:
            pass
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells what is left")
def test_no_process_is_left(tmp_path):
    mark = f"mark = {os.getpid()}.{time.time_ns()}"
    path = tmp_path / "mine.py"
    path.write_text(
        "import subprocess, sys\n"
        + REWARDS
        + f"    code = {mark!r} + '; import time; time.sleep(600)'\n"
        + "    subprocess.Popen([sys.executable, '-c', code])\n"
        + "    subprocess.Popen([sys.executable, '-c', code], start_new_session=True)\n"
        + "    return reward\n"
    )
    started = time.monotonic()
    assert grade(path).returncode == 1
    assert time.monotonic() - started < 20
    assert processes(mark) == []


def test_a_fork_that_comes_back_answers_once(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("import os\nos.fork()\n" + REWARDS + "    return reward\n")
    report = json.loads(grade(path, "--json").stdout)
    assert report["causes"][0]["id"] == "advantage-reward"


def test_numbers_that_json_lacks_come_back(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(REWARDS + "    return [float('nan')] * len(reward)\n")
    result = grade(path)
    assert result.returncode == 1
    assert "advantage[0] is NaN, which is wrong" in result.stdout
    assert "Look for a division by 0" in result.stdout


def test_students_see_other_batches_and_the_same_answer(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(REWARDS + "    print(list(reward))\n    return reward\n")
    reports = [json.loads(grade(path, "--json", "--student", name).stdout) for name in ("alice", "bob", "alice")]
    assert reports[0] == reports[2]
    assert reports[0]["printed"] != reports[1]["printed"]
    assert reports[0]["causes"] == reports[1]["causes"]


def test_the_starter_is_python_and_unfinished(tmp_path):
    path = tmp_path / "mine.py"
    listed = subprocess.run([GRADUS, "grade", "--list"], capture_output=True, text=True).stdout
    names = [line.split()[0] for line in listed.splitlines() if line.startswith("  ") and line[2] != " "]
    assert set(names) == set(exercise_trials.BODIES)
    for name in names:
        starter = subprocess.run([GRADUS, "grade", "--exercise", name, "--starter"], capture_output=True, text=True)
        path.write_text(starter.stdout)
        command = [GRADUS, "grade", path, "--exercise", name, "--python", sys.executable, "--json"]
        result = subprocess.run(command, capture_output=True, text=True)
        assert json.loads(result.stdout)["error"]["kind"] == "unfinished"


def test_the_page_shows_what_is_printed(tmp_path):
    page = Path(__file__).resolve().parents[2] / "Documentation" / "exercises.md"
    text = page.read_text()
    file = re.search(r"```python\n(.*?)```", text, re.S).group(1)
    answer = re.search(r"```text\n(.*?)```", text, re.S).group(1)
    (tmp_path / "my_loss.py").write_text(file)
    command = [GRADUS, "grade", "my_loss.py", "--exercise", "grpo", "--python", sys.executable]
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (result.stdout, result.returncode) == (answer, 1)
