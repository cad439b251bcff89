"""Pairs per second of TRL's DPOTrainer: batches of 16 pairs, prompts and completions of 32 tokens, reference model on; in 32 bits and under bfloat16
autocast."""

import copy
import tempfile

from measuring import FORMATS, StepClock, arguments, report, table
from shapes import causal_model, texts, tokenizer

from datasets import Dataset
from trl import DPOConfig, DPOTrainer

BATCH, LENGTH = 16, 32


def pairs(count):
    """Random pairs; the trainer adds eos to the completions' 31 letters."""
    return Dataset.from_dict(
        {
            "prompt": texts(count, LENGTH, seed=1),
            "chosen": texts(count, LENGTH - 1, seed=2),
            "rejected": texts(count, LENGTH - 1, seed=3),
        }
    )


def measure(size, suffix, is_bf16, steps):
    with tempfile.TemporaryDirectory() as directory:
        settings = DPOConfig(
            output_dir=directory,
            per_device_train_batch_size=BATCH,
            max_steps=steps,
            use_cpu=True,
            bf16=is_bf16,
            gradient_checkpointing=False,
            report_to="none",
            save_strategy="no",
            logging_steps=10,
            disable_tqdm=True,
            log_level="error",
        )
        model = causal_model(size)
        training = DPOTrainer(
            model,
            copy.deepcopy(model),
            args=settings,
            train_dataset=pairs(BATCH * steps),
            processing_class=tokenizer(),
        )
        row = training.train_dataset[0]
        assert [len(row[key]) for key in row if key.endswith("_ids")] == [LENGTH] * 3, row
        clock = StepClock(training)
        training.train()
    report("trl", f"dpo.{size.name}{suffix}", BATCH / clock.shortest, "pairs/s", steps=steps)


if __name__ == "__main__":
    options = arguments(__doc__)
    for size in options.sizes:
        for suffix, is_bf16 in FORMATS.items():
            measure(size, suffix, is_bf16, options.steps)
    table()
