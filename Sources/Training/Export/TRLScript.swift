/// `train.py`: a script for the TRL trainer that a run goes on with.
enum TRLScript {
  static let name = "train.py"

  static func python(for trainer: Trainer) -> String {
    switch trainer {
    case .sft: opening(trainer) + supervised
    case .reward: opening(trainer) + reward
    case .dpo: opening(trainer) + preferences
    case .grpo: opening(trainer) + groups
    case .ppo: opening(trainer) + proximal
    }
  }

  private static func opening(_ trainer: Trainer) -> String {
    #"""
    """Goes on in TRL with a run of `gradus train \#(trainer.rawValue)`.

        accelerate launch --config_file accelerate.yaml train.py --config config.yaml

    Any option of config.yaml can also be given here: --learning_rate 1e-5
    """


    """#
  }

  /// What ends the scripts of trainers that are transformers' own `Trainer` underneath.
  private static let end = #"""
        trainer.train(resume_from_checkpoint=args.resume_from_checkpoint)
        trainer.save_model()
        trainer.save_state()


    if __name__ == "__main__":
        main()

    """#

  private static let supervised =
    #"""
    import os
    from dataclasses import dataclass

    from trl import SFTConfig, SFTTrainer, TrlParser

    from continuation import InOrder, Run, Tokens, WholeBatch


    @dataclass
    class Config(WholeBatch, SFTConfig):
        pass


    class Trainer(InOrder, SFTTrainer):
        pass


    def main():
        run, args = TrlParser((Run, Config)).parse_args_and_config()
        os.chdir(os.path.dirname(os.path.abspath(__file__)))
        tokenizer = run.tokenizer()
        tokens = Tokens(tokenizer, args.max_length)

        def encode(example):
            prompt = tokens.prompt(example["prompt"])
            completion = tokens.completion(example["completion"], prompt)
            return {"input_ids": prompt + completion, "completion_mask": [0] * len(prompt) + [1] * len(completion)}

        def data(path):
            examples = run.data(path)
            return examples.map(encode, remove_columns=examples.column_names)

        Trainer.run = run
        trainer = Trainer(
            model=run.model,
            args=args,
            train_dataset=data(run.train_data),
            eval_dataset=data(run.eval_data) if run.eval_data else None,
            processing_class=tokenizer,
        )

    """# + end

  private static let reward =
    #"""
    import os
    from dataclasses import dataclass

    from trl import RewardConfig, RewardTrainer, TrlParser

    from continuation import InOrder, Run, Tokens, WholeBatch


    @dataclass
    class Config(WholeBatch, RewardConfig):
        pass


    class Trainer(InOrder, RewardTrainer):
        pass


    def main():
        run, args = TrlParser((Run, Config)).parse_args_and_config()
        os.chdir(os.path.dirname(os.path.abspath(__file__)))
        tokenizer = run.tokenizer()
        tokens = Tokens(tokenizer, args.max_length)
        if tokenizer.pad_token_id == tokenizer.eos_token_id:
            # A score is read at the last token that is no padding, and that is the end of the text.
            tokenizer.pad_token = tokenizer.convert_ids_to_tokens(0 if tokenizer.eos_token_id != 0 else 1)

        def encode(example):
            prompt = tokens.prompt(example["prompt"])
            return {
                "chosen_ids": prompt + tokens.completion(example["chosen"], prompt),
                "rejected_ids": prompt + tokens.completion(example["rejected"], prompt),
            }

        def data(path):
            examples = run.data(path)
            return examples.map(encode, remove_columns=examples.column_names)

        Trainer.run = run
        trainer = Trainer(
            model=run.model,
            args=args,
            train_dataset=data(run.train_data),
            eval_dataset=data(run.eval_data) if run.eval_data else None,
            processing_class=tokenizer,
        )

    """# + end

  private static let preferences =
    #"""
    import os
    from dataclasses import dataclass

    from trl import DPOConfig, DPOTrainer, TrlParser

    from continuation import InOrder, Run, Tokens, WholeBatch


    @dataclass
    class Config(WholeBatch, DPOConfig):
        pass


    class Trainer(InOrder, DPOTrainer):
        tokens: Tokens

        def _prepare_dataset(self, dataset, *args, **kwargs):
            # TRL encodes prompt and completion together, which can join tokens where they meet; Gradus does not.
            def encode(example):
                prompt = self.tokens.prompt(example["prompt"])
                return {
                    "prompt_ids": prompt,
                    "chosen_ids": self.tokens.completion(example["chosen"], prompt),
                    "rejected_ids": self.tokens.completion(example["rejected"], prompt),
                }

            return dataset.map(encode)


    def main():
        run, args = TrlParser((Run, Config)).parse_args_and_config()
        os.chdir(os.path.dirname(os.path.abspath(__file__)))
        tokenizer = run.tokenizer()
        Trainer.run, Trainer.tokens = run, Tokens(tokenizer, args.max_length)
        # `model` is what the run began with, of which TRL takes a frozen copy as the reference; the checkpoint's weights
        # then replace it.
        trainer = Trainer(
            model=run.model,
            args=args,
            train_dataset=run.data(run.train_data),
            eval_dataset=run.data(run.eval_data) if run.eval_data else None,
            processing_class=tokenizer,
        )

    """# + end

  private static let groups =
    #"""
    import os
    from dataclasses import dataclass, field

    from trl import GRPOConfig, GRPOTrainer, TrlParser

    from continuation import Continued, Run, Tokens, WholeBatch
    from rewards import REWARDS


    @dataclass
    class Prompts(Run):
        max_prompt_length: int = field(default=512, metadata={"help": "The most tokens of a prompt, the last ones."})


    @dataclass
    class Config(WholeBatch, GRPOConfig):
        pass


    class Trainer(Continued, GRPOTrainer):
        tokens: Tokens

        def _tokenize_prompts(self, prompts):
            # As Gradus does: the last max_prompt_length tokens, and no special token before them.
            return [self.tokens.prompt(prompt) for prompt in prompts], None, {}


    def main():
        run, args = TrlParser((Prompts, Config)).parse_args_and_config()
        os.chdir(os.path.dirname(os.path.abspath(__file__)))
        tokenizer = run.tokenizer()
        Trainer.tokens = Tokens(tokenizer, run.max_prompt_length)
        # The prompts of all rounds that are left, one after the other.
        (prompts,) = run.orders().values()
        # `model` is what the run began with: the reference, where beta is not 0. The checkpoint's weights then replace it
        # as the policy.
        trainer = Trainer(
            model=run.model,
            reward_funcs=REWARDS,
            args=args,
            train_dataset=run.data(run.train_data).select(prompts),
            eval_dataset=run.data(run.eval_data) if run.eval_data else None,
            processing_class=tokenizer,
        )

    """# + end

  private static let proximal = #"""
    import os
    from dataclasses import dataclass, field

    import torch
    from torch.utils.data import DataLoader
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, get_scheduler
    from trl import PPOConfig, PPOTrainer, TrlParser

    from continuation import Run, Tokens, WholeBatch, load_moments, move_on


    @dataclass
    class Prompts(Run):
        policy: str = field(default="model", metadata={"help": "The policy's weights now."})
        critic: str = field(default="critic", metadata={"help": "The critic's weights now."})
        reward_model: str | None = field(default=None, metadata={"help": "What scores; null takes rewards.py."})
        moments: str | None = field(default=None, metadata={"help": "AdamW's moments of policy and critic."})
        steps_done: int = field(default=0, metadata={"help": "The optimizer steps that these moments are of."})
        rounds_done: int = field(default=0, metadata={"help": "How many batches of responses were learned from."})
        total_rounds: int = field(default=1, metadata={"help": "How many the whole run has."})
        max_prompt_length: int = field(default=512, metadata={"help": "The most tokens of a prompt, the last ones."})


    @dataclass
    class Config(WholeBatch, PPOConfig):
        pass


    def main():
        run, args = TrlParser((Prompts, Config)).parse_args_and_config()
        os.chdir(os.path.dirname(os.path.abspath(__file__)))
        tokenizer = run.tokenizer()
        tokenizer.padding_side = "left"
        if tokenizer.pad_token_id == tokenizer.eos_token_id:
            # PPOTrainer takes the first padding for a response's end, and would not see the token that ends it.
            tokenizer.pad_token = tokenizer.convert_ids_to_tokens(0 if tokenizer.eos_token_id != 0 else 1)
        tokens = Tokens(tokenizer, run.max_prompt_length)
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
            from rewards import RewardModule

            reward_model = RewardModule(examples, tokens, args)
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
            args.lr_scheduler_type, trainer.optimizer, -(-int(args.warmup_steps) // steps), run.total_rounds
        )
        move_on(trainer.lr_scheduler, run.rounds_done)
        if run.moments:
            model = trainer.accelerator.unwrap_model(trainer.model)
            load_moments(trainer.optimizer, model, run.moments, run.steps_done)
        trainer.train()
        trainer.save_model()
        trainer.save_state()


    if __name__ == "__main__":
        main()

    """#
}
