"""Writes small tokenizers of SentencePiece's and BERT's kinds for Tests/FormatsTests/Tokenizers, and what `tokenizers` makes
of every text of strings.json by them. Needs `sentencepiece` beside what requirements.txt names:

    python Tests/Interop/tokenizer_vectors.py
"""

import io
import json
import tempfile
from pathlib import Path

import gguf
import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import LlamaTokenizer
from transformers.tokenization_utils_base import generate_merges

FOLDER = Path(__file__).parents[1] / "FormatsTests" / "Tokenizers"
# One character for one, several for one, nothing for one, and one for a character of two scalars.
RULES = [("ﬁ", "fi"), ("½", "1/2"), ("é", "E"), ("e\u0301", "E"), ("\u200d", ""), ("\u3000", " "), ("\t", " "), ("한", "H")]
SPECIAL = ["<unk>", "<s>", "</s>"]


def texts():
    return [entry["text"] for entry in json.loads((FOLDER / "strings.json").read_text())]


def charsmap():
    """SentencePiece's own compilation of a few rules, which is smaller than that of NFKC by a thousand times."""
    def codes(text):
        return " ".join(f"{ord(character):X}" for character in text)

    rules = tempfile.NamedTemporaryFile("w", suffix=".tsv")
    rules.write("".join(f"{codes(old)}\t{codes(new)}\n" for old, new in RULES))
    rules.flush()
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts() * 3), model_writer=model, vocab_size=300, hard_vocab_limit=False,
        normalization_rule_tsv=rules.name, minloglevel=2,
    )  # fmt: skip
    proto = sentencepiece_model_pb2.ModelProto.FromString(model.getvalue())
    return proto.normalizer_spec.precompiled_charsmap


def llama():
    """As transformers 5 saves TinyLlama and Mistral: no normalizer, Metaspace that does not split, bytes for what is unknown."""
    bpe = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    bpe.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    words = ["the hello world", "all the tokens", "is not a test", "1 22 333"] * 3
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    bpe.train_from_iterator(words, trainers.BpeTrainer(special_tokens=SPECIAL + bytes_, vocab_size=360, show_progress=False))
    vocab = json.loads(bpe.to_str())["model"]["vocab"]
    return LlamaTokenizer(vocab=vocab, merges=generate_merges(vocab, skip_tokens=SPECIAL))._tokenizer


def gguf_of(tokenizer):
    """The same tokenizer as llama.cpp keeps it, for Tests/FormatsTests/GGUF."""
    vocabulary = sorted(tokenizer.get_vocab(), key=tokenizer.token_to_id)
    writer = gguf.GGUFWriter(FOLDER.parent / "GGUF" / "sentencepiece.gguf", "llama")
    writer.add_tokenizer_model("llama")
    writer.add_token_list(vocabulary)
    writer.add_token_scores([-float(number) for number in range(len(vocabulary))])
    writer.add_token_types([2] + [3, 3] + [6] * 256 + [1] * (len(vocabulary) - 259))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def unigram(byte_fallback):
    model = Tokenizer(models.Unigram())
    model.normalizer = normalizers.Precompiled(charsmap())
    scheme = "always" if byte_fallback else "never"
    model.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=byte_fallback)
    trainer = trainers.UnigramTrainer(vocab_size=300, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False)
    model.train_from_iterator(["the hello world, all of it", "is not a test?", "1 22 333 é"] * 3, trainer)
    parts = json.loads(model.to_str())
    if byte_fallback:
        parts["model"]["vocab"] += [[f"<0x{byte:02X}>", -20.0 - byte / 7] for byte in range(256)]
        parts["model"]["byte_fallback"] = True
    model = Tokenizer.from_str(json.dumps(parts))
    model.decoder = decoders.Metaspace(prepend_scheme=scheme, split=byte_fallback)
    if byte_fallback:
        model.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(prepend_scheme=scheme)])
    model.add_tokens([AddedToken("<extra>", normalized=True)])
    return model


def wordpiece():
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    model = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=20))
    model.normalizer = normalizers.BertNormalizer()
    model.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    model.decoder = decoders.WordPiece()
    model.train_from_iterator(
        ["the hello world, all of it", "is not a test? don't do it!", "1 22 333 e 你 world's naive"] * 3,
        trainers.WordPieceTrainer(vocab_size=200, special_tokens=special, show_progress=False),
    )
    model.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return model


def main():
    kinds = {
        "sentencepiece": llama(), "unigram": unigram(True), "unigram-whole": unigram(False), "wordpiece": wordpiece(),
    }  # fmt: skip
    gguf_of(kinds["sentencepiece"])
    entries = json.loads((FOLDER / "strings.json").read_text())
    for name, tokenizer in kinds.items():
        (FOLDER / f"{name}.json").write_text(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")))
        for entry in entries:
            ids = tokenizer.encode(entry["text"], add_special_tokens=False).ids
            entry[name] = [ids, tokenizer.decode(ids, skip_special_tokens=False)]
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    (FOLDER / "strings.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
