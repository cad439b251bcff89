"""PPO of TRL 0.23, whose `PPOTrainer.train` is one function: its variables are read when it calls `backward`."""

import os
import sys
import types
from collections.abc import Callable
from typing import Any

from .batch import Unrecordable, batch, numbers
from .recorder import Recorder, Texts

# Of the whole batch, whatever the updates; TRL's objective/entropy and val/num_eos_tokens count padding too.
BATCH_METRICS = ("objective/kl", "objective/non_score_reward", "objective/rlhf_reward", "objective/scores")
# Means over all updates: where there is one, they are this file's.
UPDATE_METRICS = ("policy/clipfrac_avg", "loss/policy_avg", "loss/value_avg", "val/clipfrac_avg")
VARIABLES = (
    "queries", "responses", "logprobs", "ref_logprobs", "values", "scores", "contain_eos_token", "sequence_lengths",
    "micro_batch_inds", "new_logprobs", "vpred", "loss",
)  # fmt: skip


class PPORecorder(Recorder):
    """Hooks on the backward pass, when all that a file needs stands in the loop's variables, and on the log."""

    needs = ("accelerator", "reward_model", "value_model", "stop_token_id")
    written_for = "TRL 0.23, the last with PPO that is not experimental"

    def __init__(self, trainer: Any, directory: str | os.PathLike[str], **options: Any) -> None:
        super().__init__(trainer, directory, **options)
        self.texts = Texts(trainer.processing_class)
        self._waiting: list[tuple[str, str, dict[str, Any]]] = []
        self.wrap("backward", self._on_backward, on=trainer.accelerator)
        self.wrap("log", self._on_log)

    def stop(self) -> None:
        self._write({})
        super().stop()

    def _on_backward(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.is_due():
            # 0 is this function, 1 the wrapper, 2 the training loop.
            variables = _variables(sys._getframe(2))
            title, path = self.place(self._updates())
            try:
                content = self._batch(title, variables)
            except Unrecordable as reason:
                self.leave_out(title, str(reason))
            else:
                self._waiting.append((title, path, content))
        return original(*args, **kwargs)

    def _on_log(self, original: Callable[..., Any], logs: dict[str, float], *args: Any, **kwargs: Any) -> Any:
        self._write(logs)
        return original(logs, *args, **kwargs)

    def _updates(self) -> int:
        args = self.trainer.args
        minibatches = -(-args.local_batch_size // args.local_mini_batch_size)
        return args.num_ppo_epochs * minibatches * -(-args.local_mini_batch_size // args.per_device_train_batch_size)

    def _write(self, logs: dict[str, float]) -> None:
        """What was logged of a batch is known after its last update alone."""
        names = BATCH_METRICS + (UPDATE_METRICS if self._updates() == 1 else ())
        known = {name: float(logs[name]) for name in names if name in logs and self.is_alone()}
        for title, path, content in self._waiting:
            content["logged"] |= known
            self.finish(title, path, lambda: content)
        self._waiting.clear()

    def _batch(self, title: str, variables: dict[str, Any]) -> dict[str, Any]:
        args = self.trainer.args
        config = {
            "kl_coef": args.kl_coef, "kl_estimator": args.kl_estimator, "gamma": args.gamma, "lam": args.lam,
            "whiten_rewards": args.whiten_rewards, "cliprange": args.cliprange,
            "cliprange_value": args.cliprange_value, "vf_coef": args.vf_coef, "score_position": "after_last",
        }  # fmt: skip
        penalty = args.missing_eos_penalty
        if penalty is not None:
            config["missing_eos_penalty"] = penalty
        sequences = self._sequences(variables, penalty or 0)
        members = [int(i) for i in variables["micro_batch_inds"]]
        return batch(
            "ppo", f"ppo, {title}", config, logged={"loss": variables["loss"].detach().double().item()},
            minibatch=None if members == list(range(len(sequences))) else members, sequences=sequences,
        )  # fmt: skip

    def _sequences(self, variables: dict[str, Any], penalty: float) -> list[dict[str, Any]]:
        width = variables["responses"].size(1)
        row_of = {int(i): row for row, i in enumerate(variables["micro_batch_inds"])}
        pad = self.trainer.processing_class.pad_token_id
        everyone = {
            name: numbers(variables[variable])
            for name, variable in (("old_logp", "logprobs"), ("ref_logp", "ref_logprobs"), ("old_value", "values"))
        }
        learned = {"logp": numbers(variables["new_logprobs"]), "value": numbers(variables["vpred"])}
        sequences = []
        for i, (ids, last) in enumerate(zip(variables["responses"].tolist(), variables["sequence_lengths"].tolist())):
            count = last + 1
            if count == 0:
                raise Unrecordable(f"sequence {i} is empty: its first token is the padding")
            # The score goes one slot behind the response if there is room, and that slot has a value.
            lengths = {"value": min(count + 1, width), "old_value": min(count + 1, width)}
            ended = bool(variables["contain_eos_token"][i])
            sequence = {
                "prompt": self.texts.text(t for t in variables["queries"][i].tolist() if t != pad),
                # TRL has taken the penalty off already.
                "score": variables["scores"][i].double().item() + (0 if ended else penalty),
                "truncated": not ended,
                "tokens": self.texts.tokens(ids[:count]),
            }
            for name, rows in everyone.items():
                sequence[name] = rows[i][: lengths.get(name, count)]
            if i in row_of:
                for name, rows in learned.items():
                    sequence[name] = rows[row_of[i]][: lengths.get(name, count)]
            sequences.append(sequence)
        return sequences


def _variables(frame: types.FrameType) -> dict[str, Any]:
    """The loop's variables that a file is made from."""
    variables = frame.f_locals
    missing = [name for name in VARIABLES if name not in variables]
    if missing:
        raise TypeError(
            f"PPOTrainer.train has no variable {', '.join(missing)}: gradus_trl was written for {PPORecorder.written_for}"
        )
    found = {name: variables[name] for name in VARIABLES}
    # Before Python 3.13 this is a copy that the frame keeps, and with it the logits beyond their `del`.
    if isinstance(variables, dict):
        variables.clear()
    return found
