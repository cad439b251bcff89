#!/usr/bin/env python3
"""The doctor's zoo: trains runs with one thing broken each, and healthy ones, and measures what `gradus doctor` says of them.

    python3 Tests/Zoo/zoo.py train --gradus .build/release/gradus --folder /tmp/zoo --seeds 1 2 3
    python3 Tests/Zoo/zoo.py measure --gradus … --folder /tmp/zoo --seeds 2 3 [--document Documentation/run-doctor.md]
    python3 Tests/Zoo/zoo.py fixtures --folder /tmp/zoo --to Tests/DiagnosisTests/Runs

Thresholds were chosen on seed 1; the figures in the documentation are of other seeds.
"""

import argparse
import concurrent.futures
import json
import os
import random
import shutil
import statistics
import subprocess
import sys

from recipes import BROKEN, HEALTHY


def train(gradus, trainer, output, options, model=None, reward=None, data=None, evaluation=None):
    """Trains one run, unless its folder is there; the log alone is kept of it."""
    if os.path.exists(f"{output}/metrics.jsonl"):
        return
    command = [gradus, "train", trainer, "--output", output]
    for flag, value in [("--model", model), ("--reward-model", reward), ("--dataset", data), ("--eval-dataset", evaluation)]:
        if value:
            command += [flag, value]
    for name, value in {**options, "workers": 1, "report_to": "none", "logging_steps": 1000, "save_steps": 0,
                        "num_completions_to_print": 1}.items():
        command += ["--set", f"{name}={value}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(output, ignore_errors=True)
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr}")


class Seed:
    """The models and data that the runs of a seed start from."""

    def __init__(self, gradus, folder, seed):
        self.gradus, self.folder, self.seed = gradus, f"{folder}/seed-{seed}", seed
        os.makedirs(self.folder, exist_ok=True)

    def prepare(self):
        small = {"seed": self.seed, "hidden_size": 64, "num_hidden_layers": 2, "intermediate_size": 192}
        train(self.gradus, "sft", f"{self.folder}/base/texts", {**small, "max_steps": 400}, data="task:preferences")
        train(self.gradus, "sft", f"{self.folder}/base/films", {**small, "max_steps": 600})
        train(self.gradus, "reward", f"{self.folder}/base/liked", {"seed": self.seed, "max_steps": 400},
              model=f"{self.folder}/base/films/model")
        train(self.gradus, "sft", f"{self.folder}/base/sums", {"seed": self.seed, "max_steps": 1000}, data="task:addition")
        with open(f"{self.folder}/noise.py", "w") as file:
            file.write("import random, sys\nrandom.seed(%d)\nfor line in sys.stdin: print(random.random(), flush=True)\n" % self.seed)
        self.write_data()

    def write_data(self):
        """Texts of the tasks' grammar, few of them or wrongly labelled; the evaluation has the right ones."""
        draw = random.Random(self.seed)
        subjects = ["The film", "The story", "The music", "The ending", "The acting", "This movie"]
        good, bad = ["great", "lovely", "moving", "clever", "fine"], ["dull", "poor", "weak", "boring", "awful"]
        tails = ["", " and short", " and long", " from the start", " in the end", " for me", " for all of us"]

        def pair():
            subject, tail = draw.choice(subjects), draw.choice(tails)
            return {"prompt": f"{subject} was", "chosen": f" {draw.choice(good)}{tail}.", "rejected": f" {draw.choice(bad)}{tail}."}

        def sum_():
            a, b = draw.randrange(10, 100), draw.randrange(10, 100)
            return {"prompt": f"{a}+{b}=", "completion": f"{a + b}", "answer": f"{a + b}"}

        def turned(row): return {**row, "chosen": row["rejected"], "rejected": row["chosen"]}
        def text(row): return {"prompt": row["prompt"], "completion": row["chosen"]}
        pairs, held = [pair() for _ in range(400)], [pair() for _ in range(100)]
        # Pairs of words that mean nothing: there is nothing to learn but each of them by heart.
        letters = "abcdefghijklmnopqrstuvwxyz"
        def word(): return "".join(draw.choice(letters) for _ in range(6))
        files = {
            "few-texts": ([{"prompt": "The film was", "completion": f" {word()} {word()}."} for _ in range(12)],
                          [{"prompt": "The film was", "completion": f" {word()} {word()}."} for _ in range(60)]),
            "few-sums": ([{k: r[k] for k in ("prompt", "completion")} for r in (sum_() for _ in range(24))],
                         [{k: r[k] for k in ("prompt", "completion")} for r in (sum_() for _ in range(100))]),
            "few-pairs": ([{"prompt": "The film was", "chosen": f" {word()}.", "rejected": f" {word()}."} for _ in range(16)],
                          [{"prompt": "The film was", "chosen": f" {word()}.", "rejected": f" {word()}."} for _ in range(80)]),
            "random-pairs": ([turned(p) if draw.random() < 0.5 else p for p in pairs[:60]], held),
            "wrong-pairs": ([turned(p) for p in pairs], held),
            "hard-sums": ([{"prompt": f"{draw.randrange(10, 100)}+{draw.randrange(10, 100)}=", "answer": f"{draw.randrange(20, 200)}"} for _ in range(200)], None),
        }
        self.data = {}
        for name, (rows, evaluation) in files.items():
            for part, lines in [("train", rows), ("eval", evaluation)]:
                if lines is None:
                    continue
                with open(f"{self.folder}/{name}.{part}.jsonl", "w") as file:
                    file.writelines(json.dumps(line) + "\n" for line in lines)
            self.data[name] = (f"{self.folder}/{name}.train.jsonl", f"{self.folder}/{name}.eval.jsonl" if evaluation else None)

    def run(self, recipe):
        """Trains a recipe's run; returns its log."""
        output = f"{self.folder}/{recipe['name']}"
        options = {k: str(v).replace("NOISE", f"{self.folder}/noise.py") for k, v in recipe["options"].items()}
        base = recipe["base"]
        options["seed"] = self.seed
        data, evaluation = recipe["data"], None
        if data in self.data:
            data, evaluation = self.data[data]
        model = reward = None
        if base in ("texts", "sums"):
            model = f"{self.folder}/base/{base}/model"
        elif base == "liked":
            model, reward = f"{self.folder}/base/films/model", f"{self.folder}/base/liked/model"
        if recipe["trainer"] == "ppo" and base == "texts":
            data = data or "task:film-reviews"
        train(self.gradus, recipe["trainer"], output, options, model, reward, data, evaluation)
        return self.changed(recipe, output, options, model, reward, data, evaluation)

    def changed(self, recipe, output, options, *rest):
        """What happens to a log after training: runs that went on otherwise than they began."""
        log = f"{output}/metrics.jsonl"
        if not recipe["post"] or os.path.exists(f"{output}/as-trained.jsonl"):
            return log
        lines = [json.loads(line) for line in open(log)]
        half = len(lines) // 2
        if recipe["post"] == "repeated":
            new = lines[:half] + lines[half - 15:]
        elif recipe["post"] == "hole":
            new = lines[:half] + lines[half + 12:]
        else:
            factor = 30 if recipe["post"] == "faster" else 1
            rate = float(lines[-1]["learning_rate"]) * factor
            again = {**options, "learning_rate": rate, "max_steps": half}
            model = f"{output}/model" if recipe["post"] == "faster" else rest[0]
            train(self.gradus, recipe["trainer"], f"{output}-again", again, model, *rest[1:])
            more = [json.loads(line) for line in open(f"{output}-again/metrics.jsonl")]
            last = lines[half - 1]["step"]
            new = lines[:half] + [{**line, "step": line["step"] + last} for line in more if line["step"] > 0]
        shutil.copy(log, f"{output}/as-trained.jsonl")
        with open(log, "w") as file:
            file.writelines(json.dumps(line) + "\n" for line in new)
        return log


def train_all(arguments):
    for number in arguments.seeds:
        seed = Seed(arguments.gradus, arguments.folder, number)
        seed.prepare()
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            jobs = {pool.submit(seed.run, recipe): recipe["name"] for recipe in BROKEN + HEALTHY}
            for job in concurrent.futures.as_completed(jobs):
                if job.exception():
                    print(f"seed {number}, {jobs[job]}: {job.exception()}", file=sys.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, dest="command")
    one = commands.add_parser("train")
    one.add_argument("--jobs", type=int, default=1)
    for part in [one]:
        part.add_argument("--gradus", required=True)
        part.add_argument("--folder", required=True)
        part.add_argument("--seeds", type=int, nargs="+", default=[1])
    arguments = parser.parse_args()
    train_all(arguments)
