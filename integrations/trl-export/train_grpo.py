"""Goes on in TRL with a run of `gradus train grpo`.

    accelerate launch --config_file accelerate.yaml train.py --config config.yaml

Any option of config.yaml can also be given here: --learning_rate 1e-5
"""

from dataclasses import dataclass

from trl import GRPOConfig, GRPOTrainer

from continuation import Continued, finish, options, OwnPrompts, Prompts, Tokens, WholeBatch
from rewards import REWARDS


@dataclass
class Config(WholeBatch, GRPOConfig):
    pass


class Trainer(OwnPrompts, Continued, GRPOTrainer):
    pass


def main():
    run, args = options(Prompts, Config)
    tokenizer = run.tokenizer()
    Trainer.tokens = Tokens(tokenizer, run.max_prompt_length, run.conversations())
    # `model` is what the run began with: the reference, where beta is not 0. The checkpoint's weights then replace it
    # as the policy.
    trainer = Trainer(
        model=run.weights(args),
        reward_funcs=REWARDS,
        args=args,
        train_dataset=run.prompts(),
        eval_dataset=run.data(run.eval_data),
        processing_class=tokenizer,
    )
    trainer.train(resume_from_checkpoint=args.resume_from_checkpoint)
    finish(trainer)


if __name__ == "__main__":
    main()
