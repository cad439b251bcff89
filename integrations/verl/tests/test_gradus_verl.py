"""What a batch of verl becomes, on tensors made by hand."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from gradus_verl import write

ROOT = HERE.parents[2]


class Letters:
    """A tokenizer: one letter a token."""

    def decode(self, ids):
        return "".join("_abcdefgh"[i] for i in ids)


def batch(**more):
    """Four responses to two prompts, padded on the right; the second prompt on the left."""
    tensors = {
        "prompts": torch.tensor([[1, 2], [1, 2], [0, 3], [0, 3]]),
        "responses": torch.tensor([[4, 5, 6], [4, 0, 0], [5, 6, 0], [7, 8, 1]]),
        "response_mask": torch.tensor([[1, 1, 1], [1, 0, 0], [1, 1, 0], [1, 1, 1]]),
        "attention_mask": torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 1, 1, 1, 1]]),
        "old_log_probs": torch.tensor([[-1.0, -0.5, -2.0], [-1.5, 0, 0], [-0.25, -1.0, 0], [-1.0, -1.0, -3.0]]),
        "token_level_scores": torch.tensor([[0, 0, 1.0], [0.0, 0, 0], [0, 2.0, 0], [0, 0, 1.0]]),
    }
    return SimpleNamespace(batch=tensors | more, non_tensor_batch={"uid": ["x", "x", "y", "y"]})


def gradus(command, path, *more):
    """What the program says of a file."""
    builds = [Path(os.environ["GRADUS"])] if "GRADUS" in os.environ else [ROOT / ".build/debug/gradus"]
    if not builds[0].exists():
        pytest.skip(f"no gradus at {builds[0]}: build it, or name it in GRADUS")
    answer = subprocess.run([builds[0], command, path, *more, "--json"], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def shown(path, *expressions):
    return gradus("print", path, *expressions)


def findings(path):
    return [finding["name"] for finding in gradus("doctor", path)["findings"]]


def test_grpo(tmp_path):
    path = tmp_path / "batches" / "step.batch.json"
    write(path, batch(), Letters(), config={"loss_type": "dapo", "scale_rewards": "none"})
    content = json.loads(path.read_text())
    assert content["sequences"][2] == {
        "prompt": "c", "group": "y", "reward": 2.0, "tokens": ["e", "f"], "logp": [-0.25, -1.0],
        "old_logp": [-0.25, -1.0],
    }  # fmt: skip
    numbers = shown(path, "loss", "advantage[0]", "advantage[3]", "grad(logp[0,0])", "ratio[3,2]")
    # Nine tokens; advantages 1/2, −1/2, 1/2, −1/2.
    assert numbers["advantage[0]"] == 0.5 and numbers["advantage[3]"] == -0.5
    assert numbers["ratio[3,2]"] == 1
    assert numbers["loss"] == pytest.approx(-(0.5 * 3 - 0.5 * 1 + 0.5 * 2 - 0.5 * 3) / 9)
    assert numbers["grad(logp[0,0])"] == pytest.approx(-0.5 / 9)


def test_what_the_engine_sampled_with(tmp_path):
    """verl's own weight: exp(old − sampler), held at rollout_is_threshold."""
    path = tmp_path / "step.batch.json"
    sampled = torch.tensor([[-1.5, -0.5, -4.0], [-1.5, 0, 0], [-0.5, -1.0, 0], [-1.0, -1.25, -3.0]])
    config = {"loss_type": "dapo", "rollout_is": "token", "rollout_is_threshold": 2.0}
    write(path, batch(rollout_log_probs=sampled), Letters(), config=config)
    names = ["sampling_weight[0,0]", "sampling_weight[0,2]", "sampling_weight[3,1]"]
    numbers = shown(path, *names)
    expected = [math.exp(0.5), 2.0, math.exp(0.25)]
    assert [numbers[name] for name in names] == pytest.approx(expected)
    # PPO's file has it, too.
    values = torch.zeros(4, 3)
    write(path, batch(rollout_log_probs=sampled, values=values), Letters(), config={"rollout_is": "token"})
    numbers = shown(path, *names, "weighted_objective[0,0]", "objective[0,0]")
    assert [numbers[name] for name in names] == pytest.approx(expected)
    assert numbers["weighted_objective[0,0]"] == pytest.approx(expected[0] * numbers["objective[0,0]"])


def test_ppo(tmp_path):
    path = tmp_path / "step.batch.json"
    values = torch.tensor([[0.5, 0.5, 0.5], [0.0, 0, 0], [1.0, 1.0, 0], [0.0, 0.0, 0.5]])
    reference = torch.tensor([[-1.0, -1.0, -1.0]] * 4)
    write(path, batch(values=values, ref_log_prob=reference), Letters(), config={"kl_coef": 0.1})
    numbers = shown(path, "reward[0,0]", "reward[0,2]", "old_value[3,2]", "ratio[0,0]")
    assert numbers["reward[0,2]"] == pytest.approx(1 - 0.1 * (-2.0 + 1.0))
    assert numbers["old_value[3,2]"] == 0.5


def test_ppo_without_a_reference(tmp_path):
    """verl's standard: nothing is wrong with it at any step."""
    path = tmp_path / "step.batch.json"
    values = torch.tensor([[0.5, 0.5, 0.5], [0.0, 0, 0], [1.0, 1.0, 0], [0.0, 0.0, 0.5]])
    assert write(path, batch(values=values), Letters(), config={"kl_coef": 0.1, "lam": 0.9}, step=60)
    assert json.loads(path.read_text())["config"] == {"kl_coef": 0.0, "lam": 0.9}
    assert "placeholder-reference" not in findings(path)


def test_what_is_not_there_yet():
    data = batch()
    del data.batch["old_log_probs"]
    with pytest.raises(KeyError, match="the batch has no old_log_probs yet"):
        write("nowhere.json", data, Letters())


@pytest.mark.parametrize(
    ("tensor", "value", "reason"),
    [
        ("old_log_probs", float("nan"), "old_log_probs of response 1 is not finite"),
        ("token_level_scores", float("inf"), "the token_level_scores of response 1 add up to inf"),
        ("response_mask", 0, "response 1 has no token that counts"),
    ],
)
def test_what_cannot_be_written_does_not_stop_training(tmp_path, tensor, value, reason):
    data = batch()
    data.batch[tensor][1, 0] = value
    with pytest.warns(UserWarning, match=f"step.batch.json is not written: {reason}"):
        assert not write(tmp_path / "step.batch.json", data, Letters())
    assert list(tmp_path.iterdir()) == []
