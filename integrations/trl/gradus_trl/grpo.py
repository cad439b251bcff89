"""GRPO of TRL 1.16: one file for each batch of `GRPOTrainer._compute_loss`, with the rewards of all that was sampled."""

import os
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import torch
from torch import Tensor

from .batch import Unrecordable, batch, numbers
from .recorder import Recorder, Texts, appended, lengths

LOSSES = ("grpo", "dr_grpo", "dapo", "bnpo", "cispo", "sapo", "luspo", "vespo")
# Losses that are divided by the whole step's tokens: the files of a step add up. Elsewhere they are averaged.
ADDED_UP = ("dapo", "cispo", "vespo")
SAMPLING_METRICS = (
    "reward", "reward_std", "frac_reward_zero_std", "completions/mean_length", "completions/min_length",
    "completions/max_length", "completions/clipped_ratio", "sampling/sampling_logp_difference/mean",
    "sampling/sampling_logp_difference/max", "sampling/importance_sampling_ratio/min",
    "sampling/importance_sampling_ratio/mean", "sampling/importance_sampling_ratio/max",
)  # fmt: skip
LOSS_METRICS = (
    "kl", "entropy", "policy_loss", "clip_ratio/low_mean", "clip_ratio/high_mean", "clip_ratio/region_mean",
    "clip_ratio/low_min", "clip_ratio/high_max", "cispo_clip_ratio", "vespo/phi_seq_mean",
)  # fmt: skip
ROW = "gradus_row"


def decimal(weight: float) -> str:
    """A number of 32 bits without an exponent, in the digits that it was written in: 0.1, not 0.10000000149011612."""
    return format(Decimal(f"{weight:.7g}"), "f")


class Sampled:
    """What was generated and scored at once: the answers of all processes, in the order of the rewards.

    `answers` has a dictionary per answer with `prompt`, `tokens`, `ids`, `model_tokens` (places of the tokens that the
    policy wrote itself, and no tool), `truncated`; `rewards` a number for each, and `logged` what TRL noted of them.
    """

    def __init__(
        self, answers: list[dict[str, Any]], first: int, rewards: Tensor, logged: dict[str, float]
    ) -> None:
        self.answers, self.first, self.rewards, self.logged = answers, first, rewards, logged


class GRPORecorder(Recorder):
    """Hooks on sampling, for what the loss no longer sees, and on the loss."""

    needs = (
        "_generate", "_calculate_rewards", "_generate_and_score_completions", "_compute_loss",
        "_get_per_token_logps_and_entropies",
    )  # fmt: skip

    def __init__(self, trainer: Any, directory: str | os.PathLike[str], **options: Any) -> None:
        super().__init__(trainer, directory, **options)
        self.texts = Texts(trainer.processing_class)
        self._generated: Any = None
        self._rewards: Any = None
        self._sampled: Sampled | None = None
        self._forward: Any = None
        self._is_listening = False
        self.wrap("_generate", self._on_generate)
        self.wrap("_calculate_rewards", self._on_rewards)
        self.wrap("_generate_and_score_completions", self._on_sampling)
        self.wrap("_get_per_token_logps_and_entropies", self._on_forward)
        self.wrap("_compute_loss", self._on_loss)

    # MARK: Sampling

    def _on_generate(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._generated = original(*args, **kwargs)
        return self._generated

    def _on_rewards(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._rewards = original(*args, **kwargs)
        return self._rewards

    def _on_sampling(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        trainer = self.trainer
        if not trainer.model.training:
            return original(*args, **kwargs)
        before = lengths(trainer._metrics["train"])
        output = original(*args, **kwargs)
        # Sampling comes before the steps that learn from it, so that all of it is kept.
        answers = self._answers(*self._generated[:3])
        first = trainer.accelerator.process_index * len(answers)
        if not self.is_alone():
            from accelerate.utils import gather_object

            answers = gather_object(answers)
        logged = appended(trainer._metrics["train"], before)
        self._sampled = Sampled(answers, first, self._rewards.detach().double().cpu(), logged)
        self._generated = self._rewards = None
        # Goes through TRL's shuffle and split with the rest, and says afterwards which answers a batch has.
        output[ROW] = torch.arange(len(output["completion_ids"]), device=output["completion_ids"].device)
        return output

    def _answers(
        self, prompt_ids: list[Any], completion_ids: list[Any], tool_mask: list[Any] | None
    ) -> list[dict[str, Any]]:
        trainer = self.trainer
        ends = {*trainer.eos_token_ids, trainer._tokenizer.pad_token_id}
        masks = tool_mask or [[1] * len(ids) for ids in completion_ids]
        answers = []
        for prompt, ids, mask in zip(prompt_ids, completion_ids, masks):
            places = [t for t, counts in enumerate(mask) if counts]
            answers.append(
                {
                    "prompt": self.texts.text(prompt),
                    "tokens": self.texts.tokens(ids[t] for t in places),
                    "places": places,
                    "truncated": not (len(ids) > 0 and ids[-1] in ends),
                }
            )
        return answers

    # MARK: The loss

    def _on_forward(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        output = original(*args, **kwargs)
        if self._is_listening and self._forward is None:
            self._forward = output
        return output

    def _on_loss(
        self, original: Callable[..., Any], model: Any, inputs: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        trainer = self.trainer
        if not (trainer.model.training and self.is_due()):
            return original(model, inputs, *args, **kwargs)
        # An adaptive coefficient changes within the call.
        entropy_coef = self._entropy_coef()
        before = lengths(trainer._metrics["train"])
        self._is_listening, self._forward = True, None
        try:
            loss = original(model, inputs, *args, **kwargs)
        finally:
            self._is_listening = False
        logged = appended(trainer._metrics["train"], before)
        forward, self._forward = self._forward, None
        count = self.accumulated()
        self.save(count, lambda title: self._batch(title, inputs, forward, loss, logged, entropy_coef, count))
        return loss

    def _entropy_coef(self) -> float:
        trainer = self.trainer
        if trainer.use_adaptive_entropy and not trainer._last_world_entropy <= trainer.args.entropy_target:
            return 0.0
        return trainer.entropy_coef

    def _batch(
        self,
        title: str,
        inputs: dict[str, Any],
        forward: Any,
        loss: Any,
        logged: dict[str, float],
        entropy_coef: float,
        count: int,
    ) -> dict[str, Any]:
        trainer, sampled = self.trainer, self._sampled
        self._require_known_options(inputs)
        if ROW not in inputs or sampled is None:
            raise Unrecordable("this batch was sampled before record() was called; later ones are recorded")
        config, rewards = self._config(entropy_coef, inputs), self._compared_rewards(sampled.rewards)
        members = [sampled.first + row for row in inputs[ROW].tolist()]
        self._require_own_advantages(inputs["advantages"], members, rewards, config)
        sequences = self._sequences(sampled, inputs, forward, members, rewards, config)
        if trainer.loss_type in ADDED_UP:
            tokens = inputs["num_items_in_batch"].clamp(min=1.0).double() / trainer.accelerator.num_processes
            part = {
                "step_tokens": (tokens * count / trainer.args.steps_per_generation).item(),
                "step_share": 1 / count if count > 1 else None,
            }
            scale = 1
        else:
            # TRL divides each batch's loss by their number, so that the step's loss is the sum; this is one batch's.
            part, scale = {}, count
        is_all = members == list(range(len(sequences)))
        return batch(
            "grpo", f"grpo, {title}", config,
            logged=self._logged(sampled, logged, config, is_all) | {"loss": loss.detach().double().item() * scale},
            minibatch=None if is_all else members, **part, sequences=sequences,
        )  # fmt: skip

    def _logged(
        self, sampled: Sampled, of_loss: dict[str, float], config: dict[str, Any], is_all: bool
    ) -> dict[str, float]:
        """What TRL logged, as far as this file's numbers say the same."""
        trainer = self.trainer
        known = {name: sampled.logged[name] for name in SAMPLING_METRICS if name in sampled.logged}
        if trainer.multi_objective_aggregation != "sum_then_normalize":
            # There TRL counts by the deviation of the combined rewards.
            known.pop("frac_reward_zero_std", None)
        if not is_all or not self.is_alone():
            # They are of all that was sampled, and the file has the sampler's numbers of this batch alone.
            known = {name: value for name, value in known.items() if not name.startswith("sampling/")}
        if self.is_alone():
            known |= {name: of_loss[name] for name in LOSS_METRICS if name in of_loss}
        if "entropy_coef" not in config:
            # An adaptive coefficient is 0 at times; then the loss is the policy's.
            known.pop("policy_loss", None)
        return {name: value for name, value in known.items() if value == value}

    def _sequences(
        self,
        sampled: Sampled,
        inputs: dict[str, Any],
        forward: Any,
        members: list[int],
        rewards: list[float],
        config: dict[str, Any],
    ) -> list[dict[str, Any]]:
        logps, entropies = forward[0], forward[1]
        old = inputs.get("old_per_token_logps")
        rows = {"logp": numbers(logps), "old_logp": numbers(logps if old is None else old)}
        if config["beta"] != 0:
            rows["ref_logp"] = numbers(inputs["ref_per_token_logps"])
        if entropies is not None:
            rows["entropy"] = numbers(entropies)
        sampling = inputs.get("sampling_per_token_logps")
        if sampling is not None:
            # What vLLM could not score is NaN, and weighs 1.
            rows["sampling_logp"] = [[None if x != x else x for x in row] for row in numbers(sampling)]
        names = self._reward_names()
        row_of = {member: row for row, member in enumerate(members)}
        sequences = []
        for i, answer in enumerate(sampled.answers):
            if not answer["tokens"]:
                raise Unrecordable(f"sequence {i} has no token of the policy's own")
            sequence = {
                "prompt": answer["prompt"], "group": str(i // self.trainer.num_generations),
                "truncated": answer["truncated"], "tokens": answer["tokens"],
            }  # fmt: skip
            if names is None:
                sequence["reward"] = rewards[i]
            else:
                own = sampled.rewards[i].tolist()
                sequence["rewards"] = {name: None if x != x else x for name, x in zip(names, own)}
            if i in row_of:
                for name, values in rows.items():
                    sequence[name] = [values[row_of[i]][t] for t in answer["places"]]
            sequences.append(sequence)
        return sequences

    # MARK: Options

    def _reward_names(self) -> list[str] | None:
        """The names of several reward functions; None where one number of each answer is enough."""
        if len(self.trainer.reward_weights) == 1:
            return None
        names = list(self.trainer.reward_func_names)
        return [name if names.count(name) == 1 else f"{name} {n}" for n, name in enumerate(names)]

    def _config(self, entropy_coef: float, inputs: dict[str, Any]) -> dict[str, Any]:
        """TRL's options by their names in Gradus; what is as usual is left out where it says nothing."""
        trainer, args = self.trainer, self.trainer.args
        config = {
            "loss_type": trainer.loss_type, "beta": trainer.beta, "epsilon": trainer.epsilon_low,
            "importance_sampling_level": trainer.importance_sampling_level, "scale_rewards": trainer.scale_rewards,
            "max_completion_length": trainer.max_completion_length,
        }  # fmt: skip
        if trainer.epsilon_high != trainer.epsilon_low:
            config["epsilon_high"] = trainer.epsilon_high
        if args.delta is not None:
            config["delta"] = args.delta
        if trainer.mask_truncated_completions:
            config["mask_truncated_completions"] = True
        if args.use_bias_correction_kl:
            config["use_bias_correction_kl"] = True
        if trainer.top_entropy_quantile < 1:
            config["top_entropy_quantile"] = trainer.top_entropy_quantile
        if entropy_coef != 0:
            config["entropy_coef"] = entropy_coef
        if trainer.off_policy_mask_threshold is not None:
            config["off_policy_mask_threshold"] = trainer.off_policy_mask_threshold
        if trainer.loss_type == "sapo":
            config["sapo_temperature_pos"] = args.sapo_temperature_pos
            config["sapo_temperature_neg"] = args.sapo_temperature_neg
        if trainer.loss_type == "vespo":
            for name in ("vespo_k_pos", "vespo_lambda_pos", "vespo_k_neg", "vespo_lambda_neg"):
                config[name] = getattr(args, name)
        if inputs.get("sampling_per_token_logps") is not None:
            config |= self._sampler_config(inputs)
        if self._reward_names() is not None:
            config["reward_weights"] = ",".join(decimal(weight) for weight in trainer.reward_weights.tolist())
            if trainer.multi_objective_aggregation == "normalize_then_sum":
                config["multi_objective_aggregation"] = "normalize_then_sum"
        elif trainer.multi_objective_aggregation == "normalize_then_sum":
            # Each reward is normalised in its group; their sum is then normalised over all.
            config |= {"advantage_baseline": "pooled", "scale_rewards": "batch"}
        return config

    def _sampler_config(self, inputs: dict[str, Any]) -> dict[str, Any]:
        trainer = self.trainer
        if inputs.get("importance_sampling_ratio") is None:
            return {"vllm_importance_sampling_correction": False}
        lowest, highest = trainer.vllm_importance_sampling_clip_min, trainer.vllm_importance_sampling_clip_max
        return {
            "vllm_importance_sampling_correction": True,
            "vllm_importance_sampling_mode": trainer.vllm_importance_sampling_mode,
            "vllm_importance_sampling_clip_max": "none" if highest is None else highest,
            "vllm_importance_sampling_clip_min": "none" if lowest is None else lowest,
        }

    def _require_known_options(self, inputs: dict[str, Any]) -> None:
        trainer = self.trainer
        if trainer.loss_type not in LOSSES:
            raise Unrecordable(f"loss_type {trainer.loss_type}: Gradus has {', '.join(LOSSES)}")
        if trainer.aux_loss_enabled:
            raise Unrecordable("router_aux_loss_coef: the router's loss is in TRL's and not in Gradus's; set it to 0")
        if trainer.top_entropy_quantile < 1 and not self.is_alone():
            raise Unrecordable("top_entropy_quantile: its threshold comes from the tokens of all processes")
        if trainer.multi_objective_aggregation not in ("sum_then_normalize", "normalize_then_sum"):
            raise Unrecordable(f"multi_objective_aggregation {trainer.multi_objective_aggregation}")
        if inputs["advantages"].dim() != 1:
            raise Unrecordable("advantages of their own for each token: Gradus has one for a response")

    def _compared_rewards(self, per_function: Tensor) -> list[float]:
        """The number of each answer that is compared with the others."""
        trainer = self.trainer
        weights = trainer.reward_weights.double().cpu()
        if per_function.isnan().all(dim=1).any():
            raise Unrecordable("a completion for which every reward function returned None")
        if trainer.multi_objective_aggregation == "normalize_then_sum":
            grouped = per_function.view(-1, trainer.num_generations, per_function.size(1))
            distances = grouped - grouped.nanmean(dim=1, keepdim=True)
            # Of the answers that the function judged; a single one counts 0.
            others = (~grouped.isnan()).sum(dim=1, keepdim=True) - 1
            spread = (distances.square().nansum(dim=1, keepdim=True) / others.clamp(min=1)).sqrt() + 1e-4
            per_function = (distances / spread).view(per_function.shape)
        return (per_function * weights).nansum(dim=1).tolist()

    def _require_own_advantages(
        self, advantages: Tensor, members: list[int], rewards: list[float], config: dict[str, Any]
    ) -> None:
        """Stops where a subclass of the trainer compares rewards in another way."""
        compared = torch.tensor(rewards, dtype=torch.float64)
        groups = compared.view(-1, self.trainer.num_generations)
        mean, spread = groups.mean(dim=1, keepdim=True), groups.std(dim=1, keepdim=True)
        if self.trainer.multi_objective_aggregation == "normalize_then_sum":
            mean = compared.mean()
        if self.trainer.multi_objective_aggregation == "normalize_then_sum" or config["scale_rewards"] == "batch":
            spread = compared.std()
        is_plain = config["scale_rewards"] == "none" and self.trainer.multi_objective_aggregation == "sum_then_normalize"
        ours = groups - mean if is_plain else (groups - mean) / (spread + 1e-4)
        if not torch.allclose(ours.reshape(-1)[members], advantages.double().cpu(), rtol=1e-3, atol=1e-3):
            raise Unrecordable("advantages: this trainer's are not those of its rewards, groups and scale_rewards")
