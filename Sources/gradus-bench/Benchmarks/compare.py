"""Runs gradus-bench and what is installed of PyTorch, transformers and TRL, and prints how many times as fast Gradus is."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPTS = ["pytorch_training.py", "transformers_generation.py", "trl_grpo.py", "trl_dpo.py"]
# The trainers first: "GRPO training" is GRPO.
WORK = {"grpo": "tokens", "ppo": "tokens", "dpo": "pairs", "generation": "tokens", "training": "tokens"}
# What a step of each trainer is, so that steps/s can be compared with tokens/s and pairs/s.
PER_STEP = {"grpo": 32 * 32, "ppo": 32 * 32, "dpo": 16}
NUMBER = r"[-+]?\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?"


def program(name):
    """A product of this package: the release build, or what PATH has; None if there is neither."""
    built = HERE.parents[2] / ".build" / "release" / name
    return str(built) if built.exists() else shutil.which(name)


def canonical(name):
    """`training.small`, `training.small.bf16` and the like for the spellings of a benchmark's name; None for anything else."""
    words = re.sub(r"[^a-z0-9.]+", " ", name.lower())
    peak = re.fullmatch(r"peak\.(\d+)(\.bf16)?", words.strip())
    if peak:
        return words.strip()
    kinds = [kind for kind in WORK if re.search(rf"\b{kind}\b", words)]
    sizes = [
        size
        for size, pattern in {"small": r"\bsmall\b|0\.87", "large": r"\blarge\b|10\.7"}.items()
        if re.search(pattern, words)
    ]
    format = re.search(r"\b(bf16|int8)\b", words)
    return f"{kinds[0]}.{sizes[0]}{'.' + format[1] if format else ''}" if kinds and len(sizes) == 1 else None


def measurements(text):
    """The (tool, name, value, unit) in JSON lines, a JSON list, or lines `name value unit`; other lines are passed over."""
    for row in json_rows(text):
        if isinstance(row, dict) and {"name", "value"} <= row.keys():
            yield row.get("tool", ""), row["name"], float(row["value"]), row.get("unit", "")
    for line in text.splitlines():
        match = re.fullmatch(rf"\s*(\S.*?)\s+({NUMBER})\s*([A-Za-z/]*(?:/s)?)\s*", line)
        if match and not line.lstrip().startswith(("{", "[", '"')):
            yield "", match[1], float(match[2].replace(",", "")), match[3]


def json_rows(text):
    """The objects of a whole JSON document, or else of the lines that are JSON."""
    try:
        document = json.loads(text)
        if isinstance(document, dict) and "name" not in document:
            document = next((value for value in document.values() if isinstance(value, list)), [])
        return document if isinstance(document, list) else [document]
    except ValueError:
        rows = []
        for line in text.splitlines():
            try:
                rows.append(json.loads(line))
            except ValueError:
                continue
        return rows


def best(texts):
    """The highest value by canonical name and tool, in tokens/s or pairs/s: a tool's fastest variant is what we compare with."""
    result = {}
    for text in texts:
        for tool, name, value, unit in measurements(text):
            key = canonical(name)
            if key is None:
                continue
            kind = key.split(".")[0]
            wanted = "GFLOP/s" if kind == "peak" else WORK[kind] + "/s"
            if unit == "steps/s" and kind in PER_STEP:
                value *= PER_STEP[kind]
            elif unit != wanted:
                continue
            result[key, tool] = max(value, result.get((key, tool), 0))
    return result


def output(command):
    """What a command prints, or nothing and a note when it is not there or fails."""
    print("running", " ".join(map(str, command)), file=sys.stderr)
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode == 0:
        return result.stdout
    print(f"  failed ({result.returncode}):", *result.stderr.splitlines()[-4:], sep="\n  ", file=sys.stderr)
    return result.stdout


def has(python, module):
    """Whether a Python can import a module."""
    return bool(python) and subprocess.run([python, "-c", f"import {module}"], stderr=subprocess.DEVNULL).returncode == 0


def others(options):
    """What the scripts print whose packages are installed."""
    more = options.script_options.split()
    if has(sys.executable, "trl"):
        yield from (output([sys.executable, HERE / script, *more]) for script in SCRIPTS)
    else:
        print("no PyTorch, transformers and TRL here: pip install -r requirements.txt", file=sys.stderr)
    if has(options.ppo_python, "trl"):
        yield output([options.ppo_python, HERE / "trl_ppo.py", *more])
    else:
        print("no TRL 0.23.1: name its Python with --ppo-python (requirements-ppo.txt)", file=sys.stderr)


def print_table(ours, theirs):
    """A row for each measurement of ours and each tool that has it, too."""
    print(f"load average {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    print(f"{'':<24}{'Gradus':>12}{'theirs':>12}{'ratio':>8}")
    ours = {name: value for (name, _), value in ours.items()}
    alone = [(name, "") for name in ours if all(name != other for other, _ in theirs)]
    for name, tool in sorted([*theirs, *alone], key=lambda row: (row[0].split(".")[1:], row)):
        mine, other = ours.get(name), theirs.get((name, tool))
        cell = lambda value: "-" if value is None else f"{value:,.1f}"
        ratio = f"{mine / other:.2f}×" if mine and other else "-"
        print(f"{name:<24}{cell(mine):>12}{cell(other):>12}{ratio:>8}  {tool}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", default=program("gradus-bench"), help="gradus-bench; by default the release build")
    parser.add_argument("--gradus-output", help="a file with gradus-bench's output, instead of running it")
    parser.add_argument("--ppo-python", default=os.environ.get("PPO_PYTHON"), help="the Python that has TRL 0.23.1")
    parser.add_argument("--script-options", default="", help="options for the scripts, as '--steps 4 --size small'")
    options = parser.parse_args()
    if options.gradus_output:
        gradus = Path(options.gradus_output).read_text()
    elif options.bench:
        gradus = output([options.bench, "--json"])
    else:
        gradus = ""
        print("no gradus-bench: swift build -c release --product gradus-bench", file=sys.stderr)
    print_table(best([gradus]), best(others(options)))


if __name__ == "__main__":
    main()
