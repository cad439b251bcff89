"""Grades right solutions and their mutants, and prints the counts that stand in Documentation/exercises.md.

    GRADUS=…/gradus python Tests/Interop/exercise_trials.py [--verbose]

Mechanical mutants are changes that a program makes; of these one knows no right cause, only whether one is found that gives exactly
their numbers.

The Python that runs it runs the solutions as well, and has numpy and torch.
"""

import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from exercise_mutants import MUTANTS
from exercise_solutions import BODIES, PRELUDE, answering_alone, in_single_precision, solution
from exercise_styles import STYLES
from mechanical_mutants import mutants as mechanical_mutants

GRADUS = os.environ.get("GRADUS")


def grade(exercise, text, folder, *more):
    """What the autograder's JSON says of a file with this text."""
    number = len(os.listdir(folder))
    path = Path(tempfile.mkdtemp(dir=folder)) / f"solution{number}.py"
    path.write_text(text)
    command = [GRADUS, "grade", path, "--exercise", exercise, "--json", "--python", sys.executable, *more]
    result = subprocess.run(command, capture_output=True, text=True)
    return json.loads(result.stdout) if result.stdout else {"passed": False, "stderr": result.stderr}


def right_ones():
    """Name, exercise and text of every right solution."""
    for exercise in BODIES:
        text = solution(exercise)
        yield "numpy", exercise, text
        yield "the last term alone", exercise, answering_alone(exercise, text)
        yield "single precision", exercise, in_single_precision(exercise, text)
    for style, exercise, text in STYLES:
        yield style, exercise, text


def mutants():
    """Exercise, number, text and the right causes of every mutant."""
    for exercise, changes in MUTANTS.items():
        for number, (old, new, causes) in enumerate(changes):
            right = solution(exercise)
            assert old in right, (exercise, old)
            yield exercise, number, right.replace(old, new), causes.split()


def is_diagnosed(report, causes):
    found = [cause["id"] for cause in report.get("causes", [])]
    return not report["passed"] and len(found) == 1 and found[0] in causes


def in_parallel(tasks, do):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda task: do(*task), tasks))


def trials(folder):
    """The reports on all right solutions, on mutants that return everything, and on mutants that return the last term."""
    right = in_parallel(
        list(right_ones()), lambda style, exercise, text: (style, exercise, grade(exercise, text, folder, "--student", style))
    )
    whole = in_parallel(
        list(mutants()), lambda exercise, number, text, causes: (exercise, number, causes, grade(exercise, text, folder))
    )
    alone = in_parallel(
        list(mutants()),
        lambda exercise, number, text, causes: (
            exercise, number, causes, grade(exercise, answering_alone(exercise, text), folder)),
    )
    return right, whole, alone


def mechanical(folder, exercises=None, step=3):
    """How many mechanical mutants there are, every third one of all, and what is said of them."""
    tasks = [
        (exercise, PRELUDE + text)
        for exercise in exercises or BODIES
        for text in list(mechanical_mutants(BODIES[exercise]))[::step]
    ]
    counts = Counter({"all": 0, "same numbers": 0, "seen": 0, "an error": 0, "another form": 0, "with a cause": 0})
    for report in in_parallel(tasks, lambda exercise, text: grade(exercise, text, folder)):
        counts["all"] += 1
        counts["same numbers"] += report["passed"]
        counts["seen"] += not report["passed"]
        counts["an error"] += "error" in report
        causes = report.get("causes") or []
        counts["another form"] += bool(not causes and (report.get("first_wrong") or {}).get("problem"))
        counts["with a cause"] += len(causes) > 0
    return counts


def shown(name, found, verbose):
    good = sum(is_diagnosed(report, causes) for *_, causes, report in found)
    accepted = sum(report["passed"] for *_, report in found)
    if verbose:
        for exercise, number, causes, report in found:
            if not is_diagnosed(report, causes):
                change = MUTANTS[exercise][number]
                print(exercise, change[0], "→", change[1], causes, report.get("causes"), report.get("error") or report.get("first_wrong"))
    print(f"| {name} | {len(found)} | {good} | {100 * good / len(found):.1f} % | {accepted} |")


def main():
    verbose = "--verbose" in sys.argv
    with tempfile.TemporaryDirectory() as folder:
        right, whole, alone = trials(folder)
        changed = mechanical(folder)
    print("| mutants that return | how many | right cause | share | taken for right |")
    print("| --- | --: | --: | --: | --: |")
    shown("all terms", whole, verbose)
    shown("the last term alone", alone, verbose)
    print()
    print("| right solutions | how many | false alarms |")
    print("| --- | --: | --: |")
    styles = Counter(style for style, *_ in right)
    for style, count in styles.items():
        wrong = [(e, r) for s, e, r in right if s == style and not r["passed"]]
        if verbose and wrong:
            print(wrong)
        print(f"| {style} | {count} | {len(wrong)} |")
    print()
    print("| mechanical mutants | how many |")
    print("| --- | --: |")
    for name, count in changed.items():
        print(f"| {name} | {count} |")


if __name__ == "__main__":
    main()
