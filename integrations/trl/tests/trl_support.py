"""What the tests share: the program, tiny models, and how a file's numbers are asked for. Import it before torch."""

import atexit
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# The models are tiny: more threads wait for each other longer than they compute.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE.parent))

CHARACTERS = "0123456789+=abcdefghijklmnopqrstuvwxyz ."


def program():
    """The built `gradus`: the environment's GRADUS, or the newest build."""
    named = os.environ.get("GRADUS")
    builds = [Path(named)] if named else [ROOT / f".build/{kind}/gradus" for kind in ("debug", "release")]
    found = [path for path in builds if path.exists()]
    if not found:
        pytest.skip(f"no gradus at {' or '.join(map(str, builds))}: build it, or name it in GRADUS")
    return str(max(found, key=lambda path: path.stat().st_mtime))


class Opened:
    """A recorded file as the debugger has it."""

    def __init__(self, path):
        self.path = str(path)
        self.content = json.loads(Path(path).read_text(encoding="utf-8"))

    def __call__(self, *expressions):
        """The value of one expression, or a list of several."""
        command = [program(), "print", self.path, "-", "--json"]
        answer = subprocess.run(command, input=json.dumps(expressions), capture_output=True, text=True)
        assert answer.returncode == 0, answer.stderr
        values = json.loads(answer.stdout)
        found = [values[expression] for expression in expressions]
        return found[0] if len(found) == 1 else found

    def doctor(self):
        """The names of the doctor's findings."""
        answer = subprocess.run([program(), "doctor", self.path, "--json"], capture_output=True, text=True)
        assert answer.returncode == 0, answer.stderr
        return [finding["name"] for finding in json.loads(answer.stdout)["findings"]]


def tokenizer():
    """A token per character: <pad>, <eos> and some forty characters."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    names = ["<pad>", "<eos>", *CHARACTERS]
    characters = Tokenizer(models.WordLevel({name: i for i, name in enumerate(names)}, unk_token="<pad>"))
    characters.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    characters.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=characters, pad_token="<pad>", eos_token="<eos>", padding_side="left")


def configuration(**more):
    """A tiny Llama."""
    from transformers import LlamaConfig

    return LlamaConfig(
        vocab_size=len(CHARACTERS) + 2, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2, intermediate_size=32, max_position_embeddings=128, tie_word_embeddings=True,
        pad_token_id=0, bos_token_id=None, eos_token_id=1, **more,
    )  # fmt: skip


@functools.cache
def model_folder(seed=0, spread=0.3):
    """A folder with a model of random weights, large enough that tokens differ in probability.

    TRL loads the reference from where the policy comes from. Several processes share the folder that is named to them.
    """
    if "GRADUS_TEST_MODEL" in os.environ:
        return os.environ["GRADUS_TEST_MODEL"]
    import torch
    from transformers import LlamaForCausalLM

    torch.manual_seed(seed)
    folder = tempfile.mkdtemp(prefix="gradus-trl-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    LlamaForCausalLM(configuration(initializer_range=spread)).float().save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


def adapter(kind):
    """PEFT's configuration of a kind of adapter, under which the reference is the same model without it."""
    peft = pytest.importorskip("peft")
    layers = dict(r=4, target_modules=["q_proj", "v_proj"])
    if kind == "lora":
        return peft.LoraConfig(task_type="CAUSAL_LM", **layers)
    if kind == "scored-lora":
        return peft.LoraConfig(task_type="SEQ_CLS", modules_to_save=["score"], **layers)
    return peft.PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=3)


def on_two_processes(name, folder):
    """What each of two processes has recorded of a few steps, by test_NAME's `train`: its `losses` and its `files`."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    script = HERE / "two_processes.py"
    environment = os.environ | {"GRADUS_TEST_MODEL": model_folder(), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*command, script, name, folder], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads((folder / f"losses-{rank}.json").read_text()) for rank in (0, 1)]
