"""Trains two steps of GRPO on two processes; run by test_grpo.py through torch.distributed.run."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

import json
import os

import torch
from test_grpo import train

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    _, recorder, losses = train(
        folder, steps=2, per_device_train_batch_size=2, num_generations=4, loss_type="dapo", beta=0.04,
        gradient_accumulation_steps=2, ddp_backend="gloo",
    )  # fmt: skip
    rank = os.environ["RANK"]
    (folder / f"losses-{rank}.json").write_text(json.dumps({"losses": losses, "files": recorder.files}))
    # A process that leaves while its threads still talk to the other one may be aborted.
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()
