"""Trains a few steps on two processes; run by the tests through trl_support.on_two_processes."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

import importlib
import json
import os

import torch

OPTIONS = {
    "grpo": dict(num_generations=4, loss_type="dapo", beta=0.04, gradient_accumulation_steps=2),
    # Without checkpointing the wrapper around the model looks for parameters that were not used, and copies its outputs.
    "dpo": dict(gradient_checkpointing=False),
    "kto": dict(gradient_checkpointing=False, steps=4),
    "reward": dict(gradient_checkpointing=False),
}

if __name__ == "__main__":
    name, folder = sys.argv[1], Path(sys.argv[2])
    train = importlib.import_module(f"test_{name}").train
    _, recorder, losses = train(
        folder, per_device_train_batch_size=2, ddp_backend="gloo", **({"steps": 2} | OPTIONS[name])
    )
    rank = os.environ["RANK"]
    (folder / f"losses-{rank}.json").write_text(json.dumps({"losses": losses, "files": recorder.files}))
    # Each waits for the other's file, and then leaves without the end of the interpreter, in which threads of gloo that still
    # run abort the process now and then.
    torch.distributed.barrier()
    os._exit(0)
