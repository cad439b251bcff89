"""What recording costs: the seconds of a step that the recorder takes, where every step is recorded.

    python integrations/trl/recording_cost.py

A Llama of 25 million random weights is trained on the CPU, by trainers of the installed TRL. Only the recorder's own time is
measured, in its hooks less what they wrap: differences between two runs would be lost in the noise of their steps.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "tests")]

from trl_support import CHARACTERS, tokenizer  # noqa: I001  Before torch: it sets how that runs.

import torch
import transformers
import trl
from datasets import Dataset
from gradus_trl import Recorder, record

STEPS = 4
LENGTH = 64


class Stopwatch(transformers.TrainerCallback):
    """The seconds of each step, and those of them that the recorder took; the first step is left out."""

    def __init__(self):
        self.steps, self.own, self._last, self._taken = [], [], None, 0.0

    def on_step_end(self, args, state, control, **_):
        now = time.perf_counter()
        if self._last is not None:
            self.steps.append(now - self._last)
            self.own.append(self._taken)
        self._last, self._taken = time.perf_counter(), 0.0

    def listen(self):
        """Puts itself around every hook of a recorder that is made from now on."""
        plain = Recorder.wrap

        def wrap(recorder, name, around, on=None):
            def timed(original, *args, **kwargs):
                inside = 0.0

                def measured(*args, **kwargs):
                    nonlocal inside
                    start = time.perf_counter()
                    try:
                        return original(*args, **kwargs)
                    finally:
                        inside += time.perf_counter() - start

                start = time.perf_counter()
                try:
                    return around(measured, *args, **kwargs)
                finally:
                    self._taken += time.perf_counter() - start - inside

            return plain(recorder, name, timed, on)

        Recorder.wrap = wrap
        return lambda: setattr(Recorder, "wrap", plain)


def model(folder):
    torch.manual_seed(0)
    configuration = transformers.LlamaConfig(
        vocab_size=len(CHARACTERS) + 2, hidden_size=512, num_hidden_layers=8, num_attention_heads=8, num_key_value_heads=8,
        intermediate_size=1376, max_position_embeddings=256, pad_token_id=0, bos_token_id=None, eos_token_id=1,
    )  # fmt: skip
    made = transformers.LlamaForCausalLM(configuration).float()
    made.save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return sum(parameter.numel() for parameter in made.parameters())


def options(folder, **more):
    return dict(
        output_dir=str(folder / "run"), learning_rate=1e-5, max_steps=STEPS, logging_steps=1, report_to="none",
        save_strategy="no", use_cpu=True, bf16=False, disable_tqdm=True, seed=3, **more,
    )  # fmt: skip


def grpo(folder, path):
    config = trl.GRPOConfig(
        **options(folder, per_device_train_batch_size=16, num_generations=8, max_completion_length=LENGTH)
    )
    data = Dataset.from_list([{"prompt": f"{a}+{b}="} for a in range(8) for b in range(8)])
    return trl.GRPOTrainer(
        model=path, reward_funcs=lambda completions, **_: [float(text.count("e")) for text in completions], args=config,
        train_dataset=data, processing_class=tokenizer(),
    ), f"16 answers of up to {LENGTH} tokens"  # fmt: skip


def dpo(folder, path):
    config = trl.DPOConfig(**options(folder, per_device_train_batch_size=8))
    pair = {"prompt": "a film was ", "chosen": "good " * (LENGTH // 5), "rejected": "bad " * (LENGTH // 4)}
    trainer = trl.DPOTrainer(model=path, args=config, train_dataset=Dataset.from_list([pair] * 64))
    return trainer, f"8 pairs of {LENGTH} tokens each"


def kto(folder, path):
    config = trl.KTOConfig(**options(folder, per_device_train_batch_size=8))
    example = {"prompt": "a film was ", "completion": "good " * (LENGTH // 5)}
    data = Dataset.from_list([example | {"label": i % 2 == 0} for i in range(64)])
    return trl.KTOTrainer(model=path, args=config, train_dataset=data), f"8 answers of {LENGTH} tokens"


def reward(folder, path):
    config = trl.RewardConfig(**options(folder, per_device_train_batch_size=8))
    pair = {"chosen": "a film was " + "good " * (LENGTH // 5), "rejected": "a film was " + "bad " * (LENGTH // 4)}
    trainer = trl.RewardTrainer(model=path, args=config, train_dataset=Dataset.from_list([pair] * 64))
    return trainer, f"8 pairs of {LENGTH} tokens each"


def main():
    torch.set_num_threads(2)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = model(folder / "model")
        print(f"TRL {trl.__version__}, a model of {count / 1e6:.0f} million parameters on 2 threads, every step recorded")
        for make in (grpo, dpo, kto, reward):
            trainer, what = make(folder, str(folder / "model"))
            watch = Stopwatch()
            restore = watch.listen()
            recorder = record(trainer, folder / make.__name__)
            restore()
            trainer.add_callback(watch)
            trainer.train()
            assert len(recorder.files) == STEPS and not recorder.not_recorded
            step, own = statistics.median(watch.steps), statistics.median(watch.own)
            size = Path(recorder.files[-1]).stat().st_size
            print(
                f"{make.__name__}: {what}: {step:.2f} s a step, of which the recorder {1000 * own:.1f} ms, "
                f"{100 * own / step:.2f} %; a file of {size / 1000:.0f} kB"
            )


if __name__ == "__main__":
    main()
