"""python -m gradus_vectors --against trl|verl|openrlhf|MODULE:FUNCTION"""

import argparse
import importlib
import importlib.metadata
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradus_vectors.files import cases

if TYPE_CHECKING:
    # Not otherwise: torch is loaded when something is tested.
    from gradus_vectors.checking import LossFunction


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m gradus_vectors",
        description="Runs a trainer's losses, or a function of your own, over the test vectors, and names what is wrong.",
        epilog="A function is called as function(algorithm, options, batch) and gives the loss as a scalar tensor, or None "
        "where it does not offer what the options ask for. The exit status is 1 where a vector fails.",
    )
    parser.add_argument("--against", metavar="NAME", help="trl, verl or openrlhf as installed, or MODULE:FUNCTION")
    parser.add_argument(
        "--only", metavar="NAME", help="a file (grpo-losses), an algorithm (dpo), a group (ties), or a vector (ppo-7)"
    )
    parser.add_argument("--batch", metavar="ID", help="print one vector as a batch file, for gradus step")
    given = parser.parse_args(arguments)
    if given.batch:
        return show(given.batch)
    if not given.against:
        parser.error("--against says what is tested: trl, verl, openrlhf or MODULE:FUNCTION")
    chosen = cases(given.only)
    if not chosen:
        parser.error(f"there is no file, algorithm, group or vector {given.only!r}; files are {', '.join(sorted(names()))}")
    try:
        name, function = found(given.against)
    except importlib.metadata.PackageNotFoundError:
        print(f"{given.against} cannot be tested: it is not installed for {sys.executable}", file=sys.stderr)
        return 2
    except (ImportError, AttributeError, ValueError) as error:
        print(f"{given.against} cannot be tested: {error}", file=sys.stderr)
        return 2
    from gradus_vectors.checking import check
    from gradus_vectors.report import summary

    results = check(function, chosen, progress if sys.stderr.isatty() else None)
    print(summary(name, results))
    return int(any(r.status == "failed" for r in results))


def names() -> list[str]:
    from gradus_vectors.files import files

    return [n.removesuffix(".json") for n in files()]


def show(identity: str) -> int:
    chosen = [c for c in cases(identity) if c.id == identity]
    if not chosen:
        print(f"there is no vector {identity!r}", file=sys.stderr)
        return 2
    print(json.dumps(chosen[0].batch_file()))
    return 0


def found(against: str) -> "tuple[str, LossFunction]":
    """The name to print, and the function."""
    if against in ("trl", "verl", "openrlhf"):
        module = importlib.import_module(f"gradus_vectors.trainers.{against}")
        return module.name(), module.loss
    place, _, function = against.partition(":")
    if not function:
        raise ValueError("it is neither trl, verl nor openrlhf, nor MODULE:FUNCTION")
    sys.path.insert(0, "")
    return against, getattr(importlib.import_module(place), function)


def progress(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    print(f"\r{done:,} of {total:,}", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
