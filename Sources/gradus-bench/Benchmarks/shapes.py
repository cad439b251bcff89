"""The two models, the tokenizer and the texts that every measurement shares: built here, nothing is downloaded."""

import os
import random
import string

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")

from dataclasses import dataclass

VOCABULARY = 99
CHARACTERS = string.printable[:97]
PROMPTS, PROMPT_LENGTH, COMPLETION_LENGTH = 32, 16, 32


@dataclass(frozen=True)
class Size:
    """One model and the batch it trains on, in sequences × tokens."""

    name: str
    layers: int
    width: int
    heads: int
    mlp: int
    sequences: int
    tokens: int


SIZES = [Size("small", 4, 128, 4, 384, 32, 64), Size("large", 6, 384, 6, 1024, 8, 128)]


def configuration(size, **more):
    """The LlamaConfig of a size, with tied embeddings, pad 0 and eos 1."""
    from transformers import LlamaConfig

    return LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=size.width,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.heads,
        intermediate_size=size.mlp,
        max_position_embeddings=256,
        tie_word_embeddings=True,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=1,
        **more,
    )


def causal_model(size):
    """A randomly initialised LlamaForCausalLM in 32-bit floats."""
    import torch
    from transformers import LlamaForCausalLM

    torch.manual_seed(0)
    return LlamaForCausalLM(configuration(size)).float()


def tokenizer():
    """One token per character: <pad>, <eos> and 97 characters."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, Regex
    from transformers import PreTrainedTokenizerFast

    names = ["<pad>", "<eos>", *CHARACTERS]
    characters = Tokenizer(models.WordLevel({name: i for i, name in enumerate(names)}, unk_token="<pad>"))
    characters.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    characters.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=characters, pad_token="<pad>", eos_token="<eos>", padding_side="left"
    )


def texts(count, length, seed=0):
    """`count` random texts of `length` letters, hence of `length` tokens."""
    source = random.Random(seed)
    return ["".join(source.choices(string.ascii_letters, k=length)) for _ in range(count)]
