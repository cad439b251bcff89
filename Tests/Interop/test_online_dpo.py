"""The second step of `gradus train online-dpo` beside `OnlineDPOTrainer.training_step` on the same texts and the same two models."""

import collections
import json
import os
import shutil
import subprocess
import types
from pathlib import Path

import pytest

trl = pytest.importorskip("trl")

import torch  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402
from trl.experimental.online_dpo import OnlineDPOTrainer  # noqa: E402

GRADUS = os.environ.get("GRADUS") or shutil.which("gradus")
MODEL = Path(__file__).resolve().parents[2] / "Tests" / "TrainingTests" / "Models" / "llama-tiny"

pytestmark = pytest.mark.skipif(GRADUS is None, reason="GRADUS does not name the built program")


def run(folder, steps, options):
    """A run of so many steps; its folder."""
    data = folder / "questions.jsonl"
    data.write_text("".join(json.dumps({"prompt": f"{n}+{n}="}) + "\n" for n in range(8)))
    fixed = [
        f"max_steps={steps}", "batch_size=8", "max_completion_length=7", "eval_steps=0", "num_completions_to_print=0",
        "record=1", "learning_rate=0.003", "reward_funcs=length:target=5", "beta=0.3",
    ]  # fmt: skip
    sets = [part for option in [*fixed, *options] for part in ("--set", option)]
    output = folder / f"run-{steps}"
    arguments = ["train", "online-dpo", "--model", MODEL, "--dataset", data, "--output", output, *sets]
    result = subprocess.run([GRADUS, *map(str, arguments)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return output


def trl_step(pairs, policy, loss_type):
    """TRL's loss and metrics of pairs whose chosen response is the first one; sampling and rewards are given."""
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    prompts = [tokenizer(pair["prompt"], add_special_tokens=False)["input_ids"] for pair in pairs]
    responses = [tokenizer.convert_tokens_to_ids(pair[side]["tokens"]) for side in ("chosen", "rejected") for pair in pairs]
    width, longest = max(map(len, prompts)), max(map(len, responses))
    left = [[0] * (width - len(ids)) + ids for ids in 2 * prompts]
    right = [ids + [0] * (longest - len(ids)) for ids in responses]
    mask = [[1] * len(ids) + [0] * (longest - len(ids)) for ids in responses]
    prompt_mask = [[0] * (width - len(ids)) + [1] * len(ids) for ids in 2 * prompts]
    scores = [pair[side]["score"] for side in ("chosen", "rejected") for pair in pairs]
    trainer = object.__new__(OnlineDPOTrainer)
    trainer.__dict__.update(
        model=policy, ref_model=AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32), eos_token_ids=[-1],
        stats=collections.defaultdict(list), reward_funcs=[None], _beta=[0.3], max_length=512,
        processing_class=types.SimpleNamespace(batch_decode=lambda ids, **_: ["" for _ in ids]),
        state=types.SimpleNamespace(epoch=0, global_step=0),
        args=types.SimpleNamespace(
            use_vllm=False, missing_eos_penalty=None, loss_type=loss_type, n_gpu=1, torch_empty_cache_steps=None,
            optim="adamw_torch", gradient_accumulation_steps=1,
        ),
        accelerator=types.SimpleNamespace(gather_for_metrics=lambda x: x, backward=lambda loss, **_: loss.backward()),
        _generate=lambda *_: (*map(torch.tensor, (left, prompt_mask, right, mask)), None),
        _calculate_rewards_from_functions=lambda **_: torch.tensor(scores),
    )  # fmt: skip
    loss = trainer.training_step(policy, {"prompt": [pair["prompt"] for pair in pairs]})
    return loss.item(), {name: values[0] for name, values in trainer.stats.items()}


@pytest.mark.parametrize("loss_type", ["sigmoid", "ipo"])
def test_the_loss_is_trls(tmp_path, loss_type):
    options = [f"loss_type={loss_type}", "ipo_agg_mode=sum"]
    before = run(tmp_path, 1, options)
    after = run(tmp_path, 2, options)
    lines = [json.loads(line) for line in (after / "metrics.jsonl").read_text().splitlines()]
    line = next(line for line in lines if line["step"] == 2 and "loss" in line)
    batch = json.loads((after / "batches" / "step-000002.batch.json").read_text())
    assert batch["algorithm"] == "dpo" and len(batch["pairs"]) == 8
    for pair in batch["pairs"]:
        assert pair["chosen"]["score"] >= pair["rejected"]["score"]
    policy = AutoModelForCausalLM.from_pretrained(before / "model", dtype=torch.float32)
    loss, metrics = trl_step(batch["pairs"], policy, loss_type)
    assert line["loss"] == pytest.approx(loss, abs=1e-4 * max(1, abs(loss)))
    names = [
        "objective/scores", "objective/scores_margin", "logps/chosen", "logps/rejected", "rewards/chosen",
        "rewards/rejected", "rewards/margins", "rewards/accuracies",
    ]  # fmt: skip
    for name in names:
        assert line[name] == pytest.approx(metrics[name], abs=2e-4 * max(1, abs(metrics[name]))), name
    assert abs(metrics["rewards/margins"]) > 1e-3
