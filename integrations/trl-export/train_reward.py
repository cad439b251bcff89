"""Goes on in TRL with a run of `gradus train reward`.

    accelerate launch --config_file accelerate.yaml train.py --config config.yaml

Any option of config.yaml can also be given here: --learning_rate 1e-5
"""

from dataclasses import dataclass

from trl import RewardConfig, RewardTrainer

from continuation import finish, InOrder, options, Run, Tokens, WholeBatch


@dataclass
class Config(WholeBatch, RewardConfig):
    pass


class Trainer(InOrder, RewardTrainer):
    pass


def main():
    run, args = options(Run, Config)
    tokenizer = run.tokenizer()
    tokens = Tokens(tokenizer, args.max_length)
    if tokenizer.pad_token_id == tokenizer.eos_token_id:
        # A score is read at the last token that is no padding, and that is the end of the text.
        tokenizer.pad_token = tokenizer.convert_ids_to_tokens(0 if tokenizer.eos_token_id != 0 else 1)

    def encode(example):
        prompt, chosen, _ = tokens.texts(example, "chosen")
        _, rejected, _ = tokens.texts(example, "rejected")
        return {"chosen_ids": prompt + chosen, "rejected_ids": prompt + rejected}

    Trainer.run = run
    trainer = Trainer(
        model=run.model,
        args=args,
        train_dataset=run.data(run.train_data, encode),
        eval_dataset=run.data(run.eval_data, encode),
        processing_class=tokenizer,
    )
    trainer.train(resume_from_checkpoint=args.resume_from_checkpoint)
    finish(trainer)


if __name__ == "__main__":
    main()
