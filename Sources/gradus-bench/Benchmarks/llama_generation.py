"""Generated tokens per second of llama.cpp: 32 prompts of 16 tokens in parallel, 32 new tokens each, sampled.

The same shapes with random weights, as 32-bit floats, as bfloat16 and as Q8_0. Needs llama-cpp-python, built here for this machine,
and gguf (requirements-llama.txt).
"""

import ctypes
import tempfile
from pathlib import Path

from measuring import arguments, report, shortest, table
from shapes import COMPLETION_LENGTH, PROMPT_LENGTH, PROMPTS, VOCABULARY

import gguf
import llama_cpp
import numpy

# What a measurement's name ends with, and how weights are stored.
TYPES = {
    "": gguf.GGMLQuantizationType.F32,
    ".bf16": gguf.GGMLQuantizationType.BF16,
    ".int8": gguf.GGMLQuantizationType.Q8_0,
}


def write_model(size, kind, path):
    """A Llama of random weights, with tied embeddings and without a tokenizer."""
    random = numpy.random.default_rng(0)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(size.layers)
    writer.add_context_length(256)
    writer.add_embedding_length(size.width)
    writer.add_feed_forward_length(size.mlp)
    writer.add_head_count(size.heads)
    writer.add_head_count_kv(size.heads)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_dimension_count(size.width // size.heads)
    writer.add_vocab_size(VOCABULARY)
    writer.add_tokenizer_model("no_vocab")

    def matrix(name, rows, columns):
        weights = random.normal(0, 0.02, (rows, columns)).astype(numpy.float32)
        writer.add_tensor(name + ".weight", gguf.quants.quantize(weights, kind), raw_dtype=kind)

    def norm(name):
        writer.add_tensor(name + ".weight", numpy.ones(size.width, dtype=numpy.float32))

    matrix("token_embd", VOCABULARY, size.width)
    norm("output_norm")
    for layer in range(size.layers):
        for name in ["q", "k", "v", "output"]:
            matrix(f"blk.{layer}.attn_{name}", size.width, size.width)
        for name in ["gate", "up"]:
            matrix(f"blk.{layer}.ffn_{name}", size.mlp, size.width)
        matrix(f"blk.{layer}.ffn_down", size.width, size.mlp)
        norm(f"blk.{layer}.attn_norm")
        norm(f"blk.{layer}.ffn_norm")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class Generator:
    """Continues all prompts at once, a sequence of the cache for each."""

    def __init__(self, path, threads):
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), llama_cpp.llama_model_default_params())
        options = llama_cpp.llama_context_default_params()
        options.n_ctx = PROMPTS * (PROMPT_LENGTH + COMPLETION_LENGTH)
        options.n_batch = options.n_ubatch = PROMPTS * PROMPT_LENGTH
        options.n_seq_max = PROMPTS
        options.n_threads = options.n_threads_batch = threads
        self.context = llama_cpp.llama_init_from_model(self.model, options)
        self.batch = llama_cpp.llama_batch_init(PROMPTS * PROMPT_LENGTH, 0, 1)
        self.random = numpy.random.default_rng(0)
        self.prompts = self.random.integers(2, VOCABULARY, (PROMPTS, PROMPT_LENGTH))

    def generate(self):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), False)
        tokens, position = self.prompts, 0
        for _ in range(COMPLETION_LENGTH):
            logits = self.decode(tokens, position)
            position += tokens.shape[1]
            # The largest of logits with Gumbel noise is a sample of their softmax.
            tokens = (logits + self.random.gumbel(size=logits.shape)).argmax(1)[:, None]

    def decode(self, tokens, position):
        """The logits behind the last of each prompt's new tokens."""
        batch, length = self.batch, tokens.shape[1]
        batch.n_tokens = tokens.size
        for place, token in enumerate(tokens.flat):
            batch.token[place] = int(token)
            batch.pos[place] = position + place % length
            batch.n_seq_id[place] = 1
            batch.seq_id[place][0] = place // length
            batch.logits[place] = place % length == length - 1
        assert llama_cpp.llama_decode(self.context, batch) == 0
        logits = llama_cpp.llama_get_logits(self.context)
        return numpy.ctypeslib.as_array(
            ctypes.cast(logits, ctypes.POINTER(ctypes.c_float)), (PROMPTS, VOCABULARY)
        )


if __name__ == "__main__":
    options = arguments(__doc__)
    # Otherwise each model tells what it is made of.
    silent = llama_cpp.llama_log_callback(lambda *_: None)
    llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
    for size in options.sizes:
        for suffix, kind in TYPES.items():
            with tempfile.TemporaryDirectory() as directory:
                path = Path(directory) / "model.gguf"
                write_model(size, kind, path)
                duration = shortest(Generator(path, options.threads).generate, options.seconds)
            rate = PROMPTS * COMPLETION_LENGTH / duration
            report("llama.cpp", f"generation.{size.name}{suffix}", rate, "tokens/s")
    table()
