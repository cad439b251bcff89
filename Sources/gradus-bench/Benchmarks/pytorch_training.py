"""Training tokens per second in PyTorch, and the machine's matrix-product peak.

One step is forward, loss, backward, AdamW and zero_grad. Two models of the same shape: transformers' LlamaForCausalLM
and a plain one without its generality; each eager and through torch.compile, in 32 bits and under bfloat16 autocast.
"""

import torch
import torch.nn.functional as F
from torch import nn

from measuring import FORMATS, arguments, report, shortest, table
from shapes import VOCABULARY, causal_model


def rotated(x, cosine, sine):
    """Rotary positions, halves paired as in Llama."""
    first, second = x.chunk(2, -1)
    return x * cosine + torch.cat([-second, first], -1) * sine


class Block(nn.Module):
    """Attention and SwiGLU, each after an RMSNorm and beside a residual."""

    def __init__(self, size):
        super().__init__()
        self.heads = size.heads
        self.norms = nn.ModuleList(nn.RMSNorm(size.width, eps=1e-6) for _ in range(2))
        self.qkv = nn.Linear(size.width, 3 * size.width, bias=False)
        self.output = nn.Linear(size.width, size.width, bias=False)
        self.gate_up = nn.Linear(size.width, 2 * size.mlp, bias=False)
        self.down = nn.Linear(size.mlp, size.width, bias=False)

    def forward(self, x, cosine, sine):
        batch, length, width = x.shape
        heads = self.qkv(self.norms[0](x)).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        query, key, value = heads.unbind(0)
        query, key = rotated(query, cosine, sine), rotated(key, cosine, sine)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.output(mixed.transpose(1, 2).reshape(batch, length, width))
        gate, up = self.gate_up(self.norms[1](x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


class PlainLlama(nn.Module):
    """Llama without what transformers needs for other models and other uses."""

    def __init__(self, size):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, size.width)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.blocks = nn.ModuleList(Block(size) for _ in range(size.layers))
        self.norm = nn.RMSNorm(size.width, eps=1e-6)
        width = size.width // size.heads
        angles = torch.outer(torch.arange(size.tokens), 10000.0 ** (-torch.arange(0, width, 2) / width))
        self.register_buffer("cosine", torch.cat([angles, angles], -1).cos())
        self.register_buffer("sine", torch.cat([angles, angles], -1).sin())

    def forward(self, ids, labels):
        x = self.embedding(ids)
        for block in self.blocks:
            x = block(x, self.cosine, self.sine)
        logits = F.linear(self.norm(x), self.embedding.weight)
        return F.cross_entropy(logits[:, :-1].reshape(-1, VOCABULARY), labels[:, 1:].reshape(-1))


class TransformersLlama(nn.Module):
    """transformers' model, called as its Trainer does."""

    def __init__(self, size):
        super().__init__()
        self.model = causal_model(size)

    def forward(self, ids, labels):
        return self.model(input_ids=ids, labels=labels, use_cache=False).loss


def training_step(model, size, is_bf16):
    """A function that does one step on random tokens, in 32 bits or under bfloat16 autocast."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    ids = torch.randint(2, VOCABULARY, (size.sequences, size.tokens))

    def step():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_bf16):
            loss = model(ids, ids)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def measure_training(size, seconds):
    for name, kind in [("transformers", TransformersLlama), ("plain", PlainLlama)]:
        for variant in ["eager", "compiled"]:
            for suffix, is_bf16 in FORMATS.items():
                torch.manual_seed(0)
                model = kind(size).train()
                if variant == "compiled":
                    model = torch.compile(model)
                duration = shortest(training_step(model, size, is_bf16), seconds, warm_up=3)
                rate = size.sequences * size.tokens / duration
                report("pytorch", f"training.{size.name}{suffix}", rate, "tokens/s", variant=f"{name} {variant}")


def measure_peak(seconds):
    """GFLOP/s of square products; one product of n³ is 2n³ operations."""
    before = torch.get_num_threads()
    for threads in [1, 2]:
        torch.set_num_threads(threads)
        for n in [1024, 2048]:
            for suffix, is_bf16 in FORMATS.items():
                dtype = torch.bfloat16 if is_bf16 else torch.float32
                a, b = torch.randn(n, n).to(dtype), torch.randn(n, n).to(dtype)
                c = torch.empty(n, n, dtype=dtype)
                duration = shortest(lambda: torch.matmul(a, b, out=c), seconds / 2)
                report("pytorch", f"peak.{threads}{suffix}", 2e-9 * n**3 / duration, "GFLOP/s", variant=f"{n}³")
    torch.set_num_threads(before)


if __name__ == "__main__":
    options = arguments(__doc__)
    measure_peak(options.seconds)
    for size in options.sizes:
        measure_training(size, options.seconds)
    table()
