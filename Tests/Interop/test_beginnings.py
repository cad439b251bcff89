"""Texts begin as the tokenizer begins them: with Llama 3's token in front, and with none where there is none, as in TRL."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("trl")

import torch  # noqa: E402
from datasets import Dataset  # noqa: E402
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers  # noqa: E402
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast  # noqa: E402
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer, RewardConfig, RewardTrainer, SFTConfig, SFTTrainer  # noqa: E402
from transformers import AutoModelForSequenceClassification  # noqa: E402

GRADUS = os.environ.get("GRADUS") or shutil.which("gradus")
pytestmark = pytest.mark.skipif(GRADUS is None, reason="GRADUS does not name the built program")

BEGIN, END = "<|begin_of_text|>", "<|end_of_text|>"
WORDS = ["Say 0 good bad", "Hello there.", "What is the sum of two and two?", "It is four, as it should be."]
COMPLETIONS = [{"prompt": f"Say {i}", "completion": " good"} for i in range(4)]
PAIRS = [{"prompt": f"Say {i}", "chosen": " good", "rejected": " bad"} for i in range(4)]
TEXTS = [{"text": "Hello there."}, {"text": "It is four."}]
CHATS = [{"messages": [{"role": "user", "content": "Say 0"}, {"role": "assistant", "content": "good"}]}]
TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)


@pytest.fixture(params=[True, False], ids=["begins", "does not begin"])
def model(request, tmp_path):
    """A model with a tokenizer like Llama 3's, or like Qwen's, which puts nothing in front of a text."""
    tokens = Tokenizer(models.BPE())
    tokens.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokens.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False, special_tokens=[BEGIN, END]
    )
    tokens.train_from_iterator(WORDS, trainer)
    if request.param:
        own = processors.TemplateProcessing(
            single=f"{BEGIN} $A", pair=f"{BEGIN} $A {BEGIN} $B", special_tokens=[(BEGIN, 0)]
        )
        tokens.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), own])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokens, bos_token=BEGIN, eos_token=END, pad_token=END)
    fast.chat_template = TEMPLATE
    fast.save_pretrained(tmp_path / "model")
    torch.manual_seed(0)
    configuration = AutoConfig.for_model(
        "llama",
        **dict(hidden_size=32, intermediate_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2),
        **dict(max_position_embeddings=128, vocab_size=len(fast), bos_token_id=0, eos_token_id=1, initializer_range=0.2),
    )
    AutoModelForCausalLM.from_config(configuration).save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def gradus(folder, rows, command, *arguments):
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = [GRADUS, *command.split(), "--model", folder / "model", "--dataset", folder / "data.jsonl", *arguments]
    result = subprocess.run(list(map(str, words)), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def trainer(kind, config, model, rows, folder, head=AutoModelForCausalLM, **options):
    settings = dict(output_dir=str(folder / "trl"), report_to=[], use_cpu=True, bf16=False, per_device_eval_batch_size=8)
    extra = {"num_labels": 1} if head is AutoModelForSequenceClassification else {}
    data = Dataset.from_list(rows)
    return kind(
        model=head.from_pretrained(model, dtype=torch.float32, **extra),
        args=config(**settings),
        **({"eval_dataset": data} if kind is not GRPOTrainer else {}),
        train_dataset=data,
        processing_class=AutoTokenizer.from_pretrained(model),
        **options,
    )


@pytest.mark.parametrize("rows", [COMPLETIONS, TEXTS, CHATS], ids=["completions", "texts", "conversations"])
def test_what_is_read_and_learned_is_sfts(model, tmp_path, rows):
    theirs = trainer(SFTTrainer, SFTConfig, model, rows, tmp_path)
    ours = json.loads(gradus(tmp_path, rows, "mask", "--num", 0, "--json"))["examples"]
    assert [example["ids"] for example in ours] == [list(example["input_ids"]) for example in theirs.train_dataset]
    metrics = json.loads(gradus(tmp_path, rows, "evaluate", "--json"))["metrics"]
    assert metrics["loss"] == pytest.approx(theirs.evaluate()["eval_loss"], rel=2e-5)


def test_pairs_are_those_of_dpo(model, tmp_path):
    theirs = trainer(DPOTrainer, DPOConfig, model, PAIRS, tmp_path).evaluate()
    ours = json.loads(gradus(tmp_path, PAIRS, "evaluate", "--json", "--set", "beta=1"))["metrics"]
    # Without a reference a reward is log π.
    assert ours["rewards/chosen"] == pytest.approx(theirs["eval_logps/chosen"], rel=1e-4)
    assert ours["rewards/rejected"] == pytest.approx(theirs["eval_logps/rejected"], rel=1e-4)


def test_pairs_are_those_of_the_reward_trainer(model, tmp_path):
    first = trainer(RewardTrainer, RewardConfig, model, PAIRS, tmp_path, head=AutoModelForSequenceClassification)
    ids = list(first.train_dataset[0]["chosen_ids"])
    gradus(tmp_path, PAIRS, "train reward", "--output", tmp_path / "run", "--record", 1, "--set", "max_steps=1")
    judge = AutoModelForSequenceClassification.from_pretrained(tmp_path / "run" / "model", num_labels=1, dtype=torch.float32)
    with torch.no_grad():
        # At the last token, which is the end; transformers would take it for padding here.
        score = judge.score(judge.model(torch.tensor([ids])).last_hidden_state[0, -1]).item()
    (sample, *_) = [
        sample
        for sample in map(json.loads, (tmp_path / "run" / "samples.jsonl").read_text().splitlines())
        if sample["step"] == 1 and sample["prompt"] == "Say 0" and sample["completion"] == " good"
    ]
    assert sample["reward"] == pytest.approx(score, abs=1e-4)


def test_prompts_are_asked_as_grpo_asks_them(model, tmp_path):
    rows = [{"prompt": "Say 0"}]
    theirs = trainer(
        GRPOTrainer, GRPOConfig, model, rows, tmp_path, reward_funcs=lambda completions, **_: [0.0] * len(completions)
    )
    ids = theirs._tokenize_prompts(["Say 0"])[0][0]
    options = ["max_steps=1", "reward_funcs=length:target=4", "max_completion_length=3", "num_generations=2", "batch_size=2"]
    sets = [part for option in options for part in ("--set", option)]
    gradus(tmp_path, rows, "train grpo", "--output", tmp_path / "run", "--record", 1, *sets)
    (batch,) = (tmp_path / "run" / "batches").glob("*.json")
    tokenizer = AutoTokenizer.from_pretrained(model)
    policy = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    with torch.no_grad():
        logps = torch.log_softmax(policy(torch.tensor([list(ids)])).logits[0, -1], -1)
    for sequence in json.loads(batch.read_text())["sequences"]:
        assert sequence["prompt"] == "Say 0"
        # The words are for display: one of all tokens that read like this.
        near = [
            logps[i].item() for i in range(len(tokenizer)) if tokenizer.decode([i]) == sequence["tokens"][0].replace("·", " ")
        ]
        assert not near or min(abs(logp - sequence["logp"][0]) for logp in near) < 1e-4
    sampled = subprocess.run(
        [GRADUS, "sample", "--model", model, "--prompt", "Say 0", "--max-completion-length", "1", "--json"],
        capture_output=True,
        text=True,
    )
    assert json.loads(sampled.stdout)["prompt_ids"] == list(ids)
