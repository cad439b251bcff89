"""Adapters go both ways between Gradus and PEFT with the same scores, and a step of them is PEFT's and TRL's step."""

import json
import os
import shutil
import subprocess

import pytest
import torch
from peft import AutoPeftModelForCausalLM, LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, Qwen3Config, Qwen3ForCausalLM
from transformers import PreTrainedTokenizerFast
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

GRADUS = os.environ.get("GRADUS") or shutil.which("gradus")
pytestmark = pytest.mark.skipif(GRADUS is None, reason="GRADUS does not name the built program")
TEXT = "the film is good, but what comes after it is not."
SHAPE = dict(
    vocab_size=260, hidden_size=48, intermediate_size=80, num_hidden_layers=3, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=128, initializer_range=0.2, bos_token_id=None, eos_token_id=256,
)


def gradus(*arguments, cwd):
    result = subprocess.run([GRADUS, *map(str, arguments)], capture_output=True, text=True, cwd=cwd)
    assert result.returncode == 0, result.stderr
    return result.stdout


def tokenizer():
    """One token per byte, and the one that ends a text."""
    characters = sorted(pre_tokenizers.ByteLevel.alphabet())
    own = Tokenizer(models.BPE({c: i for i, c in enumerate(characters)}, []))
    own.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    own.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=own, eos_token="<|end|>")


@pytest.fixture(params=["llama-float32", "llama-bfloat16", "qwen3-bfloat16"])
def base(request, tmp_path):
    torch.manual_seed(0)
    family, dtype = request.param.split("-")
    config, kind = {"llama": (LlamaConfig, LlamaForCausalLM), "qwen3": (Qwen3Config, Qwen3ForCausalLM)}[family]
    extra = {"head_dim": 12, "tie_word_embeddings": False} if family == "qwen3" else {}
    kind(config(**SHAPE, **extra)).to(getattr(torch, dtype)).save_pretrained(tmp_path / "base")
    tokenizer().save_pretrained(tmp_path / "base")
    return tmp_path / "base"


def logps(model, ids):
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0].double()
    return [logits[i].log_softmax(-1)[id].item() for i, id in enumerate(ids[1:])]


def differ(a, b):
    return max(abs(x - y) for x, y in zip(a, b, strict=True))


def score(model, cwd):
    return json.loads(gradus("score", "--model", model, "--text", TEXT, "--json", cwd=cwd))


@pytest.mark.parametrize("targets", [["q_proj", "v_proj"], "all-linear"])
@pytest.mark.parametrize("scaled", [False, True])
def test_adapters_of_peft_are_read(base, tmp_path, targets, scaled):
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    config = LoraConfig(r=5, lora_alpha=12, target_modules=targets, use_rslora=scaled, task_type="CAUSAL_LM")
    adapted = get_peft_model(model, config)
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    adapted.save_pretrained(tmp_path / "adapters")
    ours = score("adapters", tmp_path)
    assert differ(ours["logprobs"], logps(adapted.eval(), ours["ids"])) < 1e-4
    assert differ(ours["logprobs"], score("base", tmp_path)["logprobs"]) > 1e-2

    gradus("export", "merged", "adapters", "--output", "merged", cwd=tmp_path)
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "merged")
    assert differ(ours["logprobs"], logps(merged.eval(), ours["ids"])) < 1e-4


def test_a_run_is_read_by_peft_and_its_step_is_peft_s(base, tmp_path):
    """One SFT step without Adam's memory: A and B move as they do in PyTorch, and the run's folder is PEFT's."""
    rows = [{"prompt": "the film", "completion": " is good"}, {"prompt": "a play", "completion": " that is not bad at all"}]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = [
        "use_peft=true", "lora_r=4", "lora_alpha=6", "batch_size=2", "shuffle=false", "learning_rate=0.01",
        "max_grad_norm=none", "lr_scheduler_type=constant", "eval_steps=0", "save_steps=1", "save_total_limit=0",
    ]
    sets = [part for option in options for part in ("--set", option)]
    gradus("train", "sft", "--model", "base", "--dataset", "data.jsonl", "--output", "run", *sets, "--set", "max_steps=3", cwd=tmp_path)
    first = tmp_path / "run" / "checkpoint-000001" / "model"
    tokens = tokenizer()

    model = AutoPeftModelForCausalLM.from_pretrained(first, is_trainable=True, dtype=torch.float32)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=0.01, weight_decay=0)
    moments = load_file(first.parent / "training.safetensors")
    named = {n.replace(".default", ""): p for n, p in model.named_parameters() if p.requires_grad}
    order = list(layout(model.config.num_hidden_layers))
    assert sorted(order) == sorted(named)
    start = 0
    for name in order:
        p = named[name]
        part = {k: moments[f"model.{k}"][start : start + p.numel()].view_as(p).clone() for k in ("first", "second")}
        optimizer.state[p] = {"step": torch.tensor(1.0), "exp_avg": part["first"], "exp_avg_sq": part["second"]}
        start += p.numel()
    assert start == moments["model.first"].numel()
    for _ in range(2):
        optimizer.zero_grad()
        losses = []
        for row in rows:
            prompt = tokens(row["prompt"])["input_ids"]
            ids = prompt + tokens(row["completion"])["input_ids"] + [256]
            logits = model(torch.tensor([ids])).logits[0]
            losses += [-logits[i - 1].log_softmax(-1)[ids[i]] for i in range(len(prompt), len(ids))]
        torch.stack(losses).mean().backward()
        optimizer.step()
    ours = load_file(tmp_path / "run" / "model" / "adapter_model.safetensors")
    for name, p in named.items():
        # Adam takes whole steps along gradients that are nearly 0, whose sign is a matter of rounding.
        difference = (ours[name] - p).abs()
        assert difference.mean() < 2e-5 and difference.max() < 2e-3, name
    last = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), tmp_path / "run" / "model")
    mine = score(tmp_path / "run" / "model", tmp_path)
    assert differ(mine["logprobs"], logps(last.eval(), mine["ids"])) < 1e-4


def test_dropout_is_in_peft_s_configuration(base, tmp_path):
    """A run with dropout, which PEFT reads with the same share, and the same scores as Gradus, since these lose nothing."""
    (tmp_path / "data.jsonl").write_text(json.dumps({"prompt": "the film", "completion": " is good"}) + "\n")
    options = ["use_peft=true", "lora_r=4", "lora_dropout=0.25", "batch_size=1", "learning_rate=0.01", "max_steps=3"]
    sets = [part for option in options for part in ("--set", option)]
    gradus("train", "sft", "--model", "base", "--dataset", "data.jsonl", "--output", "run", *sets, cwd=tmp_path)
    model = AutoPeftModelForCausalLM.from_pretrained(tmp_path / "run" / "model", dtype=torch.float32)
    assert model.peft_config["default"].lora_dropout == 0.25
    ours = score("run/model", tmp_path)
    assert differ(ours["logprobs"], logps(model.eval(), ours["ids"])) < 1e-4
    plain = [s for s in sets if s != "lora_dropout=0.25"]
    plain.pop(sets.index("lora_dropout=0.25") - 1)
    gradus("train", "sft", "--model", "base", "--dataset", "data.jsonl", "--output", "plain", *plain, cwd=tmp_path)
    assert differ(ours["logprobs"], score("plain/model", tmp_path)["logprobs"]) > 1e-4


def layout(layers):
    """The order of the moments: of each product first all A, then all B."""
    products = [["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"], ["self_attn.o_proj"],
                ["mlp.gate_proj", "mlp.up_proj"], ["mlp.down_proj"]]
    for layer in range(layers):
        for product in products:
            for factor in "AB":
                for module in product:
                    yield f"base_model.model.model.layers.{layer}.{module}.lora_{factor}.weight"


def test_dpo_starts_at_the_reference(base, tmp_path):
    """With adapters that change nothing yet the policy is the reference: the first loss is ln 2."""
    pair = {"prompt": "the film", "chosen": " is good", "rejected": " is bad"}
    (tmp_path / "pairs.jsonl").write_text(json.dumps(pair) + "\n")
    sets = [p for o in ("use_peft=true", "batch_size=1", "max_steps=2", "learning_rate=0.01") for p in ("--set", o)]
    gradus("train", "dpo", "--model", "base", "--dataset", "pairs.jsonl", "--output", "run", *sets, cwd=tmp_path)
    steps = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    losses = [step["loss"] for step in steps if "loss" in step]
    assert abs(losses[0] - 0.6931472) < 1e-6 and losses[1] < losses[0]
