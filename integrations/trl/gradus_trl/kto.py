"""KTO of TRL 1.16: one file for each batch of `KTOTrainer._compute_loss`, with the answers that were put behind other prompts."""

import os
from collections.abc import Callable
from typing import Any

from torch import Tensor

from .batch import Unrecordable, batch, numbers
from .recorder import Recorder, Texts, appended, lengths

LOSSES = ("kto", "apo_zero_unpaired")
METRICS = ("kl", "rewards/chosen", "rewards/rejected", "rewards/margins", "logps/chosen", "logps/rejected")


class KTORecorder(Recorder):
    """Hooks on the loss and, while it is computed, on what the two models return."""

    needs = ("_compute_loss", "_compute_kl_logps", "calculate_KL", "desirable_weight")

    def __init__(self, trainer: Any, directory: str | os.PathLike[str], **options: Any) -> None:
        super().__init__(trainer, directory, **options)
        self.texts = Texts(trainer.processing_class)
        self.wrap("_compute_loss", self._on_loss)

    def _on_loss(
        self, original: Callable[..., Any], model: Any, inputs: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        trainer = self.trainer
        if not (trainer.model.training and self.is_due()):
            return original(model, inputs, *args, **kwargs)
        before = lengths(trainer._metrics["train"])
        with self.listening(model, "log_probs") as heard:
            result = original(model, inputs, *args, **kwargs)
        loss = result[0] if isinstance(result, tuple) else result
        logged = appended(trainer._metrics["train"], before)
        self.save(self.accumulated(), lambda title: self._batch(title, inputs, heard, loss, logged))
        return result

    def _batch(
        self, title: str, inputs: dict[str, Any], heard: list[Any], loss: Any, logged: dict[str, float]
    ) -> dict[str, Any]:
        config = self._config()
        examples = self._examples(inputs, [output.log_probs for output in heard])
        known = {name: logged[name] for name in METRICS if name in logged and self.is_alone()}
        # TRL's mean over the answers of all processes, of which this one has only its own.
        point = logged["kl"] if self.trainer.calculate_KL and not self.is_alone() else None
        return batch(
            "kto", f"kto, {title}", config, logged=known | {"loss": loss.detach().double().item()},
            reference_point=point, examples=examples,
        )  # fmt: skip

    def _examples(self, inputs: dict[str, Any], heard: list[Tensor]) -> list[dict[str, Any]]:
        # TRL asks each model for the exchanged answers first, if at all.
        kinds = ("KL_", "") if self.trainer.calculate_KL else ("",)
        self.require_passes(heard, len(kinds) * (1 if self.trainer.precompute_ref_logps else 2))
        columns = [
            self._columns(prefix, inputs, heard[i :: len(kinds)])
            for i, prefix in enumerate(kinds)
            # With several processes the file has the reference point itself.
            if prefix == "" or self.is_alone()
        ]
        ids = inputs["input_ids"].cpu()
        is_answer = inputs["completion_mask"].bool().cpu()
        is_prompt = inputs["attention_mask"].bool().cpu() & ~is_answer

        def example(row: int) -> dict[str, Any]:
            known = {
                "prompt": self.texts.text(ids[row][is_prompt[row]]),
                "desirable": bool(inputs["label"][row]),
                "tokens": self.texts.tokens(ids[row, 1:][is_answer[row, 1:]]),
            }
            for column in reversed(columns):
                known |= column(row)
            return known

        return [example(row) for row in range(ids.size(0))]

    def _columns(
        self, prefix: str, inputs: dict[str, Any], heard: list[Tensor]
    ) -> Callable[[int], dict[str, list[float]]]:
        """A function from a row to both models' log-probabilities of its tokens."""
        mask = inputs[f"{prefix}completion_mask"][:, 1:].bool().cpu()
        if not mask.any(dim=1).all():
            raise Unrecordable(f"max_length {self.trainer.args.max_length} cuts off a whole answer, or one is empty")
        logps = [logp[:, -mask.size(1) :].detach().double().cpu() for logp in heard]
        name = prefix.lower()

        def columns(row: int) -> dict[str, list[float]]:
            both = [numbers(logp[row][mask[row]]) for logp in logps]
            if self.trainer.precompute_ref_logps:
                total, count = inputs[f"ref_{prefix}logps"][row].double().item(), int(mask[row].sum())
                both.append([total / count] * count)
            return {f"{name}logp": both[0], f"{name}ref_logp": both[1]}

        return columns

    def _config(self) -> dict[str, Any]:
        trainer = self.trainer
        if trainer.loss_type not in LOSSES:
            raise Unrecordable(f"loss_type {trainer.loss_type}: Gradus has {', '.join(LOSSES)}")
        if trainer.aux_loss_enabled:
            raise Unrecordable("router_aux_loss_coef: the router's loss is in TRL's and not in Gradus's; set it to 0")
        if trainer.precompute_ref_logps:
            self.warn(
                "precompute_ref_log_probs: TRL keeps the reference's sum over each response alone; the files give every "
                "token of a response the same part of it. The loss is right, ref_logp of a token is not"
            )
        return {
            "loss_type": trainer.loss_type,
            "beta": trainer.beta,
            "desirable_weight": trainer.desirable_weight,
            "undesirable_weight": trainer.undesirable_weight,
        }
