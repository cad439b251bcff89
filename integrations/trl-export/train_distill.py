"""Goes on in TRL with a run of `gradus train distill`.

    accelerate launch --config_file accelerate.yaml train.py --config config.yaml

Any option of config.yaml can also be given here: --learning_rate 1e-5
"""

from dataclasses import dataclass, field

from trl import DistillationConfig, DistillationTrainer

from continuation import Continued, finish, options, Run, Tokens, WholeBatch


@dataclass
class Prompts(Run):
    teacher: str = field(default="teacher", metadata={"help": "What judges each token."})
    max_prompt_length: int = field(default=512, metadata={"help": "The most tokens of a prompt, the last ones."})


@dataclass
class Config(WholeBatch, DistillationConfig):
    pass


class Trainer(Continued, DistillationTrainer):
    tokens: Tokens

    def _tokenize_prompts(self, prompts):
        # As Gradus does: the last max_prompt_length tokens, and no special token before them.
        return [self.tokens.prompt(prompt) for prompt in prompts], None, {}


def main():
    run, args = options(Prompts, Config)
    tokenizer = run.tokenizer()
    Trainer.tokens = Tokens(tokenizer, run.max_prompt_length)
    # The prompts of all rounds that are left, one after the other.
    (prompts,) = run.orders().values()
    trainer = Trainer(
        model=run.weights(args),
        teacher_model=run.teacher,
        args=args,
        train_dataset=run.data(run.train_data).select(prompts),
        eval_dataset=run.data(run.eval_data),
        processing_class=tokenizer,
    )
    trainer.train(resume_from_checkpoint=args.resume_from_checkpoint)
    finish(trainer)


if __name__ == "__main__":
    main()
