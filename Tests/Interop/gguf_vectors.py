"""Writes the GGUF files of the tests, with llama.cpp's own Python package `gguf` (0.17 or later).

    pip install gguf safetensors && python Tests/Interop/gguf_vectors.py

`types.gguf` has a tensor of random blocks of each kind, `types.json` what `gguf` unpacks them to; `llama-bpe.gguf` is the model
`llama-bpe` of the tests with its numbers in 32 bits and its rows in llama.cpp's order.
"""

import json
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind
from safetensors.numpy import load_file

TESTS = Path(__file__).parents[1]
KINDS = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]


def types():
    random = np.random.default_rng(1)
    path = TESTS / "FormatsTests" / "GGUF" / "types.gguf"
    path.parent.mkdir(exist_ok=True)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_string("a.text", "é")
    writer.add_array("a.list", [1, 2, 3])
    writer.add_float32("a.number", 0.5)
    expected = {}
    for name in KINDS:
        kind = Kind[name]
        size, width = gguf.GGML_QUANT_SIZES[kind]
        if size == 1:
            values = random.normal(size=(3, 5)).astype(np.float32)
            data = values if name == "F32" else gguf.quants.quantize(values, kind)
        else:
            data = random.integers(0, 256, size=(2, 2 * width), dtype=np.uint8)
            # Scales are 16-bit floats at the block's start or, in Q6_K, at its end: some small numbers, no NaN.
            scales = np.array([0.5, -0.25, 0.125, 2.0], dtype=np.float16).view(np.uint8).reshape(4, 2)
            for i, block in enumerate(data.reshape(4, width)):
                if name == "Q6_K":
                    block[-2:] = scales[i]
                else:
                    block[:2] = scales[i]
                    if name in ("Q4_1", "Q5_1", "Q4_K", "Q5_K"):
                        block[2:4] = scales[3 - i]
        unpacked = values if name == "F32" else gguf.quants.dequantize(data, kind)
        writer.add_tensor(name, data, raw_dtype=None if name == "F32" else kind)
        expected[name] = {"shape": list(unpacked.shape), "values": [float(x) for x in unpacked.flatten()]}
    for write in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file, writer.close):
        write()
    (path.parent / "types.json").write_text(json.dumps(expected) + "\n")


def permuted(weights, heads):
    """The rows of queries or keys as llama.cpp has them."""
    return weights.reshape(heads, 2, weights.shape[0] // heads // 2, *weights.shape[1:]).swapaxes(1, 2).reshape(weights.shape)


def model():
    folder = TESTS / "TrainingTests" / "Models" / "llama-bpe"
    config = json.loads((folder / "config.json").read_text())
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    weights = load_file(folder / "model.safetensors")
    writer = gguf.GGUFWriter(folder.parent / "llama-bpe.gguf", "llama")
    writer.add_vocab_size(config["vocab_size"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    rope = config.get("rope_parameters") or config
    writer.add_rope_freq_base(rope.get("rope_theta", 10000.0))
    vocabulary = dict(tokenizer["model"]["vocab"])
    special = {token["content"]: token for token in tokenizer["added_tokens"]}
    for name, token in special.items():
        vocabulary[name] = token["id"]
    tokens = [name for name, _ in sorted(vocabulary.items(), key=lambda item: item[1])]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if name in special else 1 for name in tokens])
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in tokenizer["model"]["merges"]])
    for key, add in (("bos", writer.add_bos_token_id), ("eos", writer.add_eos_token_id), ("pad", writer.add_pad_token_id)):
        if config.get(f"{key}_token_id") is not None:
            add(config[f"{key}_token_id"])
    writer.add_chat_template("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}")
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config["num_hidden_layers"])
    for name, values in weights.items():
        values = values.astype(np.float32)
        if "q_proj" in name:
            values = permuted(values, config["num_attention_heads"])
        if "k_proj" in name:
            values = permuted(values, config["num_key_value_heads"])
        writer.add_tensor(names.get_name(name, try_suffixes=(".weight", ".bias")), values)
    for write in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file, writer.close):
        write()


if __name__ == "__main__":
    types()
    model()
