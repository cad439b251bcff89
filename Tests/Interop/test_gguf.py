"""A model that began as a GGUF file is a folder that transformers reads, with the same tokens, scores and conversations."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

GRADUS = os.environ.get("GRADUS") or shutil.which("gradus")
pytestmark = pytest.mark.skipif(GRADUS is None, reason="GRADUS does not name the built program")
MODEL = Path(__file__).parents[1] / "TrainingTests" / "Models" / "llama-bpe.gguf"


def gradus(*arguments, cwd):
    result = subprocess.run([GRADUS, *map(str, arguments)], capture_output=True, text=True, cwd=cwd)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_what_is_trained_from_it_is_read_by_transformers(tmp_path):
    row = {"messages": [{"role": "user", "content": "To be"}, {"role": "assistant", "content": "or not"}]}
    (tmp_path / "chats.jsonl").write_text(json.dumps(row) + "\n")
    options = ["max_steps=1", "batch_size=1", "assistant_only_loss=true"]
    sets = [part for option in options for part in ("--set", option)]
    gradus("train", "sft", "--model", MODEL, "--dataset", "chats.jsonl", "--output", "run", *sets, cwd=tmp_path)
    folder = tmp_path / "run" / "model"
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder)
    saved = json.loads((folder / "tokenizer.json").read_text())
    # transformers numbers an added token anew that the vocabulary does not hold, and would pass this test by chance where they come last.
    assert {token["content"]: token["id"] for token in saved["added_tokens"]}.items() <= saved["model"]["vocab"].items()
    for text in ("To be\nor not", " the film, 1234 é 日本"):
        score = json.loads(gradus("score", "--model", folder, "--text", text, "--json", cwd=tmp_path))
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert ids == score["ids"]
        logps = torch.log_softmax(model(torch.tensor([ids])).logits[0].double(), -1)
        theirs = [logps[i, id].item() for i, id in enumerate(ids[1:])]
        assert max(abs(a - b) for a, b in zip(theirs, score["logprobs"])) < 1e-4
    (tmp_path / "messages.json").write_text(json.dumps(row["messages"]))
    ours = gradus("chat", "--model", folder, "--messages", "messages.json", cwd=tmp_path)
    assert ours == tokenizer.apply_chat_template(row["messages"], tokenize=False)
