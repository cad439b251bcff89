"""How the scripts take time and print: a JSON object per measurement on stdout, a table at the end on stderr."""

import argparse
import json
import os
import sys
import time

from shapes import SIZES

# What a measurement's name ends with, and whether the factors of matrix products are bfloat16.
FORMATS = {"": False, ".bf16": True}

printed = []


def arguments(description):
    """The options that all scripts have; sets the number of threads."""
    import torch

    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="threads of PyTorch")
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement without a trainer")
    parser.add_argument("--steps", type=int, default=12, help="a trainer's steps; the first is not counted")
    parser.add_argument("--size", choices=[size.name for size in SIZES], help="one of the two sizes only")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.sizes = [size for size in SIZES if options.size in (None, size.name)]
    return options


def shortest(work, seconds, warm_up=2):
    """The shortest time of one call of `work`, called for about `seconds` and at least three times."""
    for _ in range(warm_up):
        work()
    best, count, end = float("inf"), 0, time.perf_counter() + seconds
    while count < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
        count += 1
    return best


def report(tool, name, value, unit, **more):
    """Prints one measurement as JSON, with the load average beside it."""
    row = {"tool": tool, "name": name, **more, "value": float(f"{value:.4g}"), "unit": unit}
    row["load"] = round(os.getloadavg()[0], 2)
    printed.append(row)
    print(json.dumps(row), flush=True)


def table():
    """Prints what was reported as a table."""
    for row in printed:
        variant = f"{row['tool']} {row.get('variant', '')}".strip()
        print(f"{row['name']:<20}{variant:<30}{row['value']:>12,.1f} {row['unit']}", file=sys.stderr)


class StepClock:
    """Collects how long each of a trainer's steps takes, from its end to the next one's end.

    That includes fetching the batch, generation and logging, and leaves out start-up and the first step.
    """

    def __init__(self, trainer):
        from transformers import TrainerCallback
        from transformers.trainer_callback import PrinterCallback

        self.ends = ends = []

        class Clock(TrainerCallback):
            def on_step_end(self, *_, **__):
                ends.append(time.perf_counter())

        trainer.remove_callback(PrinterCallback)
        trainer.add_callback(Clock())

    @property
    def shortest(self):
        """The shortest step in seconds."""
        return min(end - start for start, end in zip(self.ends, self.ends[1:]))
