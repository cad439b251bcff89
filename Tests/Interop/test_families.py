"""Every family computes what transformers computes: log-probabilities, a step's loss and gradient, and what is saved."""

import json
import os
import shutil
import subprocess

import pytest
import torch
from family_models import FAMILIES, make
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

GRADUS = os.environ.get("GRADUS") or shutil.which("gradus")
pytestmark = pytest.mark.skipif(GRADUS is None, reason="GRADUS does not name the built program")

TEXTS = ["To be, or not to be", "the film was great, " * 12]


def gradus(*arguments, cwd):
    result = subprocess.run([GRADUS, *map(str, arguments)], capture_output=True, text=True, cwd=cwd)
    assert result.returncode == 0, result.stderr
    return result.stdout


def logprobs(model, ids):
    with torch.no_grad():
        logps = torch.log_softmax(model(torch.tensor([ids])).logits[0].double(), -1)
    return [logps[i, id].item() for i, id in enumerate(ids[1:])]


def assert_same_scores(folder, model, tokenizer, cwd):
    for text in TEXTS:
        score = json.loads(gradus("score", "--model", folder, "--text", text, "--json", cwd=cwd))
        assert tokenizer(text)["input_ids"] == score["ids"]
        difference = max(abs(a - b) for a, b in zip(logprobs(model, score["ids"]), score["logprobs"], strict=True))
        assert difference < 2e-5, f"{difference} in {text!r}"


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_scores_trains_and_is_saved_as_transformers_does(name, tmp_path):
    model = make(name, tmp_path / "model")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    assert_same_scores("model", model, tokenizer, tmp_path)

    # One step without a learning rate to speak of: its loss and the gradient's norm, and the same model afterwards.
    rows = [{"prompt": "To be", "completion": " or not"}, {"prompt": "the film", "completion": " was great, " * 10}]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = ["max_steps=1", "batch_size=2", "learning_rate=1e-12", "max_grad_norm=none", "lr_scheduler_type=constant"]
    sets = [part for option in options for part in ("--set", option)]
    gradus("train", "sft", "--model", "model", "--dataset", "rows.jsonl", "--output", "run", *sets, cwd=tmp_path)
    metrics = json.loads((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()[0])
    losses = []
    for row in rows:
        prompt, completion = (tokenizer(row[key])["input_ids"] for key in ("prompt", "completion"))
        ids = torch.tensor([prompt + completion + [tokenizer.eos_token_id]])
        logps = torch.log_softmax(model(ids).logits[0, :-1], -1)[torch.arange(ids.shape[1] - 1), ids[0, 1:]]
        losses.append(-logps[len(prompt) - 1 :])
    loss = torch.cat(losses).mean()
    loss.backward()
    norm = torch.nn.utils.get_total_norm([p.grad for p in model.parameters() if p.grad is not None])
    assert metrics["loss"] == pytest.approx(loss.item(), rel=2e-5)
    assert metrics["grad_norm"] == pytest.approx(norm.item(), rel=1e-4)

    saved = AutoModelForCausalLM.from_pretrained(tmp_path / "run" / "model").eval()
    assert type(saved) is type(model)
    for (key, ours), (_, theirs) in zip(saved.state_dict().items(), model.state_dict().items(), strict=True):
        assert torch.equal(ours, theirs) or torch.allclose(ours, theirs, atol=1e-9), key
    assert logprobs(saved, tokenizer(TEXTS[1])["input_ids"]) == pytest.approx(
        logprobs(model, tokenizer(TEXTS[1])["input_ids"]), abs=1e-6
    )
    assert_same_scores("run/model", saved, tokenizer, tmp_path)


@pytest.mark.parametrize("name", [name for name in FAMILIES if "-" not in name and name != "granite"])
def test_a_reward_model_of_a_family_is_read_by_transformers(name, tmp_path):
    """Granite is left out: transformers has no class for it."""
    make(name, tmp_path / "model")
    row = {"prompt": "To be", "chosen": " or not", "rejected": " the film"}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row) + "\n")
    options = ["max_steps=1", "batch_size=1", "learning_rate=0.001", "eval_steps=1"]
    sets = [part for option in options for part in ("--set", option)]
    gradus(
        "train", "reward", "--model", "model", "--dataset", "rows.jsonl", "--eval-dataset", "rows.jsonl",
        "--output", "run", *sets, cwd=tmp_path,
    )  # fmt: skip
    metrics = json.loads((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()[-1])
    reward = AutoModelForSequenceClassification.from_pretrained(tmp_path / "run" / "model").eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "run" / "model")
    rewards = []
    for answer in (row["chosen"], row["rejected"]):
        ids = tokenizer(row["prompt"])["input_ids"] + tokenizer(answer)["input_ids"] + [tokenizer.eos_token_id]
        rewards.append(reward(torch.tensor([ids])).logits[0, 0].item())
    assert metrics["eval_margin"] == pytest.approx(rewards[0] - rewards[1], abs=1e-5)
    assert metrics["eval_mean_reward"] == pytest.approx(sum(rewards) / 2, abs=1e-5)


def test_shards_are_written_as_they_were_read(tmp_path):
    """A model in several files leaves a run in several files, which transformers reads."""
    model = make("llama", tmp_path / "whole")
    model.save_pretrained(tmp_path / "model", max_shard_size="60KB")
    AutoTokenizer.from_pretrained(tmp_path / "whole").save_pretrained(tmp_path / "model")
    theirs = sorted((tmp_path / "model").glob("model-*.safetensors"))
    assert len(theirs) > 1
    (tmp_path / "rows.jsonl").write_text(json.dumps({"prompt": "To be", "completion": " or not"}) + "\n")
    options = ["max_steps=1", "batch_size=1", "learning_rate=0"]
    sets = [part for option in options for part in ("--set", option)]
    gradus("train", "sft", "--model", "model", "--dataset", "rows.jsonl", "--output", "run", *sets, cwd=tmp_path)
    ours = tmp_path / "run" / "model"
    assert not (ours / "model.safetensors").exists()
    files = sorted(ours.glob("model-*.safetensors"))
    assert [f.name for f in files] == [f"model-{n + 1:05}-of-{len(files):05}.safetensors" for n in range(len(files))]
    # A header more or less.
    assert max(f.stat().st_size for f in files) < max(f.stat().st_size for f in theirs) + 4096
    index = json.loads((ours / "model.safetensors.index.json").read_text())
    other = json.loads((tmp_path / "model" / "model.safetensors.index.json").read_text())
    assert index["metadata"] == other["metadata"] and sorted(index["weight_map"]) == sorted(other["weight_map"])
    saved = AutoModelForCausalLM.from_pretrained(ours)
    for (key, own), (_, their) in zip(saved.state_dict().items(), model.state_dict().items(), strict=True):
        assert torch.equal(own, their), key
