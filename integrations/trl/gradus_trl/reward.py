"""Reward models of TRL 1.16: one file for each batch of `RewardTrainer.compute_loss`, with the scores of both responses."""

import os
from collections.abc import Callable
from typing import Any

from .batch import Unrecordable, batch, numbers
from .recorder import Recorder, Texts, appended, lengths

METRICS = ("min_reward", "mean_reward", "max_reward", "accuracy", "margin")


class RewardRecorder(Recorder):
    """Hooks on the loss and, while it is computed, on what the model returns."""

    needs = ("compute_loss", "_metrics")

    def __init__(self, trainer: Any, directory: str | os.PathLike[str], **options: Any) -> None:
        super().__init__(trainer, directory, **options)
        self.texts = Texts(trainer.processing_class)
        self.wrap("compute_loss", self._on_loss)

    def _on_loss(
        self, original: Callable[..., Any], model: Any, inputs: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        trainer = self.trainer
        if not (trainer.model.training and self.is_due()):
            return original(model, inputs, *args, **kwargs)
        before = lengths(trainer._metrics["train"])
        with self.listening(model, "logits") as heard:
            result = original(model, inputs, *args, **kwargs)
        loss = result[0] if isinstance(result, tuple) else result
        logged = appended(trainer._metrics["train"], before)
        self.save(self.accumulated(), lambda title: self._batch(title, inputs, heard, loss, logged))
        return result

    def _batch(
        self, title: str, inputs: dict[str, Any], heard: list[Any], loss: Any, logged: dict[str, float]
    ) -> dict[str, Any]:
        self.require_passes(heard, 1)
        scores = numbers(heard[0].logits.squeeze(-1))
        # TRL's None is Gradus's 0.
        config = {"center_rewards_coefficient": self.trainer.args.center_rewards_coefficient or 0}
        known = {name: logged[name] for name in METRICS if name in logged and self.is_alone()}
        return batch(
            "reward-model", f"reward-model, {title}", config, logged=known | {"loss": loss.detach().double().item()},
            pairs=self._pairs(inputs, scores),
        )  # fmt: skip

    def _pairs(self, inputs: dict[str, Any], scores: list[float]) -> list[dict[str, Any]]:
        attended = inputs["attention_mask"].bool().cpu()
        rows = [ids[there].tolist() for ids, there in zip(inputs["input_ids"].cpu(), attended, strict=True)]
        margins = numbers(inputs["margin"]) if "margin" in inputs else None
        count = len(rows) // 2

        def pair(i: int) -> dict[str, Any]:
            texts = rows[i], rows[count + i]
            if not all(texts):
                raise Unrecordable("a response without a token")
            shared = common_beginning(*texts)
            chosen, rejected = (
                {"tokens": self.texts.tokens(ids[shared:]), "score": score}
                for ids, score in zip(texts, (scores[i], scores[count + i]), strict=True)
            )
            known = {"prompt": self.texts.text(texts[0][:shared]), "chosen": chosen, "rejected": rejected}
            return known if margins is None else known | {"margin": margins[i]}

        return [pair(i) for i in range(count)]


def common_beginning(one: list[int], other: list[int]) -> int:
    """How many tokens two texts begin with alike, one token of each left over: TRL no longer knows where the prompt ended."""
    limit = min(len(one), len(other)) - 1
    return next((t for t in range(limit) if one[t] != other[t]), limit)
