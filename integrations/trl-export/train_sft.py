"""Goes on in TRL with a run of `gradus train sft`.

    accelerate launch --config_file accelerate.yaml train.py --config config.yaml

Any option of config.yaml can also be given here: --learning_rate 1e-5
"""

from dataclasses import dataclass

from trl import SFTConfig, SFTTrainer

from continuation import finish, InOrder, options, Run, Tokens, WholeBatch


@dataclass
class Config(WholeBatch, SFTConfig):
    pass


class Trainer(InOrder, SFTTrainer):
    pass


def main():
    run, args = options(Run, Config)
    tokenizer = run.tokenizer()
    tokens = Tokens(tokenizer, args.max_length)

    def encode(example):
        prompt, completion, learned = tokens.texts(example, "completion")
        return {"input_ids": prompt + completion, "completion_mask": [0] * len(prompt) + [int(own) for own in learned]}

    Trainer.run = run
    trainer = Trainer(
        model=run.weights(args),
        args=args,
        train_dataset=run.data(run.train_data, encode),
        eval_dataset=run.data(run.eval_data, encode),
        processing_class=tokenizer,
    )
    trainer.train(resume_from_checkpoint=args.resume_from_checkpoint)
    finish(trainer)


if __name__ == "__main__":
    main()
