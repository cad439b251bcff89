"""Tiny random models of every family that is read, as transformers saves them: one for each way in which a layer differs.

    python Tests/Interop/family_models.py

writes those of Tests/TrainingTests/Models/families, which `FamilyTests` reads.
"""

import json
import shutil
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM

TOKENIZER = Path(__file__).parents[1] / "TrainingTests" / "Models" / "llama-bpe"

# 24 columns in 4 heads, with 2 for keys and values, and more layers than the period of any pattern.
SHAPE = dict(
    hidden_size=24, intermediate_size=40, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
    max_position_embeddings=256, vocab_size=512, bos_token_id=1, eos_token_id=2, pad_token_id=0, initializer_range=0.3,
)  # fmt: skip
YARN = dict(rope_type="yarn", rope_theta=10000.0, factor=8.0, original_max_position_embeddings=32)
LONGROPE = dict(
    rope_type="longrope", rope_theta=10000.0, short_factor=[1.0, 1.1, 1.5], long_factor=[1.0, 3.0, 7.0],
)  # fmt: skip

FAMILIES = {
    "llama": ("llama", {}),
    "llama-yarn": ("llama", dict(rope_parameters=YARN)),
    "llama-yarn-own-length": ("llama", dict(rope_parameters=YARN | dict(attention_factor=0.9, beta_fast=4.0, truncate=False))),
    "llama-dynamic": ("llama", dict(rope_parameters=dict(rope_type="dynamic", rope_theta=10000.0, factor=4.0))),
    "qwen2": ("qwen2", {}),
    "qwen2-window": ("qwen2", dict(use_sliding_window=True, sliding_window=9, max_window_layers=1)),
    "qwen3": ("qwen3", dict(head_dim=10)),
    "mistral": ("mistral", dict(sliding_window=None)),
    "mistral-window": ("mistral", dict(sliding_window=11, head_dim=10)),
    "smollm3": ("smollm3", {}),
    "smollm3-window": ("smollm3", dict(no_rope_layer_interval=2, use_sliding_window=True, sliding_window=13)),
    "olmo2": ("olmo2", {}),
    "granite": (
        "granite",
        dict(embedding_multiplier=6.0, residual_multiplier=0.3, logits_scaling=2.0, attention_multiplier=0.2),
    ),
    "phi3": ("phi3", dict(original_max_position_embeddings=256)),
    "phi3-window": ("phi3", dict(original_max_position_embeddings=256, sliding_window=7)),
    "phi3-longrope": ("phi3", dict(original_max_position_embeddings=160, rope_parameters=LONGROPE)),
    "phi3-part": ("phi3", dict(original_max_position_embeddings=256, hidden_size=32, partial_rotary_factor=0.75)),
    "gemma3": (
        "gemma3_text",
        dict(head_dim=8, query_pre_attn_scalar=10, sliding_window=12, num_hidden_layers=7),
    ),
    "gemma3-linear": (
        "gemma3_text",
        dict(
            head_dim=8, sliding_window=40, layer_types=["sliding_attention", "full_attention", "sliding_attention"],
            rope_parameters=dict(
                full_attention=dict(rope_type="linear", factor=8.0, rope_theta=1e6),
                sliding_attention=dict(rope_type="default", rope_theta=1e4),
            ),
        ),  # fmt: skip
    ),
    "gpt2": ("gpt2", dict(resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)),
}


def configuration(name, **more):
    family, own = FAMILIES[name]
    shape = SHAPE | own | more
    if family == "gpt2":
        for theirs, ours in [
            ("n_embd", "hidden_size"), ("n_inner", "intermediate_size"), ("n_layer", "num_hidden_layers"),
            ("n_head", "num_attention_heads"), ("n_positions", "max_position_embeddings"),
        ]:  # fmt: skip
            shape[theirs] = shape.pop(ours)
        shape.pop("num_key_value_heads")
    return AutoConfig.for_model(family, **shape)


def make(name, folder, auto=AutoModelForCausalLM, **more):
    """Saves a model with weights that are far from where they begin, norms and biases too, and returns it."""
    torch.manual_seed(sum(map(ord, name)))
    model = auto.from_config(configuration(name, **more)).float().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.2 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(TOKENIZER / file, folder)
    return model


FIXTURES = Path(__file__).parents[1] / "TrainingTests" / "Models" / "families"
# Between them they have every feature.
KEPT = [
    "llama-yarn", "qwen2-window", "mistral-window", "smollm3-window", "olmo2", "granite", "phi3-longrope", "phi3-part",
    "gemma3-linear", "gpt2",
]  # fmt: skip


def write_fixture(name):
    """A model of 64 tokens in bfloat16, and the log-probabilities that transformers finds with these numbers in 32 bits."""
    folder = FIXTURES / name
    folder.mkdir(parents=True, exist_ok=True)
    layers = 3 if name == "gemma3-linear" else 2
    model = make(name, folder, vocab_size=64, num_hidden_layers=layers).bfloat16()
    for file in ("tokenizer.json", "tokenizer_config.json", "generation_config.json"):
        (folder / file).unlink(missing_ok=True)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    # Read again: rotary frequencies would have been rounded, too.
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    cases = []
    for length in (5, 70):
        ids = torch.randint(0, 64, (length,))
        with torch.no_grad():
            logps = torch.log_softmax(model(ids[None]).logits[0].double(), -1)
        cases.append({"ids": ids.tolist(), "logprobs": [round(logps[i, id].item(), 7) for i, id in enumerate(ids[1:])]})
    (folder / "model.safetensors").chmod(0o644)
    (folder / "expected.json").write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    for name in KEPT:
        write_fixture(name)
