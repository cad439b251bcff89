"""Sampling beside transformers' logits processors and stopping criteria."""

import json
import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.generation import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

GRADUS = os.environ.get("GRADUS") or shutil.which("gradus")
MODEL = Path(__file__).resolve().parents[1] / "TrainingTests" / "Models" / "llama-bpe"
PROMPT = "To be or not to be, to be"

pytestmark = pytest.mark.skipif(GRADUS is None, reason="GRADUS does not name the built program")


def sample(*arguments):
    command = [GRADUS, "sample", "--json", "--model", MODEL, "--prompt", PROMPT, *arguments]
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def theirs():
    return AutoModelForCausalLM.from_pretrained(MODEL), AutoTokenizer.from_pretrained(MODEL)


@pytest.mark.parametrize("penalty", [1.0, 1.3, 2.5, 0.8])
def test_the_likeliest_tokens_under_a_penalty(theirs, penalty):
    ours = sample("--temperature", 0, "--repetition-penalty", penalty, "--max-completion-length", 40)
    ids = torch.tensor([ours["prompt_ids"]])
    made = theirs[0].generate(ids, do_sample=False, max_new_tokens=40, repetition_penalty=penalty)
    assert ours["completions"][0]["ids"] == made[0, ids.shape[1] :].tolist()


@pytest.mark.parametrize(
    "options",
    [
        {"min_p": 0.3},
        {"min_p": 0.1, "temperature": 2.0},
        {"repetition_penalty": 1.8},
        {"repetition_penalty": 1.3, "temperature": 0.7, "top_k": 30, "top_p": 0.9, "min_p": 0.05},
    ],
)
def test_the_distribution_is_that_of_the_processors(theirs, options):
    draws = 4000
    arguments = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]
    ours = sample("--num", draws, "--max-completion-length", 1, *arguments)
    processors = LogitsProcessorList()
    if "repetition_penalty" in options:
        processors.append(RepetitionPenaltyLogitsProcessor(options["repetition_penalty"]))
    if "temperature" in options:
        processors.append(TemperatureLogitsWarper(options["temperature"]))
    if "top_k" in options:
        processors.append(TopKLogitsWarper(options["top_k"]))
    if "top_p" in options:
        processors.append(TopPLogitsWarper(options["top_p"]))
    if "min_p" in options:
        processors.append(MinPLogitsWarper(options["min_p"]))
    ids = torch.tensor([ours["prompt_ids"]])
    with torch.no_grad():
        probabilities = torch.softmax(processors(ids, theirs[0](ids).logits[:, -1]), -1)[0]
    counts = Counter(completion["ids"][0] for completion in ours["completions"])
    assert all(probabilities[token] > 0 for token in counts)
    # A chi-square of as many cells as are expected at least five times.
    cells = [(counts[token], draws * p) for token, p in enumerate(probabilities.tolist()) if draws * p >= 5]
    rest = (draws - sum(count for count, _ in cells), draws - sum(expected for _, expected in cells))
    cells += [rest] if rest[1] >= 5 else []
    chi_square = sum((count - expected) ** 2 / expected for count, expected in cells)
    assert chi_square < len(cells) + 4 * (2 * len(cells)) ** 0.5


def test_stop_strings(theirs):
    model, tokenizer = theirs
    free = sample("--temperature", 0, "--max-completion-length", 40)["completions"][0]
    # Across the seams of tokens, too.
    text = tokenizer.decode(free["ids"])
    for start in range(5, len(text) - 4, 3):
        stop = text[start : start + 4]
        if not stop.strip() or "\ufffd" in stop:
            continue
        ours = sample("--temperature", 0, "--max-completion-length", 40, "--stop", stop)
        ids = torch.tensor([ours["prompt_ids"]])
        made = model.generate(ids, do_sample=False, max_new_tokens=40, stop_strings=[stop], tokenizer=tokenizer)
        if stop not in tokenizer.decode(ids[0]):
            assert ours["completions"][0]["ids"] == made[0, ids.shape[1] :].tolist(), stop
        assert stop in tokenizer.decode(ours["completions"][0]["ids"])
