"""Scores and gradients are as near to those in 64 bits as PyTorch's own in 32 bits."""

import json

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from test_adapters import gradus, pytestmark, tokenizer  # noqa: F401

TEXT = "the film is good, but what comes after it is not; " * 8


def model(path):
    """Wide, deep and with a large residual stream, as real models have it."""
    torch.manual_seed(1)
    own = LlamaForCausalLM(LlamaConfig(
        vocab_size=260, hidden_size=320, intermediate_size=800, num_hidden_layers=6, num_attention_heads=5,
        num_key_value_heads=5, max_position_embeddings=512, initializer_range=0.05, bos_token_id=None, eos_token_id=256,
        tie_word_embeddings=False))
    with torch.no_grad():
        own.model.embed_tokens.weight *= 4000
    own.save_pretrained(path)
    tokenizer().save_pretrained(path)


def loss(own, ids):
    logps = own(torch.tensor([ids])).logits[0].log_softmax(-1)
    return [logps[i - 1, ids[i]] for i in range(1, len(ids))]


def test_at_most_twice_the_error_of_pytorch(tmp_path):
    model(tmp_path / "model")
    own = AutoModelForCausalLM.from_pretrained(tmp_path / "model", dtype=torch.float32)
    ours = json.loads(gradus("score", "--model", "model", "--text", TEXT, "--json", cwd=tmp_path))
    ids = ours["ids"]
    (tmp_path / "data.jsonl").write_text(json.dumps({"prompt": TEXT[0], "completion": TEXT[1:]}) + "\n")
    sets = [p for o in ("max_steps=1", "adam_beta1=0", "max_grad_norm=none", "batch_size=1", "eval_steps=0")
            for p in ("--set", o)]
    gradus("train", "sft", "--model", "model", "--dataset", "data.jsonl", "--output", "run", *sets, cwd=tmp_path)
    flat = load_file(tmp_path / "run" / "checkpoint-000001" / "training.safetensors")["model.first"].double()

    def both(own):
        own.zero_grad()
        logps = loss(own, ids)
        (-torch.stack(loss(own, ids + [256])).mean()).backward()
        # The order of a checkpoint's moments is that of the layers.
        return torch.stack(logps).detach().double(), [p.grad.double().flatten() for p in parameters(own)]

    theirs, their_gradient = both(own)
    exact, gradient = both(own.double())
    error = lambda a, b: ((a - b).norm() / b.norm()).item()
    scores = (error(torch.tensor(ours["logprobs"]).double(), exact), error(theirs, exact))
    gradients = (error(flat, torch.cat(gradient)), error(torch.cat(their_gradient), torch.cat(gradient)))
    print("scores: ours %.1e, PyTorch's %.1e; gradients: %.1e, %.1e" % (*scores, *gradients))
    assert scores[0] < 2 * scores[1] and gradients[0] < 2 * gradients[1]


def parameters(own):
    yield own.model.embed_tokens.weight
    for layer in own.model.layers:
        a, m = layer.self_attn, layer.mlp
        yield from (layer.input_layernorm.weight, a.q_proj.weight, a.k_proj.weight, a.v_proj.weight, a.o_proj.weight)
        yield from (layer.post_attention_layernorm.weight, m.gate_proj.weight, m.up_proj.weight, m.down_proj.weight)
    yield from (own.model.norm.weight, own.lm_head.weight)
