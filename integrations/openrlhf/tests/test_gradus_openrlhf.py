"""What experiences of OpenRLHF become, on tensors made by hand, and of its own class where it is installed."""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from gradus_openrlhf import NEEDED, write

ROOT = HERE.parents[2]


class Letters:
    """A tokenizer: one letter a token."""

    def decode(self, ids):
        return "".join("_abcdefgh"[i] for i in ids)


def experiences(**more):
    """Four responses to two prompts in two experiences, ordered by their lengths; actions are all tokens but the first."""
    first = {
        "sequences": torch.tensor([[1, 2, 4, 5, 6], [0, 3, 7, 8, 1]]),
        "action_mask": torch.tensor([[0, 1, 1, 1], [0, 1, 1, 1]]).bool(),
        "action_log_probs": torch.tensor([[0, -1.0, -0.5, -2.0], [0, -1.0, -1.0, -3.0]]),
        "rewards": torch.tensor([1.0, 1.0]), "truncated": torch.tensor([0.0, 1.0]), "index": [0, 3], "prompts": ["ab", "c"],
    }  # fmt: skip
    second = {
        "sequences": torch.tensor([[1, 2, 4, 0], [0, 3, 5, 6]]),
        "action_mask": torch.tensor([[0, 1, 0], [0, 1, 1]]).bool(),
        "action_log_probs": torch.tensor([[0, -1.5, 0], [0, -0.25, -1.0]]),
        "rewards": torch.tensor([0.0, 2.0]), "truncated": torch.tensor([0.0, 0.0]), "index": [1, 2], "prompts": ["ab", "c"],
    }  # fmt: skip
    return [SimpleNamespace(**{**items, **{k: v[n] for k, v in more.items()}}) for n, items in enumerate((first, second))]


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
    assert write(path, experiences(), Letters(), samples_per_prompt=2, config={"loss_type": "dapo", "scale_rewards": "none"})
    content = json.loads(path.read_text())
    assert [sequence["group"] for sequence in content["sequences"]] == ["0", "0", "1", "1"]
    assert content["sequences"][2] == {
        "group": "1", "reward": 2.0, "prompt": "c", "tokens": ["e", "f"], "logp": [-0.25, -1.0], "old_logp": [-0.25, -1.0],
        "truncated": False,
    }  # fmt: skip
    numbers = shown(path, "loss", "advantage[0]", "advantage[3]", "grad(logp[0,0])", "ratio[3,2]")
    # Nine tokens; advantages 1/2, −1/2, 1/2, −1/2.
    assert numbers["advantage[0]"] == 0.5 and numbers["advantage[3]"] == -0.5 and numbers["ratio[3,2]"] == 1
    assert numbers["loss"] == pytest.approx(-(0.5 * 3 - 0.5 * 1 + 0.5 * 2 - 0.5 * 3) / 9)
    assert numbers["grad(logp[0,0])"] == pytest.approx(-0.5 / 9)


def test_ppo_with_the_reference_from_its_kl(tmp_path):
    path = tmp_path / "step.batch.json"
    values = [torch.tensor([[9, 0.5, 0.5, 0.5], [9, 0.0, 0.0, 0.5]]), torch.tensor([[9, 0.0, 9], [9, 1.0, 1.0]])]
    kl = [torch.tensor([[9, 0.0, 0.5, -1.0], [9, 0.0, 0.0, 0.0]]), torch.tensor([[9, 0.25, 9], [9, 0.0, 0.5]])]
    sampled = [torch.tensor([[9, -1.5, -0.5, -2.0], [9, -1.0, -1.0, -3.0]]), torch.tensor([[9, -1.5, 9], [9, -0.25, -1.0]])]
    assert write(path, experiences(values=values, kl=kl, rollout_log_probs=sampled), Letters(), config={"kl_coef": 0.1})
    numbers = shown(path, "ref_logp[0,2]", "reward[0,2]", "reward[1,0]", "old_value[3,2]", "sampling_logp[0,0]", "ratio[0,0]")
    assert numbers["ref_logp[0,2]"] == -1 and numbers["sampling_logp[0,0]"] == -1.5
    assert numbers["reward[0,2]"] == pytest.approx(1 + 0.1) and numbers["reward[1,0]"] == pytest.approx(-0.1 * 0.25)
    assert numbers["old_value[3,2]"] == 0.5
    # k2 and k3 do not say which of the two is likelier.
    assert write(path, experiences(values=values, kl=kl), Letters(), kl_estimator="k3")
    content = json.loads(path.read_text())
    assert content["sequences"][0]["ref_logp"] == [-1.0, -0.5, -2.0] and content["config"] == {"kl_coef": 0.0}


def test_ppo_without_a_reference(tmp_path):
    """Nothing is wrong with it at any step."""
    path = tmp_path / "step.batch.json"
    values = [torch.tensor([[9, 0.5, 0.5, 0.5], [9, 0.0, 0.0, 0.5]]), torch.tensor([[9, 0.0, 9], [9, 1.0, 1.0]])]
    assert write(path, experiences(values=values), Letters(), config={"kl_coef": 0.1, "lam": 0.9}, step=60)
    assert json.loads(path.read_text())["config"] == {"kl_coef": 0.0, "lam": 0.9}
    assert "placeholder-reference" not in findings(path)


def test_what_is_not_there_yet():
    with pytest.raises(KeyError, match="the experiences have no rewards yet"):
        write("nowhere.json", experiences(rewards=[None, None]), Letters())


@pytest.mark.parametrize(
    ("tensor", "value", "reason"),
    [
        ("action_log_probs", float("nan"), "action_log_probs of response 1 is not finite"),
        ("rewards", float("inf"), "the reward of response 1 is inf"),
        ("action_mask", 0, "response 1 has no token that counts"),
    ],
)
def test_what_cannot_be_written_does_not_stop_training(tmp_path, tensor, value, reason):
    data = experiences()
    tensors = getattr(data[1], tensor)
    tensors[0] = value
    with pytest.warns(UserWarning, match=f"step.batch.json is not written: {reason}"):
        assert not write(tmp_path / "step.batch.json", data, Letters())
    assert list(tmp_path.iterdir()) == []


def test_openrlhf_has_these_names():
    """The names are read from the source: importing OpenRLHF needs DeepSpeed and Ray."""
    place = importlib.util.find_spec("openrlhf")
    if place is None:
        pytest.skip("openrlhf is not installed")
    folder = Path(place.submodule_search_locations[0]) / "trainer" / "ppo_utils"
    classes = [node for node in ast.walk(ast.parse((folder / "experience.py").read_text())) if isinstance(node, ast.ClassDef)]
    experience = next(node for node in classes if node.name == "Experience")
    names = {node.target.id for node in experience.body if isinstance(node, ast.AnnAssign)}
    assert names >= {*NEEDED, "base_action_log_probs", "rollout_log_probs", "values", "kl", "truncated", "index", "prompts"}
    assert "def make_experience(self, samples_list" in (folder / "experience_maker.py").read_text()
