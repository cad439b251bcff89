"""Lets each write, read, rename … of a training run fail once, or ends the program there, and goes on with --resume.

    python Tests/Faults/faults.py GRADUS [--every N] [--of write,rename]

Wherever it happens, the run ends with an error that names a file, or goes on; the folder can then be resumed, or says that there
is nothing to resume and can be begun again; and the model in the end is the one of the run without faults, to the last bit.
"""

import argparse
import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

KINDS = ["write", "read", "open", "rename", "fsync", "mkdir", "unlink"]
TEXTS = '{"text": "one two three"}\n{"text": "two three four"}\n{"text": "three four five"}\n'
OPTIONS = ["max_steps=6", "save_steps=2", "eval_steps=2", "hidden_size=16", "num_hidden_layers=1", "logging_steps=1"]


class Faults:
    def __init__(self, gradus, folder):
        self.gradus, self.folder = Path(gradus).resolve(), Path(folder).resolve()
        self.library = self.folder / "faults.so"
        source = Path(__file__).with_name("faults.c")
        compiler = shutil.which("cc") or "clang"
        options = ["-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-ldl"]
        subprocess.run([compiler, source, *options, "-o", self.library], check=True)
        self.data = self.folder / "data.jsonl"
        self.data.write_text(TEXTS)

    def train(self, run, *more, **faults):
        command = [self.gradus, "train", "sft", "--dataset", self.data, "--eval-dataset", self.data, "--output", run]
        if "--resume" in more:
            command = [self.gradus, "train", "sft", "--output", run]
        else:
            command += [word for option in OPTIONS for word in ("--set", option)]
        environment = dict(os.environ)
        if faults:
            environment |= {"LD_PRELOAD": str(self.library), "FAULT_FOLDER": str(run), **{k: str(v) for k, v in faults.items()}}
        return subprocess.run(
            [*map(str, command), *more], env=environment, capture_output=True, text=True, timeout=120, cwd=self.folder)

    def model(self, run):
        return hashlib.sha256((run / "model" / "model.safetensors").read_bytes()).hexdigest()

    def count(self):
        """How many calls of each kind there are, and the model without faults."""
        run, counts = self.folder / "whole", self.folder / "counts"
        result = self.train(run, FAULT_COUNTS=counts)
        assert result.returncode == 0, result.stderr
        return {k: int(n) for k, n in (line.split() for line in counts.read_text().splitlines())}, self.model(run)

    def try_one(self, kind, at, error, wanted):
        """None if all is well, or what is not."""
        run = self.folder / f"{kind}-{at}-{error}"
        try:
            first = self.train(run, FAULT_CALL=kind, FAULT_AT=at, FAULT_ERROR=error)
            if error and first.returncode < 0:
                return f"ended by signal {-first.returncode}: {first.stderr[-300:]}"
            if first.returncode > 0 and str(self.folder) not in first.stderr and run.name not in first.stderr:
                return f"an error that names no file: {first.stderr[-300:]}"
            if first.returncode == 0 and self.model(run) == wanted:
                return None
            again = self.train(run, "--resume")
            if again.returncode != 0:
                if "nothing" not in again.stderr and "no " not in again.stderr:
                    return f"cannot be resumed: {again.stderr[-300:]}"
                again = self.train(run)
            if again.returncode != 0:
                return f"cannot be begun again: {again.stderr[-300:]}"
            return None if self.model(run) == wanted else "another model in the end"
        except (OSError, subprocess.TimeoutExpired) as problem:
            return repr(problem)
        finally:
            shutil.rmtree(run, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gradus")
    parser.add_argument("--every", type=int, default=1, help="try every Nth call only")
    parser.add_argument("--of", default=",".join(KINDS), help="kinds of calls")
    arguments = parser.parse_args()
    problems = 0
    with tempfile.TemporaryDirectory() as folder:
        faults = Faults(arguments.gradus, folder)
        counts, wanted = faults.count()
        print(f"{'call':8} {'tried':>6} {'failing':>9} {'killed':>9}")
        for kind in arguments.of.split(","):
            places = range(1, counts[kind] + 1, arguments.every)
            bad = {}
            for error in (errno.ENOSPC if kind == "write" else errno.EIO, 0):
                with ThreadPoolExecutor(os.cpu_count()) as pool:
                    results = list(pool.map(lambda at: faults.try_one(kind, at, error, wanted), places))
                bad[error] = [(at, text) for at, text in zip(places, results) if text]
            failing, killed = (len(places) - len(found) for found in bad.values())
            print(f"{kind:8} {len(places):6} {failing:6} ok {killed:6} ok", flush=True)
            for error, found in bad.items():
                for at, text in found:
                    print(f"  {kind} {at}, {os.strerror(error) if error else 'killed'}: {text}")
                    problems += 1
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
