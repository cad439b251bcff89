"""What lets a trainer of TRL go on exactly where a run of `gradus train` stood."""

import json
import os
import sys
import warnings
from dataclasses import dataclass, field

import torch
from datasets import Dataset
from safetensors.torch import load_file
from torch.utils.data import Sampler
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast
from trl import TrlParser


def options(*kinds):
    """What config.yaml says, or the file that --config names, and above it the command line; paths are from here."""
    here = os.path.dirname(os.path.abspath(__file__))
    given = sys.argv[1:]
    if not any(word == "--config" or word.startswith("--config=") for word in given):
        given = ["--config", os.path.join(here, "config.yaml"), *given]
    parsed = TrlParser(kinds).parse_args_and_config(given)
    os.chdir(here)
    return parsed


def finish(trainer):
    """Saves what was trained; several processes then part in order, since one that just exits can abort in its threads."""
    trainer.save_model()
    trainer.save_state()
    trainer.accelerator.wait_for_everyone()
    trainer.accelerator.end_training()


@dataclass
class Run:
    """The lines of config.yaml that are not TRL's own."""

    model: str = field(default="model", metadata={"help": "The weights that the run began with; the tokenizer."})
    adapter: str | None = field(default=None, metadata={"help": "LoRA adapters on them, which alone are trained."})
    train_data: str = field(default="data/train.jsonl", metadata={"help": "What is learned from."})
    eval_data: str | None = field(default=None, metadata={"help": "What is evaluated on."})
    data_order: str | None = field(default=None, metadata={"help": "In which order; null is the file's."})

    def tokenizer(self):
        # The tokenizer.json as it stands: AutoTokenizer has patterns of its own for some families of models.
        tokenizer = PreTrainedTokenizerFast.from_pretrained(self.model)
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        return tokenizer

    def weights(self, args):
        """What the run began with: the model's folder, or the model with adapters that are trained."""
        if self.adapter is None:
            return self.model
        from peft import PeftModel

        settings, args.model_init_kwargs = args.model_init_kwargs, None
        base = AutoModelForCausalLM.from_pretrained(self.model, **settings)
        return PeftModel.from_pretrained(base, self.adapter, is_trainable=True)

    def data(self, path, encode=None):
        """The examples of a file, as they stand or what `encode` makes of each; None where there is no file."""
        if path is None:
            return None
        with open(path, encoding="utf-8") as lines:
            examples = Dataset.from_list([json.loads(line) for line in lines])
        return examples.map(encode, remove_columns=examples.column_names) if encode else examples

    def orders(self):
        """For each epoch that is left, by its number from 0, the numbers of its examples."""
        with open(self.data_order, encoding="utf-8") as lines:
            return {line["epoch"]: line["examples"] for line in map(json.loads, lines)}


@dataclass
class Prompts(Run):
    """The same of a run that samples."""

    max_prompt_length: int = field(default=512, metadata={"help": "The most tokens of a prompt, the last ones."})

    def prompts(self):
        """The examples of all rounds that are left, one after the other."""
        (numbers,) = self.orders().values()
        return self.data(self.train_data).select(numbers)

    def conversations(self):
        """The prompts that a chat template has written."""
        files = filter(None, (self.data(self.train_data), self.data(self.eval_data)))
        return {example["prompt"] for file in files for example in file if example.get("is_conversation")}


class WholeBatch:
    """Before a TRL configuration: per_device_train_batch_size is that of all processes together.

    So the run stays the same however many GPUs there are.
    """

    def __post_init__(self):
        processes = int(os.environ.get("WORLD_SIZE", 1))
        for name in ("per_device_train_batch_size", "per_device_eval_batch_size"):
            whole = getattr(self, name)
            if whole % processes:
                raise SystemExit(f"config.yaml: {name} {whole} cannot be shared among {processes} processes equally")
            setattr(self, name, whole // processes)
        self.refuse_shards()
        super().__post_init__()
        if processes > 1 and self.world_size != processes:
            raise SystemExit(
                f"{processes} processes were started and do not know of each other; without GPUs, start them with "
                "--use_cpu true, or start one"
            )

    def refuse_shards(self):
        folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), self.resume_from_checkpoint or "")
        switches = ("ACCELERATE_USE_FSDP", "ACCELERATE_USE_DEEPSPEED")
        is_sharded = self.fsdp or self.deepspeed or any(os.environ.get(name) == "true" for name in switches)
        if is_sharded and os.path.exists(f"{folder}/moments.safetensors"):
            raise SystemExit(
                f"FSDP and DeepSpeed cannot load {self.resume_from_checkpoint}, which is in one piece: go on without "
                f"them, or in config.yaml set model to {self.resume_from_checkpoint} and resume_from_checkpoint to null, "
                "which begins with its weights, moments of 0 and step 0"
            )


class Tokens:
    """Texts in tokens as Gradus reads them.

    Prompt and completion are encoded each by itself. What the tokenizer puts in front of a text stands before the prompt,
    unless a chat template has written it; the token that ends a text follows the completion, unless it stands there
    already or a chat template has ended the text. What is longer than the limit is cut off: a prompt at its beginning,
    a completion at its end. `conversations` are the prompts that a chat template has written.
    """

    def __init__(self, tokenizer, limit, conversations=()):
        self.tokenizer, self.limit, self.conversations = tokenizer, limit, conversations
        whole, bare = tokenizer("a").input_ids, self.encode("a")
        self.opening = next(whole[:n] for n in range(len(whole)) if whole[n : n + len(bare)] == bare)
        starts = (tokenizer.bos_token_id, tokenizer.eos_token_id, 0)
        self.start = next(token for token in starts if token is not None)
        self.end = [] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id]

    def encode(self, text):
        return self.tokenizer(text, add_special_tokens=False).input_ids

    def beginning(self, text, is_conversation):
        return ([] if is_conversation else self.opening) + self.encode(text)

    def prompt(self, text):
        """A prompt that is to be answered."""
        return self.beginning(text, text in self.conversations)[-self.limit :] or [self.start]

    def texts(self, example, column, is_ended=True):
        """The prompt, the completion in a column, and for each of its tokens whether it is learned."""
        completion, learned = [], []
        for text, is_learned in parts(example[column], example.get("answers")):
            tokens = self.encode(text)
            completion += tokens
            learned += [is_learned] * len(tokens)
        prompt = self.beginning(example["prompt"], example.get("is_conversation"))[-self.limit :]
        if is_ended and not example.get("is_conversation") and completion[-1:] != self.end:
            completion, learned = completion + self.end, learned + [True] * len(self.end)
        if not prompt:
            # The first token has nothing before it that could say it.
            learned[:1] = [False] * len(learned[:1])
        room = max(0, self.limit - len(prompt))
        return prompt, completion[:room], learned[:room]


def parts(text, answers):
    """A text cut where the assistant begins and ends to write, as ranges of bytes, and whether each part is the assistant's."""
    if answers is None:
        return [(text, True)]
    written, cut, done = text.encode(), [], 0
    for start, end in [*answers, (len(text.encode()), None)]:
        cut.append((written[done:start].decode(), False))
        if end is not None:
            cut.append((written[start:end].decode(), True))
            done = end
    return [part for part in cut if part[0]]


class OwnPrompts:
    """Before a trainer of TRL that samples: prompts in tokens as Gradus reads them."""

    tokens: Tokens

    def _tokenize_prompts(self, prompts):
        return [self.tokens.prompt(prompt) for prompt in prompts], None, {}


class RunOrder(Sampler):
    """The order in which the run goes through its data; beyond its last epoch, one drawn by torch."""

    def __init__(self, run, trainer):
        self.epochs, self.trainer = run.orders(), trainer
        self.count = len(next(iter(self.epochs.values())))

    def __len__(self):
        return self.count

    def __iter__(self):
        args = self.trainer.args
        per_step = args.per_device_train_batch_size * args.gradient_accumulation_steps * args.world_size
        epoch = self.trainer.state.global_step // -(-self.count // per_step)
        if epoch in self.epochs:
            return iter(self.epochs[epoch])
        return iter(torch.randperm(self.count, generator=torch.Generator().manual_seed(epoch)).tolist())


class Continued:
    """Before a TRL trainer: the optimizer begins with the moments and the learning rate that Gradus left."""

    def _load_optimizer_and_scheduler(self, checkpoint):
        super()._load_optimizer_and_scheduler(checkpoint)
        path = f"{checkpoint}/moments.safetensors"
        if checkpoint is not None and os.path.exists(path):
            load_moments(self.optimizer, self.model, path, self.state.global_step)
            move_on(self.lr_scheduler, self.state.global_step)


class InOrder(Continued):
    """Before a TRL trainer that reads given examples: in the run's order too."""

    run: Run

    def _get_train_sampler(self, dataset=None):
        return RunOrder(self.run, self) if self.run.data_order else super()._get_train_sampler(dataset)


def load_moments(optimizer, model, path, step):
    """Gives AdamW the two running means that a file has for each parameter that is trained, by its name."""
    moments = load_file(path)
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        # PEFT writes adapters without the name of their set.
        name = name.replace(".default.weight", ".weight")
        optimizer.state[parameter] = {
            "step": torch.tensor(float(step)),
            "exp_avg": moments[f"exp_avg/{name}"].to(parameter),
            "exp_avg_sq": moments[f"exp_avg_sq/{name}"].to(parameter),
        }


def move_on(scheduler, steps):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the optimizer took these steps elsewhere
        for _ in range(steps):
            scheduler.step()
