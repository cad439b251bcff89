"""Goes on in TRL with a run of `gradus train ppo`.

    accelerate launch --config_file accelerate.yaml train.py --config config.yaml

Any option of config.yaml can also be given here: --learning_rate 1e-5
"""

from dataclasses import dataclass, field

import torch
from torch.utils.data import DataLoader
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, get_scheduler
from trl import PPOConfig, PPOTrainer

from continuation import finish, load_moments, move_on, options, Prompts, Tokens, WholeBatch


@dataclass
class Rounds(Prompts):
    policy: str = field(default="model", metadata={"help": "The policy's weights now."})
    critic: str = field(default="critic", metadata={"help": "The critic's weights now."})
    reward_model: str | None = field(default=None, metadata={"help": "What scores; null takes rewards.py."})
    moments: str | None = field(default=None, metadata={"help": "AdamW's moments of policy and critic."})
    steps_done: int = field(default=0, metadata={"help": "The optimizer steps that these moments are of."})
    rounds_done: int = field(default=0, metadata={"help": "How many batches of responses were learned from."})
    total_rounds: int = field(default=1, metadata={"help": "How many the whole run has."})


@dataclass
class Config(WholeBatch, PPOConfig):
    pass


def main():
    run, args = options(Rounds, Config)
    tokenizer = run.tokenizer()
    tokenizer.padding_side = "left"
    if tokenizer.pad_token_id == tokenizer.eos_token_id:
        # PPOTrainer takes the first padding for a response's end, and would not see the token that ends it.
        tokenizer.pad_token = tokenizer.convert_ids_to_tokens(0 if tokenizer.eos_token_id != 0 else 1)
    tokens = Tokens(tokenizer, run.max_prompt_length, run.conversations())
    examples = run.data(run.train_data)
    # The prompts of all rounds that are left, one after the other.
    (order,) = run.orders().values()
    prompts = examples.select(order).map(
        lambda example: {"input_ids": tokens.prompt(example["prompt"])}, remove_columns=examples.column_names
    )
    args.total_episodes = len(prompts)
    if run.reward_model:
        reward_model = AutoModelForSequenceClassification.from_pretrained(run.reward_model, num_labels=1)
    else:
        from reward_functions import RewardModule
        from rewards import REWARDS, WEIGHTS

        reward_model = RewardModule(REWARDS, WEIGHTS, examples, tokens)
    trainer = PPOTrainer(
        args=args,
        processing_class=tokenizer,
        model=AutoModelForCausalLM.from_pretrained(run.policy),
        ref_model=AutoModelForCausalLM.from_pretrained(run.model),
        reward_model=reward_model,
        value_model=AutoModelForSequenceClassification.from_pretrained(run.critic, num_labels=1),
        train_dataset=prompts,
    )
    # PPOTrainer shuffles; the run has its own order.
    trainer.dataloader = trainer.accelerator.prepare(
        DataLoader(
            prompts, batch_size=trainer.local_dataloader_batch_size, collate_fn=trainer.data_collator, drop_last=True
        )
    )
    # It moves the learning rate once for each batch of responses, as Gradus does after each optimizer step.
    steps = args.num_ppo_epochs * args.num_mini_batches
    trainer.lr_scheduler = get_scheduler(
        args.lr_scheduler_type,
        trainer.optimizer,
        -(-int(args.warmup_steps) // steps),
        run.total_rounds,
        args.lr_scheduler_kwargs or {},
    )
    move_on(trainer.lr_scheduler, run.rounds_done)
    if run.moments:
        model = trainer.accelerator.unwrap_model(trainer.model)
        load_moments(trainer.optimizer, model, run.moments, run.steps_done)
    trainer.train()
    finish(trainer)


if __name__ == "__main__":
    main()
