"""A step of `gradus train distill` beside the losses of TRL on the same texts and the same two models."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

trl = pytest.importorskip("trl")

import torch  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402
from trl.experimental.gkd import GKDTrainer  # noqa: E402
from trl.experimental.sdft.loss_utils import (  # noqa: E402
    compute_sampled_token_self_distillation_loss,
    compute_topk_self_distillation_loss,
)

GRADUS = os.environ.get("GRADUS") or shutil.which("gradus")
MODELS = Path(__file__).resolve().parents[2] / "Tests" / "TrainingTests" / "Models"
STUDENT = MODELS / "llama-tiny"

pytestmark = pytest.mark.skipif(GRADUS is None, reason="GRADUS does not name the built program")


def teacher(folder):
    """The student with other weights."""
    model = AutoModelForCausalLM.from_pretrained(STUDENT, dtype=torch.float32)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1 + 0.3 * torch.randn(parameter.shape, generator=generator))
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(STUDENT).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(STUDENT / name, folder / name)
    return folder


def step(folder, options, *more):
    """The batch that one step recorded, and its logged loss."""
    data = folder / "questions.jsonl"
    rows = [{"prompt": f"{n}+{n}=", "privileged_context": f"The answer is {2 * n}."} for n in range(8)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    fixed = ["max_steps=1", "batch_size=8", "max_completion_length=7", "eval_steps=0", "num_completions_to_print=0", "record=1"]
    sets = [part for option in [*fixed, *options] for part in ("--set", option)]
    arguments = ["train", "distill", "--model", STUDENT, "--dataset", data, "--output", folder / "run", *more, *sets]
    result = subprocess.run([GRADUS, *map(str, arguments)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    line = json.loads((folder / "run" / "metrics.jsonl").read_text())
    return json.loads((folder / "run" / "batches" / "step-000001.batch.json").read_text()), line


def logits(model, tokenizer, prompt, response):
    prompt = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    with torch.no_grad():
        return model(torch.tensor([prompt + response])).logits[0, len(prompt) - 1 : -1]


MODES = [("full_logits", 1), ("full_logits", 0), ("full_logits", 0.3), ("sampled_token", 1), ("topk_logits", 1), ("topk_logits", 0.3)]


@pytest.mark.parametrize("mode, beta", MODES)
@pytest.mark.parametrize("kind", ["model", "base"])
def test_the_loss_is_trls(tmp_path, mode, beta, kind):
    temperature = 0.8
    options = [f"distillation_mode={mode}", f"beta={beta}", f"temperature={temperature}", f"teacher_model_kind={kind}"]
    options += ["distillation_topk=9", f"distillation_add_tail={'true' if beta == 1 else 'false'}"]
    path = teacher(tmp_path / "teacher") if kind == "model" else STUDENT
    batch, line = step(tmp_path, options, *(["--teacher", path] if kind == "model" else []))
    tokenizer = AutoTokenizer.from_pretrained(STUDENT)
    student = AutoModelForCausalLM.from_pretrained(STUDENT, dtype=torch.float32)
    other = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    students, teachers, ids = [], [], []
    for sequence in batch["sequences"]:
        response = tokenizer.convert_tokens_to_ids(sequence["tokens"])
        number = int(sequence["prompt"].split("+")[0])
        hint = f"The answer is {2 * number}.\n\n" if kind == "base" else ""
        students.append(logits(student, tokenizer, sequence["prompt"], response))
        teachers.append(logits(other, tokenizer, hint + sequence["prompt"], response))
        ids += response
        logp = torch.log_softmax(teachers[-1] / temperature, -1).gather(1, torch.tensor(response)[:, None])[:, 0]
        assert sequence["teacher_logp"] == pytest.approx(logp.tolist(), abs=2e-4)
    mine, theirs = torch.cat(students)[None], torch.cat(teachers)[None]
    if mode == "full_logits":
        count = len(ids)
        loss = GKDTrainer.generalized_jsd_loss(mine, theirs, beta=beta, temperature=temperature, num_items_in_batch=count)
        assert line["loss"] == pytest.approx(loss.item(), abs=1e-4)
        assert loss.item() > 1e-3
        return
    if mode == "topk_logits":
        loss = compute_topk_self_distillation_loss(
            mine / temperature, theirs / temperature, distillation_topk=9, distillation_alpha=beta, distillation_add_tail=beta == 1
        )
        assert line["loss"] == pytest.approx(loss.mean().item(), abs=1e-4)
        return
    # Where the policy is the one that sampled, minus the mean advantage is the loss; TRL's differs by its value alone.
    trls = compute_sampled_token_self_distillation_loss(
        mine / temperature, theirs / temperature, torch.tensor(ids)[None], distillation_alpha=1.0
    )
    logps = torch.log_softmax(mine / temperature, -1)[0].gather(1, torch.tensor(ids)[:, None])[:, 0]
    assert line["loss"] == pytest.approx((trls[0] / logps).mean().item(), abs=1e-4)
