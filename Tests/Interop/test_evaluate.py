"""`gradus evaluate` beside TRL's and transformers' evaluation of the same models on the same data."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("trl")

import torch  # noqa: E402
from datasets import Dataset  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer  # noqa: E402

GRADUS = os.environ.get("GRADUS") or shutil.which("gradus")
MODELS = Path(__file__).resolve().parents[1] / "TrainingTests" / "Models"
MODEL = MODELS / "llama-tiny"
ROWS = [json.loads(line) for line in (MODELS / "polite-preferences" / "train.jsonl").read_text().splitlines()[:12]]

pytestmark = pytest.mark.skipif(GRADUS is None, reason="GRADUS does not name the built program")


def evaluate(rows, folder, *arguments, model=MODEL):
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = [GRADUS, "evaluate", "--json", "--model", model, "--dataset", folder / "data.jsonl", *arguments]
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def arguments(kind, folder, **options):
    return kind(
        output_dir=str(folder / "trl"), per_device_eval_batch_size=len(ROWS), report_to=[], use_cpu=True, bf16=False, **options
    )


def close(ours, theirs, names, tolerance=2e-5):
    for name in names:
        assert ours[name] == pytest.approx(theirs[f"eval_{name}"], rel=tolerance, abs=tolerance), name


@pytest.fixture
def other(tmp_path):
    """A model that differs a little."""
    model = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32)
    torch.manual_seed(1)
    with torch.no_grad():
        for weights in model.parameters():
            weights.mul_(1 + 0.05 * torch.randn_like(weights))
    model.save_pretrained(tmp_path / "other")
    AutoTokenizer.from_pretrained(MODEL).save_pretrained(tmp_path / "other")
    return tmp_path / "other"


@pytest.mark.parametrize("completion_only", [True, False])
def test_texts_are_those_of_sft(tmp_path, completion_only):
    rows = [{"prompt": row["prompt"], "completion": row["chosen"]} for row in ROWS]
    ours = evaluate(rows, tmp_path, "--set", f"completion_only_loss={str(completion_only).lower()}")
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32),
        args=arguments(SFTConfig, tmp_path, completion_only_loss=completion_only),
        train_dataset=Dataset.from_list(rows),
        eval_dataset=Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(MODEL),
    )
    theirs = trainer.evaluate()
    assert ours["kind"] == "texts" and ours["examples"] == len(rows)
    close(ours["metrics"], theirs, ["loss", "mean_token_accuracy"])


def test_pairs_are_those_of_dpo(tmp_path, other):
    ours = evaluate(ROWS, tmp_path, "--reference", other, "--set", "beta=0.3")
    trainer = DPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32),
        ref_model=AutoModelForCausalLM.from_pretrained(other, dtype=torch.float32),
        args=arguments(DPOConfig, tmp_path, beta=0.3),
        train_dataset=Dataset.from_list(ROWS),
        eval_dataset=Dataset.from_list(ROWS),
        processing_class=AutoTokenizer.from_pretrained(MODEL),
    )
    theirs = trainer.evaluate()
    names = ["loss", "rewards/chosen", "rewards/rejected", "rewards/margins", "rewards/accuracies"]
    close(ours["metrics"], theirs, names, tolerance=1e-4)
    accuracy = ours["metrics"]["rewards/accuracies"]
    error = ours["standard_errors"]["rewards/accuracies"]
    assert error == pytest.approx((accuracy * (1 - accuracy) / (len(ROWS) - 1)) ** 0.5)


def answers(folder, prompts):
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    texts = []
    for prompt in prompts:
        ids = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)["input_ids"]
        made = model.generate(ids, do_sample=False, max_new_tokens=12, repetition_penalty=1.0)[0, ids.shape[1] :]
        texts.append(tokenizer.decode(made, skip_special_tokens=True))
    return texts


def test_prompts_are_answered_as_transformers_answers_them(tmp_path, other):
    prompts = [row["prompt"] for row in ROWS]

    def rewards(folder):
        return [max(0, 1 - abs(len(text) - 9) / 9) for text in answers(folder, prompts)]

    ours = evaluate(
        [{"prompt": prompt} for prompt in prompts],
        tmp_path,
        *("--reward", "length:target=9", "--against", other, "--set", "max_completion_length=12"),
    )
    own, theirs = rewards(MODEL), rewards(other)
    outcomes = [1 if a > b else 0 if a < b else 0.5 for a, b in zip(own, theirs)]
    n, rate = len(outcomes), sum(outcomes) / len(outcomes)
    assert ours["metrics"]["reward"] == pytest.approx(sum(own) / n)
    assert ours["metrics"]["against/reward"] == pytest.approx(sum(theirs) / n)
    assert ours["metrics"]["win_rate"] == pytest.approx(rate)
    assert [ours["metrics"][name] for name in ("wins", "ties", "losses")] == [outcomes.count(x) for x in (1, 0.5, 0)]
    error = (sum((x - rate) ** 2 for x in outcomes) / (n - 1) / n) ** 0.5
    assert ours["standard_errors"]["win_rate"] == pytest.approx(error)
