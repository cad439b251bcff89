"""Goes on in TRL with a run of `gradus train kto`.

    accelerate launch --config_file accelerate.yaml train.py --config config.yaml

Any option of config.yaml can also be given here: --learning_rate 1e-5
"""

from dataclasses import dataclass

from trl import KTOConfig, KTOTrainer

from continuation import finish, InOrder, options, Run, Tokens, WholeBatch


@dataclass
class Config(WholeBatch, KTOConfig):
    pass


class Mismatched:
    """Gives each prompt of a batch the completion of the one ahead of it.

    TRL mismatches them in the file's order; Gradus in the order in which they are read.
    """

    def __init__(self, collator):
        self.collator = collator

    def __call__(self, examples):
        others = [examples[n - 1]["completion_ids"] for n in range(len(examples))]
        return self.collator(
            [{**example, "KL_completion_ids": other} for example, other in zip(examples, others, strict=True)]
        )


class Trainer(InOrder, KTOTrainer):
    tokens: Tokens

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.calculate_KL:
            self.data_collator = Mismatched(self.data_collator)

    def _prepare_dataset(self, dataset, *args, **kwargs):
        # TRL encodes prompt and completion together, which can join tokens where they meet; Gradus does not.
        def encode(example):
            prompt, completion, _ = self.tokens.texts(example, "completion")
            return {"prompt_ids": prompt, "completion_ids": completion}

        return dataset.map(encode)


def main():
    run, args = options(Run, Config)
    tokenizer = run.tokenizer()
    Trainer.run, Trainer.tokens = run, Tokens(tokenizer, args.max_length)
    # `model` is what the run began with, of which TRL takes a frozen copy as the reference; the checkpoint's weights
    # then replace it.
    trainer = Trainer(
        model=run.weights(args),
        args=args,
        train_dataset=run.data(run.train_data),
        eval_dataset=run.data(run.eval_data),
        processing_class=tokenizer,
    )
    trainer.train(resume_from_checkpoint=args.resume_from_checkpoint)
    finish(trainer)


if __name__ == "__main__":
    main()
