"""Goes on in TRL with a run of `gradus train dpo`.

    accelerate launch --config_file accelerate.yaml train.py --config config.yaml

Any option of config.yaml can also be given here: --learning_rate 1e-5
"""

from dataclasses import dataclass

from trl import DPOConfig, DPOTrainer

from continuation import finish, InOrder, options, Run, Tokens, WholeBatch


@dataclass
class Config(WholeBatch, DPOConfig):
    pass


class Trainer(InOrder, DPOTrainer):
    tokens: Tokens

    def _prepare_dataset(self, dataset, *args, **kwargs):
        # TRL encodes prompt and completion together, which can join tokens where they meet; Gradus does not.
        def encode(example):
            prompt, chosen, _ = self.tokens.texts(example, "chosen")
            _, rejected, _ = self.tokens.texts(example, "rejected")
            return {"prompt_ids": prompt, "chosen_ids": chosen, "rejected_ids": rejected}

        return dataset.map(encode)


def main():
    run, args = options(Run, Config)
    tokenizer = run.tokenizer()
    Trainer.run, Trainer.tokens = run, Tokens(tokenizer, args.max_length)
    # `model` is what the run began with, of which TRL takes a frozen copy as the reference, or of `adapter`; the
    # checkpoint's weights then replace it.
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
