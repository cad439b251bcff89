"""DPO of TRL 1.16: one file for each batch of `DPOTrainer._compute_loss`, with both models' log-probabilities."""

import os
from collections.abc import Callable
from typing import Any

from .batch import Unrecordable, batch, numbers
from .recorder import Recorder, Texts, appended, lengths

LOSSES = (
    "sigmoid", "hinge", "ipo", "exo_pair", "nca_pair", "robust", "bco_pair", "sppo_hard", "aot", "aot_unpaired",
    "apo_zero", "apo_down", "discopop", "sft", "sigmoid_norm",
)  # fmt: skip
METRICS = (
    "rewards/chosen", "rewards/rejected", "rewards/accuracies", "rewards/margins", "logps/chosen", "logps/rejected",
)  # fmt: skip


class DPORecorder(Recorder):
    """Hooks on the loss and, while it is computed, on what the two models return."""

    needs = ("_compute_loss", "loss_types", "f_divergence_type")

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
        # The policy's log-probabilities come first, then the reference's: another model, or this without its adapter.
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
        pairs = self._pairs(inputs, heard)
        known = {name: logged[name] for name in METRICS if name in logged and self.is_alone()}
        return batch(
            "dpo", f"dpo, {title}", config, logged=known | {"loss": loss.detach().double().item()}, pairs=pairs
        )

    def _pairs(self, inputs: dict[str, Any], heard: list[Any]) -> list[dict[str, Any]]:
        self.require_passes(heard, 1 if self.trainer.precompute_ref_logps else 2)
        mask = inputs["completion_mask"][:, 1:].bool().cpu()
        ids = inputs["input_ids"].cpu()
        width = mask.size(1)
        policy = heard[0].log_probs[:, -width:].detach().double().cpu()
        squares = heard[0].log_sum_sq_probs[:, -width:].detach().double().cpu() if self.trainer.use_weighting else None
        references = self._references(inputs, heard, mask)
        attended = inputs["attention_mask"].bool().cpu()
        is_prompt = attended & ~inputs["completion_mask"].bool().cpu()

        def response(row: int) -> dict[str, Any]:
            if not mask[row].any():
                raise Unrecordable(f"max_length {self.trainer.args.max_length} cuts off a whole response")
            known = {
                "tokens": self.texts.tokens(ids[row, 1:][mask[row]]),
                "logp": numbers(policy[row][mask[row]]),
                "ref_logp": references(row),
            }
            return known if squares is None else known | {"log_sum_sq_probs": numbers(squares[row][mask[row]])}

        count = ids.size(0) // 2
        return [
            {"prompt": self.texts.text(ids[i][is_prompt[i]]), "chosen": response(i), "rejected": response(count + i)}
            for i in range(count)
        ]

    def _references(self, inputs: dict[str, Any], heard: list[Any], mask: Any) -> Callable[[int], list[float]]:
        """A function from a row to the reference's log-probabilities of its tokens."""
        if not self.trainer.precompute_ref_logps:
            reference = heard[1].log_probs[:, -mask.size(1) :].detach().double().cpu()
            return lambda row: numbers(reference[row][mask[row]])
        if self.trainer.ld_alpha is not None:
            raise Unrecordable("precompute_ref_log_probs with ld_alpha: TRL keeps one sum of the reference's numbers")
        self.warn(
            "precompute_ref_log_probs: TRL keeps the reference's sum over each response alone; the files give every "
            "token of a response the same part of it. The loss is right, ref_logp of a token is not"
        )
        sums = numbers(inputs["ref_chosen_logps"]) + numbers(inputs["ref_rejected_logps"])

        def spread(row: int) -> list[float]:
            count = int(mask[row].sum())
            return [sums[row] / count] * count

        return spread

    def _config(self) -> dict[str, Any]:
        trainer = self.trainer
        names, weights = trainer.loss_types, trainer.loss_weights
        for name in names:
            if name not in LOSSES:
                raise Unrecordable(f"loss_type {name}: Gradus has {', '.join(LOSSES)}")
        if len(set(names)) < len(names):
            raise Unrecordable(f"loss_type {', '.join(names)}: Gradus has each loss once")
        if any(weight <= 0 for weight in weights):
            raise Unrecordable(f"loss_weights {', '.join(map(str, weights))}: Gradus has weights above 0")
        if trainer.aux_loss_enabled:
            raise Unrecordable("router_aux_loss_coef: the router's loss is in TRL's and not in Gradus's; set it to 0")
        config = {"loss_type": ",".join(names), "beta": trainer.beta}
        if any(weight != 1 for weight in weights):
            config["loss_weights"] = list(weights)
        if trainer.use_weighting:
            config["use_weighting"] = True
        if trainer.label_smoothing != 0:
            config["label_smoothing"] = trainer.label_smoothing
        if trainer.f_divergence_type != "reverse_kl":
            config["f_divergence_type"] = getattr(trainer.f_divergence_type, "value", trainer.f_divergence_type)
        if trainer.f_divergence_type == "alpha_divergence":
            config["f_alpha_divergence_coef"] = trainer.f_alpha_divergence_coef
        if "discopop" in names:
            config["discopop_tau"] = trainer.args.discopop_tau
        if trainer.ld_alpha is not None:
            config["ld_alpha"] = trainer.ld_alpha
        return config
