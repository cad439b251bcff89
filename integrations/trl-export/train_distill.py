"""Goes on in TRL with a run of `gradus train distill`.

    accelerate launch --config_file accelerate.yaml train.py --config config.yaml

Any option of config.yaml can also be given here: --learning_rate 1e-5
"""

from dataclasses import dataclass, field

from trl import DistillationConfig, DistillationTrainer

from continuation import Continued, finish, options, OwnPrompts, Prompts, Tokens, WholeBatch


@dataclass
class Taught(Prompts):
    teacher: str = field(default="teacher", metadata={"help": "What judges each token."})


@dataclass
class Config(WholeBatch, DistillationConfig):
    pass


class Trainer(OwnPrompts, Continued, DistillationTrainer):
    pass


def main():
    run, args = options(Taught, Config)
    tokenizer = run.tokenizer()
    Trainer.tokens = Tokens(tokenizer, run.max_prompt_length, run.conversations())
    trainer = Trainer(
        model=run.weights(args),
        teacher_model=run.teacher,
        args=args,
        train_dataset=run.prompts(),
        eval_dataset=run.data(run.eval_data),
        processing_class=tokenizer,
    )
    trainer.train(resume_from_checkpoint=args.resume_from_checkpoint)
    finish(trainer)


if __name__ == "__main__":
    main()
