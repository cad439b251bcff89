"""Generated tokens per second of TRL's GRPOTrainer: 32 completions of 32 tokens in groups of 8, beta 0.04; in 32 bits
and under bfloat16 autocast.

A step samples, scores (a constant-time rule), runs policy and reference, and updates once. eos and padding are never sampled,
so that every completion has 32 tokens.
"""

import tempfile

from measuring import FORMATS, StepClock, arguments, report, table
from shapes import COMPLETION_LENGTH, PROMPT_LENGTH, PROMPTS, causal_model, texts, tokenizer

from datasets import Dataset
from trl import GRPOConfig, GRPOTrainer


def reward(completions, completion_ids, **_):
    """The share of e: differs within a group, costs nothing."""
    assert all(len(ids) == COMPLETION_LENGTH for ids in completion_ids)
    return [text.count("e") / COMPLETION_LENGTH for text in completions]


def trainer(size, is_bf16, steps, directory):
    # The trainer loads its reference model from where the policy came from.
    causal_model(size).save_pretrained(directory)
    tokenizer().save_pretrained(directory)
    settings = GRPOConfig(
        output_dir=directory,
        model_init_kwargs={"dtype": "float32"},
        per_device_train_batch_size=PROMPTS,
        num_generations=8,
        max_completion_length=COMPLETION_LENGTH,
        generation_kwargs={"suppress_tokens": [0, 1]},
        beta=0.04,
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
    prompts = Dataset.from_dict({"prompt": texts(PROMPTS * steps, PROMPT_LENGTH)})
    return GRPOTrainer(directory, reward, args=settings, train_dataset=prompts, processing_class=tokenizer())


def measure(size, suffix, is_bf16, steps):
    with tempfile.TemporaryDirectory() as directory:
        training = trainer(size, is_bf16, steps, directory)
        clock = StepClock(training)
        training.train()
    report("trl", f"grpo.{size.name}{suffix}", PROMPTS * COMPLETION_LENGTH / clock.shortest, "tokens/s", steps=steps)


if __name__ == "__main__":
    options = arguments(__doc__)
    for size in options.sizes:
        for suffix, is_bf16 in FORMATS.items():
            measure(size, suffix, is_bf16, options.steps)
    table()
