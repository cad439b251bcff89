"""A reward model that was trained on conversations reads answers as it was trained to, whatever trainer asks it.

What it says is compared with transformers, which reads the conversation by its chat template; and with the Python that
`gradus export trl` writes. `GRADUS` is the built program.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
from transformers import AutoModelForSequenceClassification, AutoTokenizer  # noqa: E402

GRADUS = os.environ.get("GRADUS") or shutil.which("gradus")
MODELS = Path(__file__).resolve().parents[1] / "TrainingTests" / "Models"
ROWS = [json.loads(line) for line in (MODELS / "polite-preferences" / "train.jsonl").read_text().splitlines()[:16]]
# As ChatML, it ends behind the end of a turn.
TEMPLATE = (
    "{% for m in messages %}{{ m.role }}: {{ m.content }}<eos>\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)

pytestmark = pytest.mark.skipif(GRADUS is None, reason="GRADUS does not name the built program")


def train(trainer, folder, options, *paths):
    quiet = ["eval_steps=0", "batch_size=8", "max_completion_length=8", "num_completions_to_print=12", "workers=1"]
    known = quiet[:2] + quiet[3:] if trainer == "reward" else quiet
    sets = [part for option in known + options for part in ("--set", option)]
    command = [GRADUS, "train", trainer, "--model", folder / "model", "--output", folder / trainer, *paths, *sets]
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def written(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def message(role, content):
    return [{"role": role, "content": content}]


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    """A folder with a model that has a template, conversations, and a reward model that learned from them."""
    folder = tmp_path_factory.mktemp("judge")
    shutil.copytree(MODELS / "llama-tiny", folder / "model")
    (folder / "model" / "chat_template.jinja").write_text(TEMPLATE)
    pairs = [
        {"prompt": message("user", row["prompt"]), **{key: message("assistant", row[key]) for key in ("chosen", "rejected")}}
        for row in ROWS
    ]
    written(folder / "prompts.jsonl", [{"prompt": pair["prompt"]} for pair in pairs])
    train("reward", folder, ["max_steps=6"], "--dataset", written(folder / "pairs.jsonl", pairs))
    return folder


class Transformers:
    """The reward model in transformers."""

    def __init__(self, folder):
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1, dtype=torch.float32).eval()

    @torch.no_grad()
    def score(self, messages):
        text = self.tokenizer.apply_chat_template(messages, tokenize=False)
        tokens = self.tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids
        return self.model.score(self.model.model(tokens).last_hidden_state)[0, -1, 0].item()


@pytest.mark.parametrize("trainer", ["ppo", "remax", "online-dpo", "grpo"])
def test_every_trainer_asks_for_what_was_trained(judge, tmp_path, trainer):
    folder = judge / "reward" / "model"
    options, paths = ["max_steps=1"], ["--dataset", judge / "prompts.jsonl"]
    if trainer == "grpo":
        options += ["num_generations=2", f"reward_funcs=model:path={folder}"]
    else:
        paths += ["--reward-model", folder]
    train(trainer, judge, options, *paths)
    samples = [json.loads(line) for line in (judge / trainer / "samples.jsonl").read_text().splitlines()]
    samples = [sample for sample in samples if sample["step"] == 0]
    reference = Transformers(folder)
    assert len(samples) == 12
    for row, sample in zip(ROWS, samples):
        conversation = message("user", row["prompt"]) + message("assistant", sample["completion"])
        assert sample["reward"] == pytest.approx(reference.score(conversation), abs=1e-4), sample

    if trainer == "remax":
        return
    # Where the run goes on in TRL, which has no ReMax, its Python says the same.
    command = [GRADUS, "export", "trl", judge / trainer, "--checkpoint", "0", "--output", tmp_path / "trl"]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    completions = [sample["completion"] for sample in samples]
    (tmp_path / "trl" / "check.py").write_text(
        "import json, sys\nfrom rewards import REWARDS\n"
        "rows = [json.loads(line) for line in open('data/train.jsonl')][:12]\n"
        "prompts, told = [row['prompt'] for row in rows], [row['conversation'] for row in rows]\n"
        f"print(json.dumps(REWARDS[0](prompts, {completions!r}, conversation=told)))\n"
    )
    said = subprocess.run([sys.executable, "check.py"], cwd=tmp_path / "trl", capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    scores = json.loads(said.stdout.splitlines()[-1])
    assert scores == pytest.approx([sample["reward"] for sample in samples], abs=1e-4)


def test_pairs_are_scored_as_in_transformers(judge):
    folder = judge / "reward" / "model"
    command = [GRADUS, "evaluate", "--json", "--model", folder, "--dataset", judge / "pairs.jsonl"]
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    reference = Transformers(folder)
    scores = [[reference.score(message("user", row["prompt"]) + message("assistant", row[key]))
               for key in ("chosen", "rejected")] for row in ROWS]  # fmt: skip
    metrics = json.loads(result.stdout)["metrics"]
    assert metrics["margin"] == pytest.approx(sum(a - b for a, b in scores) / len(scores), abs=1e-4)
    assert metrics["accuracy"] == sum(a > b for a, b in scores) / len(scores)
