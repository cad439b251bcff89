"""Options of `gradus train` beside TRL's and transformers': schedules, packing, and the table of what differs."""

import dataclasses
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

trl = pytest.importorskip("trl")

import torch  # noqa: E402
from datasets import Dataset  # noqa: E402
from transformers import AutoTokenizer, TrainingArguments, get_scheduler  # noqa: E402
from trl.data_utils import pack_dataset  # noqa: E402
from trl.experimental.online_dpo import OnlineDPOConfig  # noqa: E402
from trl.experimental.sdft import SDFTConfig  # noqa: E402

GRADUS = os.environ.get("GRADUS") or shutil.which("gradus")
ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "Tests" / "TrainingTests" / "Models"
PAIRS = MODELS / "polite-preferences" / "train.jsonl"

pytestmark = pytest.mark.skipif(GRADUS is None, reason="GRADUS does not name the built program")


def gradus(*arguments):
    result = subprocess.run([GRADUS, *map(str, arguments)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def train(folder, *options):
    fixed = ["eval_steps=0", "num_completions_to_print=0", "save_steps=0", "workers=1"]
    sets = [part for option in [*fixed, *options] for part in ("--set", option)]
    paths = ("--model", MODELS / "llama-tiny", "--dataset", PAIRS, "--output", folder)
    gradus("train", "sft", *paths, *sets)
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    "kind, kwargs, warmup",
    [
        ("cosine", {}, 0),
        ("cosine", {"num_cycles": 1.5}, 3),
        ("cosine_with_restarts", {}, 2),
        ("cosine_with_restarts", {"num_cycles": 3}, 2),
        ("cosine_with_min_lr", {"min_lr": 1e-4}, 2),
        ("cosine_with_min_lr", {"min_lr_rate": 0.2, "num_cycles": 1}, 0),
        ("linear", {}, 4),
    ],
)
def test_schedules(tmp_path, kind, kwargs, warmup):
    steps, rate = 12, 1e-3
    options = [f"lr_scheduler_type={kind}", f"max_steps={steps}", f"learning_rate={rate}", "batch_size=2"]
    options.append(f"warmup_ratio={warmup / steps}")
    if kwargs:
        options.append(f"lr_scheduler_kwargs={json.dumps(kwargs)}")
    ours = [line["learning_rate"] for line in train(tmp_path / "run", *options)]
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    schedule = get_scheduler(kind, optimizer, warmup, steps, scheduler_specific_kwargs=kwargs)
    theirs = []
    for _ in range(steps):
        theirs.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("strategy", ["bfd", "bfd_split"])
@pytest.mark.parametrize("most", [90, 200, 512])
def test_packs_are_those_of_trl(tmp_path, strategy, most):
    rows = [json.loads(line) for line in PAIRS.read_text().splitlines()]
    tokenizer = AutoTokenizer.from_pretrained(MODELS / "llama-tiny")
    ids = [tokenizer(row["prompt"] + row["chosen"], add_special_tokens=False)["input_ids"] for row in rows]
    ids = [tokens + [tokenizer.eos_token_id] for tokens in ids]
    # What is only a prompt teaches nothing, and is left out here.
    lengths = [len(tokenizer(row["prompt"], add_special_tokens=False)["input_ids"]) for row in rows]
    if strategy == "bfd":
        ids = [tokens for tokens, prompt in zip(ids, lengths) if prompt < most]
    else:
        assert all(prompt < most for prompt in lengths) or most == 90
    theirs = pack_dataset(Dataset.from_dict({"input_ids": ids}), most, strategy)
    options = ["packing=true", f"packing_strategy={strategy}", f"max_length={most}", "batch_size=1", "shuffle=false"]
    done = [line["num_tokens"] for line in train(tmp_path / "run", "num_train_epochs=1", *options)]
    ours = [int(b - a) for a, b in zip([0, *done], done)]
    if strategy == "bfd_split" and most == 90:
        # Pieces that are only prompt teach nothing.
        assert sum(ours) <= sum(map(len, ids))
    else:
        assert ours == [len(pack) for pack in theirs["input_ids"]]


CONFIGURATIONS = {
    "sft": trl.SFTConfig,
    "reward": trl.RewardConfig,
    "dpo": trl.DPOConfig,
    "kto": trl.KTOConfig,
    "grpo": trl.GRPOConfig,
    "distill": (trl.DistillationConfig, SDFTConfig),
    "online-dpo": OnlineDPOConfig,
}


def table():
    """The rows of TRL's options: names, trainers, advice."""
    text = (ROOT / "Documentation" / "training-options.md").read_text()
    part = text.split("<!-- training trl -->")[1].split("<!-- /training -->")[0]
    rows = [line.split(" | ") for line in part.splitlines() if line.startswith("| `")]
    return [(re.findall(r"`(\w+)`", row[0]), row[1], row[3].removesuffix(" |")) for row in rows]


def own(trainer):
    return set(re.findall(r"^(\w+):", gradus("train", trainer, "--print-config"), re.MULTILINE))


def names(configuration):
    if isinstance(configuration, tuple):
        return set().union(*map(names, configuration))
    return {field.name for field in dataclasses.fields(configuration)}


@pytest.mark.parametrize("trainer", CONFIGURATIONS)
def test_every_option_of_trl_is_here_or_in_the_table(trainer):
    told = {name for row in table() if row[1] == "all" or trainer in row[1].split(", ") for name in row[0]}
    missing = names(CONFIGURATIONS[trainer]) - own(trainer) - told
    assert not missing, f"neither an option of train {trainer} nor in ForeignOptions: {sorted(missing)}"


def test_the_table_has_no_option_that_train_has():
    for options, trainers, _ in table():
        meant = list(CONFIGURATIONS) if trainers == "all" else [t for t in trainers.split(", ") if t in CONFIGURATIONS]
        for name in options:
            assert not all(name in own(trainer) for trainer in meant) or not meant, name


@pytest.mark.parametrize("trainer, option", [("sft", "per_device_train_batch_size"), ("dpo", "fp16"), ("grpo", "use_vllm")])
def test_an_option_of_trl_is_answered(trainer, option):
    command = [GRADUS, "train", trainer, "--set", f"{option}=1", "--print-config"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 64
    (advice,) = [row[2] for row in table() if option in row[0]]
    assert f"there is no option {option}" in result.stderr and advice in result.stderr


def test_the_installed_packages_are_those_of_the_table():
    assert trl.__version__.startswith("1.16") and "warmup_steps" in names(TrainingArguments)
