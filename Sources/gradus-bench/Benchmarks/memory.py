"""The most memory that two steps of training take: Gradus, and TRL beside it, on random models of two well-known shapes.

Eight examples a step, of 120 tokens: texts, pairs of a prompt and two completions, or a prompt of 40 tokens and 80 that are
sampled. Everything else is standard, but that TRL is told to keep 32 bits where all weights are trained, as Gradus does.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

from shapes import texts

PROMPT, COMPLETION, BATCH, STEPS = 40, 80, 8, 2
# Trainer, whether adapters are trained, shape.
RUNS = [
    ("sft", False, "smollm2-135m"), ("dpo", False, "smollm2-135m"), ("ppo", False, "smollm2-135m"),
    ("sft", True, "smollm2-135m"), ("dpo", True, "smollm2-135m"),
    ("sft", True, "qwen3-0.6b"), ("dpo", True, "qwen3-0.6b"), ("grpo", True, "qwen3-0.6b"),
]


def configuration(shape):
    from transformers import LlamaConfig, Qwen3Config

    tokens = {"pad_token_id": 0, "bos_token_id": None, "eos_token_id": 1, "tie_word_embeddings": True}
    if shape == "smollm2-135m":
        return LlamaConfig(
            vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
            num_key_value_heads=3, max_position_embeddings=8192, rms_norm_eps=1e-5, **tokens)
    return Qwen3Config(
        vocab_size=151936, hidden_size=1024, intermediate_size=3072, num_hidden_layers=28, num_attention_heads=16,
        num_key_value_heads=8, head_dim=128, max_position_embeddings=40960, **tokens)


def tokenizer():
    """A token for each byte."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    names = ["<pad>", "<eos>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    own = Tokenizer(models.BPE({name: i for i, name in enumerate(names)}, []))
    own.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    own.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=own, pad_token="<pad>", eos_token="<eos>")


def make_model(shape, directory, scores=False):
    """A model in bfloat16, as the real ones are stored."""
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

    torch.manual_seed(0)
    settings = configuration(shape)
    if scores:
        settings.num_labels = 1
        model = AutoModelForSequenceClassification.from_config(settings)
    else:
        model = AutoModelForCausalLM.from_config(settings)
    model.bfloat16().save_pretrained(directory)
    tokenizer().save_pretrained(directory)


def rows(trainer):
    prompts, count = texts(BATCH * STEPS, PROMPT, seed=1), BATCH * STEPS
    if trainer == "sft":
        # The trainer adds eos to the completions' letters.
        return [{"text": prompt + text} for prompt, text in zip(prompts, texts(count, COMPLETION - 1, seed=2))]
    if trainer == "dpo":
        chosen, rejected = (texts(count, COMPLETION - 1, seed=seed) for seed in (2, 3))
        return [{"prompt": p, "chosen": c, "rejected": r} for p, c, r in zip(prompts, chosen, rejected)]
    return [{"prompt": prompt} for prompt in prompts]


def peak(command, log):
    """Runs a program; its largest resident set in bytes."""
    with open(log, "w") as output:
        child = subprocess.Popen(command, stdout=output, stderr=output)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: code {child.returncode}\n{open(log).read()[-2000:]}")
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def gradus(program, trainer, adapters, folder, more):
    data = f"{folder}/{trainer}.jsonl"
    with open(data, "w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows(trainer))
    settings = {"max_steps": STEPS, "batch_size": BATCH, "eval_steps": 0}
    if trainer in ("ppo", "grpo"):
        settings |= {"max_completion_length": COMPLETION, "max_prompt_length": PROMPT}
    if trainer == "grpo":
        settings |= {"reward_funcs": "length:target=40", "beta": 0.04, "num_generations": BATCH}
    if adapters:
        settings["use_peft"] = "true"
    command = [program, "train", trainer, "--model", f"{folder}/model", "--dataset", data, "--output", f"{folder}/run"]
    if trainer == "ppo":
        command += ["--reward-model", f"{folder}/reward"]
    for name, value in settings.items():
        command += ["--set", f"{name}={value}"]
    for assignment in more:
        command += ["--set", assignment]
    return peak(command, f"{folder}/log")


def train_with_trl(trainer, adapters, folder):
    """What a child process does."""
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoTokenizer
    from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

    common = dict(
        output_dir=f"{folder}/trl", per_device_train_batch_size=BATCH, max_steps=STEPS, use_cpu=True, bf16=False,
        report_to="none", save_strategy="no", disable_tqdm=True,
        model_init_kwargs={"dtype": "bfloat16" if adapters else "float32"})
    parts = dict(
        train_dataset=Dataset.from_list(rows(trainer)), processing_class=AutoTokenizer.from_pretrained(f"{folder}/model"),
        peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM") if adapters else None)
    model = f"{folder}/model"
    if trainer == "sft":
        SFTTrainer(model, args=SFTConfig(**common), **parts).train()
    elif trainer == "dpo":
        DPOTrainer(model, args=DPOConfig(**common), **parts).train()
    else:
        settings = GRPOConfig(
            **common, num_generations=BATCH, max_completion_length=COMPLETION, beta=0.04,
            generation_kwargs={"suppress_tokens": [0, 1]})
        GRPOTrainer(model, lambda completions, **_: [float(len(text)) for text in completions], args=settings, **parts).train()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gradus", default=".build/release/gradus", help="the program")
    parser.add_argument("--no-trl", action="store_true", help="Gradus alone")
    parser.add_argument("--only", help="names that contain this, such as dpo or qwen3")
    parser.add_argument("--set", action="append", default=[], help="more options for Gradus")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        trainer, adapters, folder = options.child
        return train_with_trl(trainer, adapters == "True", folder)
    print(f"{'shape':<16}{'trains':<10}{'trainer':<9}{'Gradus':>9}{'TRL':>9}   GB", flush=True)
    for trainer, adapters, shape in RUNS:
        trains = "adapters" if adapters else "all"
        if options.only and options.only not in f"{shape} {trains} {trainer}":
            continue
        with tempfile.TemporaryDirectory() as folder:
            make_model(shape, f"{folder}/model")
            if trainer == "ppo":
                make_model(shape, f"{folder}/reward", scores=True)
            figures = [gradus(options.gradus, trainer, adapters, folder, options.set)]
            # PPO left TRL.
            if not options.no_trl and trainer != "ppo":
                command = [sys.executable, __file__, "--child", trainer, str(adapters), folder]
                figures.append(peak(command, f"{folder}/trl.log"))
        print(f"{shape:<16}{trains:<10}{trainer:<9}" + "".join(f"{bytes / 1e9:9.2f}" for bytes in figures), flush=True)


if __name__ == "__main__":
    main()
