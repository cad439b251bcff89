"""Generated tokens per second of TRL 0.23.1's PPOTrainer: 32 responses of 32 tokens, 4 epochs; in 32 bits and under
bfloat16 autocast.

Policy, reference, reward model and critic have the same shape. Needs the environment of requirements-ppo.txt.
"""

import tempfile

from measuring import FORMATS, StepClock, arguments, report, table
from shapes import COMPLETION_LENGTH, PROMPT_LENGTH, PROMPTS, causal_model, configuration, texts, tokenizer

from datasets import Dataset
from transformers import LlamaForSequenceClassification
from trl import PPOConfig, PPOTrainer


def scalar_model(size):
    """A Llama with a scalar head."""
    return LlamaForSequenceClassification(configuration(size, num_labels=1))


def measure(size, suffix, is_bf16, steps):
    characters = tokenizer()
    prompts = Dataset.from_dict({"input_ids": characters(texts(PROMPTS * steps, PROMPT_LENGTH))["input_ids"]})
    with tempfile.TemporaryDirectory() as directory:
        settings = PPOConfig(
            output_dir=directory,
            per_device_train_batch_size=PROMPTS,
            gradient_accumulation_steps=1,
            num_mini_batches=1,
            num_ppo_epochs=4,
            response_length=COMPLETION_LENGTH,
            total_episodes=PROMPTS * steps,
            temperature=1.0,
            num_sample_generations=0,
            use_cpu=True,
            bf16=is_bf16,
            gradient_checkpointing=False,
            report_to="none",
            save_strategy="no",
            disable_tqdm=True,
            log_level="error",
        )
        training = PPOTrainer(
            settings,
            processing_class=characters,
            model=causal_model(size),
            ref_model=causal_model(size),
            reward_model=scalar_model(size),
            value_model=scalar_model(size),
            train_dataset=prompts,
            eval_dataset=prompts,
        )
        clock = StepClock(training)
        training.train()
    report("trl", f"ppo.{size.name}{suffix}", PROMPTS * COMPLETION_LENGTH / clock.shortest, "tokens/s", steps=steps)


if __name__ == "__main__":
    options = arguments(__doc__)
    for size in options.sizes:
        for suffix, is_bf16 in FORMATS.items():
            measure(size, suffix, is_bf16, options.steps)
    table()
