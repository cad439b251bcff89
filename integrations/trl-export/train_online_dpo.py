"""Goes on in TRL with a run of `gradus train online-dpo`.

    accelerate launch --config_file accelerate.yaml train.py --config config.yaml

Any option of config.yaml can also be given here: --learning_rate 1e-5
"""

from dataclasses import dataclass

from transformers import PreTrainedTokenizerFast
from trl.experimental.online_dpo import OnlineDPOConfig, OnlineDPOTrainer

from continuation import Continued, finish, options, Prompts, Tokens, WholeBatch
from rewards import REWARDS


@dataclass
class Config(WholeBatch, OnlineDPOConfig):
    pass


class Trainer(Continued, OnlineDPOTrainer):
    pass


class LastTokens(PreTrainedTokenizerFast):
    """Encodes prompts as Gradus does: what starts texts before those that are no conversations, and the last tokens."""

    limit: int
    conversations: set
    opening = start = ""

    def __call__(self, text, **choices):
        if isinstance(text, list):
            texts = [prompt if prompt in self.conversations else self.opening + prompt for prompt in text]
            text = [prompt or self.start for prompt in texts]
        return super().__call__(text, **choices, truncation=True, max_length=self.limit)


def main():
    run, args = options(Prompts, Config)
    LastTokens.limit, LastTokens.conversations = run.max_prompt_length, run.conversations()
    tokenizer = LastTokens.from_pretrained(run.model, truncation_side="left")
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokens = Tokens(tokenizer, run.max_prompt_length)
    LastTokens.opening, LastTokens.start = tokenizer.decode(tokens.opening), tokenizer.decode([tokens.start])
    # TRL cuts off the beginning of what is longer.
    args.max_length = run.max_prompt_length + args.max_new_tokens
    # `model` is what the run began with, of which TRL takes a frozen copy as the reference; the checkpoint's weights
    # then replace it as the policy.
    trainer = Trainer(
        model=run.weights(args),
        reward_funcs=REWARDS,
        args=args,
        train_dataset=run.prompts(),
        processing_class=tokenizer,
    )
    trainer.train(resume_from_checkpoint=args.resume_from_checkpoint)
    finish(trainer)


if __name__ == "__main__":
    main()
