#!/usr/bin/env python3
"""The doctor's zoo: trains runs with one thing broken each, and healthy ones, and measures what `gradus doctor` says of them.

    python3 Tests/Zoo/zoo.py train --gradus .build/release/gradus --folder /tmp/zoo --seeds 1 2 3
    python3 Tests/Zoo/zoo.py measure --gradus … --folder /tmp/zoo --seeds 2 3 [--document Documentation/run-doctor.md]
    python3 Tests/Zoo/zoo.py fixtures --folder /tmp/zoo --to Tests/DiagnosisTests/Runs

Thresholds were chosen on the seeds 1 to 4; the figures in the documentation are of others.
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
        if recipe["trainer"] in ("ppo", "online-dpo") and base == "texts":
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


# What is measured


def findings(gradus, log):
    """What the doctor says of the run that a log is of, without what it calls harmless."""
    done = subprocess.run([gradus, "doctor", os.path.dirname(log), "--json"], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{log}: {done.stderr}")
    return [finding for finding in json.loads(done.stdout)["findings"] if finding["verdict"] != "harmless"]


OUTCOMES = [("eval_gold", 1), ("eval_objective/scores", 1), ("eval_reward", 1), ("eval_loss", -1)]


def collapse(lines):
    """The step by which a run has lost nine tenths of what its held-out score lost after its best, and the last step.

    None where it ends no worse than it began: then nothing collapsed. The doctor's thresholds play no part in it.
    """
    for name, sign in OUTCOMES:
        values = [(line["step"], sign * line[name]) for line in lines if line.get(name) is not None]
        if len(values) < 4:
            continue
        best = max(range(len(values)), key=lambda i: values[i][1])
        worst = min(value for _, value in values[best:])
        lost = values[best][1] - worst
        first, last = values[0][1], values[-1][1]
        # Noise of a few evaluations is no collapse.
        steps = [abs(b[1] - a[1]) for a, b in zip(values, values[1:])]
        if last >= first or lost < 4 * statistics.median(steps) or lost <= 0.05 * abs(first):
            return None
        level = values[best][1] - 0.9 * lost
        return next(step for step, value in values[best:] if value <= level), lines[-1]["step"]
    return None


def measure(arguments):
    rows, leads, later = [], [], []
    counts = {"named": 0, "misnamed": 0, "missed": 0, "healthy": 0, "alarmed": 0}
    for number in arguments.seeds:
        for recipe in BROKEN + HEALTHY:
            log = f"{arguments.folder}/seed-{number}/{recipe['name']}/metrics.jsonl"
            if not os.path.exists(log):
                print(f"seed {number}: {recipe['name']} was not trained", file=sys.stderr)
                continue
            found = findings(arguments.gradus, log)
            right = [finding for finding in found if finding["name"] in recipe["right"]]
            if recipe["right"]:
                outcome = "named" if right else "misnamed" if found else "missed"
            else:
                outcome = "alarmed" if found else "healthy"
            counts[outcome] += 1
            lead = None
            fallen = collapse([json.loads(line) for line in open(log)])
            if outcome == "named" and fallen:
                seen = min(finding["seen_at"] for finding in right)
                lead = (fallen[0] - seen) / fallen[1]
                leads.append(lead)
                if fallen[0] > fallen[1] / 5:
                    later.append(lead)
            rows.append((recipe, number, outcome, found, lead))
    named = counts["named"]
    broken = named + counts["misnamed"] + counts["missed"]
    spoken = named + counts["misnamed"] + counts["alarmed"]
    figures = dict(
        broken=broken, healthy=counts["healthy"] + counts["alarmed"], precision=named / max(1, spoken), recall=named / max(1, broken),
        collapsed=len(leads), lead=statistics.median(leads) if leads else float("nan"),
        before=sum(lead > 0 for lead in leads), later=len(later), later_lead=statistics.median(later) if later else float("nan"), **{k: counts[k] for k in ("misnamed", "missed", "alarmed")}, named=named)
    return rows, figures


def text(rows, figures, seeds):
    """The table of the documentation."""
    f = figures
    lines = [
        f"Seeds {', '.join(map(str, seeds))}; thresholds were chosen on the seeds 1 to 4.", "",
        "| | |", "| --- | --- |",
        f"| broken runs, healthy runs | {f['broken']}, {f['healthy']} |",
        f"| trouble named (recall) | {f['named']} of {f['broken']}: {f['recall']:.3f} |",
        f"| of the runs with a finding, those with their trouble named (precision) | {f['named']} of {f['named'] + f['misnamed'] + f['alarmed']}: {f['precision']:.3f} |",
        f"| broken runs with other findings only, with none | {f['misnamed']}, {f['missed']} |",
        f"| healthy runs with a finding | {f['alarmed']} |",
        f"| runs whose held-out score collapsed, named before that | {f['collapsed']}, {f['before']} |",
        f"| median warning before the collapse, as a share of the run | {100 * f['lead']:.0f} % |",
        f"| the same of the {f['later']} runs that collapsed after the first fifth | {100 * f['later_lead']:.0f} % |", "",
        "| run | what is broken | named | findings |", "| --- | --- | --- | --- |",
    ]
    groups = {}
    for recipe, number, outcome, found, lead in rows:
        groups.setdefault(recipe["name"], (recipe, []))[1].append((outcome, found))
    for name, (recipe, results) in groups.items():
        good = sum(outcome in ("named", "healthy") for outcome, _ in results)
        names = sorted({finding["name"] for _, found in results for finding in found})
        lines.append(f"| `{name}` | {described(recipe) if recipe['right'] else 'nothing'} | {good} of {len(results)} | {', '.join(names) or '–'} |")
    return "\n".join(lines)


def described(recipe):
    """What a recipe sets, data and all, as it is typed."""
    from recipes import FILM, LIKED, PAIRS, SUMS, TEXTS
    standard = {"sft": TEXTS, "reward": LIKED, "dpo": PAIRS, "kto": PAIRS, "grpo": SUMS, "online-dpo": {**FILM, "learning_rate": 2e-4}}.get(
        recipe["trainer"], {**FILM, "kl_coef": 0.1})
    changes = [f"`{k}={v}`" for k, v in recipe["options"].items() if standard.get(k) != v]
    changes = [change.replace("python3 NOISE", "random numbers").replace("|", "\\|") for change in changes]
    post = {"faster": "goes on with 30 times the rate", "repeated": "15 steps logged twice", "hole": "12 steps not logged",
            "restarted": "goes on from its starting model"}
    return ", ".join(([recipe["data"]] if recipe["data"] and ":" not in recipe["data"] else []) + ([post[recipe["post"]]] if recipe["post"] else []) + changes)


def write(document, table):
    """Puts the table between the document's marks."""
    lines = open(document).read()
    start, end = "<!-- zoo -->", "<!-- /zoo -->"
    before, rest = lines.split(start)
    with open(document, "w") as file:
        file.write(before + start + "\n" + table + "\n" + end + rest.split(end)[1])


def measure_all(arguments):
    rows, figures = measure(arguments)
    if arguments.verbose:
        for recipe, number, outcome, found, lead in rows:
            if outcome not in ("named", "healthy"):
                print(f"{outcome:9} {number} {recipe['name']:34} {[(x['name'], x['seen_at']) for x in found]}")
    table = text(rows, figures, arguments.seeds)
    if arguments.document:
        write(arguments.document, table)
    print(table if not arguments.verbose else json.dumps(figures))


FIXTURES = [
    "sft", "sft-rate-500-times", "sft-few-texts", "sft-resumed-at-another-rate", "sft-resumed-too-early", "sft-a-hole-in-the-log",
    "sft-never-warm", "dpo", "dpo-rate-tiny", "dpo-few-pairs", "grpo", "grpo-rate-high", "grpo-constant-reward", "grpo-epsilon-tiny",
    "grpo-too-short", "grpo-wrong-sign", "grpo-temperature-low", "ppo-penalty-0.2", "ppo-no-penalty", "ppo-entropy-bonus",
]


def fixtures(arguments):
    """Copies logs for the tests, with three digits and without what the doctor does not read."""
    os.makedirs(arguments.to, exist_ok=True)
    unread = ("_min", "_max", "n_reward", "f_reward", "/std", "/rejected", "/ratio", "/ratio_var", "min_length", "max_length", "/entropy", "rewards/chosen")
    for name in FIXTURES:
        with open(f"{arguments.folder}/seed-{arguments.seed}/{name}/metrics.jsonl") as file:
            lines = [json.loads(line) for line in file]
        with open(f"{arguments.to}/{name}.jsonl", "w") as file:
            for line in lines:
                row = {k: float(f"{v:.3g}") if isinstance(v, float) else v for k, v in line.items() if not k.endswith(unread)}
                file.write(json.dumps(row, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, dest="command")
    parts = {name: commands.add_parser(name) for name in ("train", "measure", "fixtures")}
    for part in parts.values():
        part.add_argument("--folder", required=True, help="where the runs are")
    for name in ("train", "measure"):
        parts[name].add_argument("--gradus", required=True, help="the program")
        parts[name].add_argument("--seeds", type=int, nargs="+", default=[1])
    parts["train"].add_argument("--jobs", type=int, default=1, help="runs at the same time")
    parts["measure"].add_argument("--document", help="where the table stands between <!-- zoo --> and <!-- /zoo -->")
    parts["measure"].add_argument("--verbose", action="store_true", help="print what went wrong instead of the table")
    parts["fixtures"].add_argument("--to", required=True, help="where the tests' logs belong")
    parts["fixtures"].add_argument("--seed", type=int, default=2)
    arguments = parser.parse_args()
    {"train": train_all, "measure": measure_all, "fixtures": fixtures}[arguments.command](arguments)
