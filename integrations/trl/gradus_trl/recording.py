"""Chooses the recorder that fits a trainer."""

import os
from collections.abc import Iterable
from typing import Any

from .dpo import DPORecorder
from .grpo import GRPORecorder
from .kto import KTORecorder
from .ppo import PPORecorder
from .recorder import Recorder
from .reward import RewardRecorder


def record(
    trainer: Any, directory: str | os.PathLike[str] = "batches", every: int = 1, steps: Iterable[int] | None = None
) -> Recorder:
    """Makes a trainer write `gradus.batch/1` files while it trains; call it before `trainer.train()`.

    The training itself is not touched: no random number is drawn, and no gradient changes.

    Args:
        trainer: A GRPOTrainer, DPOTrainer, KTOTrainer or RewardTrainer of TRL 1.16, or a PPOTrainer of TRL 0.23.
        directory: Where the files go: `step-000050.batch.json`, or `step-000050-1.batch.json` and so on where the
            gradients of several batches are accumulated.
        every: Every how many optimizer steps one is recorded; the first is step 1.
        steps: The numbers of the steps to record, instead of `every`.

    Returns:
        The recorder: its `files` so far, what it did `not_recorded`, and `stop()`.
    """
    # Asked by name: which of these classes there are, and where, is another matter in every release of TRL.
    recorders: dict[str, type[Recorder]] = {
        "GRPOTrainer": GRPORecorder,
        "DPOTrainer": DPORecorder,
        "KTOTrainer": KTORecorder,
        "RewardTrainer": RewardRecorder,
        "PPOTrainer": PPORecorder,
    }
    for ancestor in type(trainer).__mro__:
        if ancestor.__name__ in recorders:
            return recorders[ancestor.__name__](trainer, directory, every=every, steps=steps)
    *names, last = recorders
    raise TypeError(f"{type(trainer).__name__} cannot be recorded: gradus_trl knows {', '.join(names)} and {last}")
