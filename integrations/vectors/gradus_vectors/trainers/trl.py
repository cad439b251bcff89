"""TRL's losses: `_compute_loss` of its trainers, which are given log-probabilities in the place of a model.

What TRL computes inside of long methods cannot be called: GRPO's advantages and the weights for vLLM. The vectors' own
advantages are used, and vectors about these weights are not offered.
"""

import collections
import contextlib
import importlib.metadata
import types
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from gradus_vectors.batch import Batch
from gradus_vectors.files import Object

NONE = (None, "none")
GROUP_LOSSES = ("grpo", "bnpo", "dr_grpo", "dapo", "cispo", "sapo", "luspo")
PAIR_LOSSES = (
    "sigmoid",
    "hinge",
    "ipo",
    "exo_pair",
    "nca_pair",
    "robust",
    "bco_pair",
    "sppo_hard",
    "aot",
    "aot_unpaired",
    "apo_zero",
    "apo_down",
    "discopop",
    "sft",
    "sigmoid_norm",
)
# Options of other trainers, with the value that means TRL's way.
GROUP_FIXED = {
    "kl_estimator": "k3",
    "kl_log_ratio_clamp": None,
    "kl_clamp": None,
    "cispo_weight_min": None,
    "adap_ent_ctrl": False,
    "rollout_is": "none",
    "rollout_rs": "none",
    "advantage_estimator": "grpo",
    "advantage_baseline": "own_group",
    "group_of_one": "zero",
    "scale_rewards_epsilon": 1e-4,
}


def name() -> str:
    return f"trl {importlib.metadata.version('trl')}"


def loss(algorithm: str, options: Object, batch: Batch) -> Tensor | Object | None:
    own = {"grpo": group_loss, "dpo": pair_loss, "kto": judgement_loss, "reward-model": reward_loss}.get(algorithm)
    return own(options, batch) if own else None


class Alone:
    """An accelerator with one process."""

    device, num_processes, sync_gradients = "cpu", 1, True

    def gather(self, x: Any) -> Any:
        return x

    gather_for_metrics = gather

    def reduce(self, x: Any, reduction: str = "sum") -> Any:
        return x

    def pad_across_processes(self, x: Any, **_: Any) -> Any:
        return x


def metrics_of(trainer: types.SimpleNamespace) -> dict[str, float]:
    return {name: values[-1] for name, values in trainer._metrics["train"].items() if values}


def trainer(**fields: Any) -> Any:
    """What a trainer's methods see of it as `self`."""
    metrics: dict[str, dict[str, list[float]]] = collections.defaultdict(lambda: collections.defaultdict(list))
    return types.SimpleNamespace(
        accelerator=Alone(),
        aux_loss_enabled=False,
        _metrics=metrics,
        model=torch.nn.Identity(),
        _total_train_tokens=0,
        _tp_size=1,
        precompute_ref_logps=False,
        **fields,
    )


def zero_padded(x: Tensor, lengths: Tensor) -> Tensor:
    """As TRL's forward passes leave it."""
    return torch.where(torch.arange(x.shape[1]) < lengths.unsqueeze(1), x, 0.0)


def group_loss(options: Object, batch: Batch) -> Object | None:
    from trl import GRPOTrainer

    if options["loss_type"] not in GROUP_LOSSES or any(options[k] != v for k, v in GROUP_FIXED.items()):
        return None
    if hasattr(batch, "sampling_logp") or (batch.logp.isnan() & (batch.mask == 0)).any():
        return None
    high = options["epsilon_high"]
    args = types.SimpleNamespace(
        delta=None if options["delta"] in NONE else options["delta"],
        use_bias_correction_kl=options["use_bias_correction_kl"],
        sapo_temperature_pos=options["sapo_temperature_pos"],
        sapo_temperature_neg=options["sapo_temperature_neg"],
        steps_per_generation=batch.step.parts,
    )
    self = trainer(
        args=args,
        loss_type=options["loss_type"],
        beta=options["beta"],
        epsilon_low=options["epsilon"],
        epsilon_high=options["epsilon"] if high in NONE else high,
        importance_sampling_level=options["importance_sampling_level"],
        off_policy_mask_threshold=None if options["off_policy_mask_threshold"] in NONE else options["off_policy_mask_threshold"],
        top_entropy_quantile=options["top_entropy_quantile"],
        max_completion_length=options["max_completion_length"],
        use_vllm=False,
        vllm_importance_sampling_correction=False,
        current_gradient_accumulation_steps=batch.step.parts,
        _entropy_bonus_enabled=options["entropy_coef"] != 0,
        use_adaptive_entropy=False,
        entropy_coef=options["entropy_coef"],
    )
    self.accelerator.num_processes = batch.step.ranks
    self.get_high_entropy_mask = lambda *own: GRPOTrainer.get_high_entropy_mask(self, *own)
    self.get_off_policy_mask = GRPOTrainer.get_off_policy_mask
    entropy = getattr(batch, "entropy", torch.zeros_like(batch.logp))
    self._get_per_token_logps_and_entropies = lambda *_, **__: (batch.logp, entropy, None)
    tokens = (torch.arange(batch.logp.shape[1]) < batch.lengths.unsqueeze(1)).double()
    if options["mask_truncated_completions"]:
        tokens = tokens * (~batch.truncated).double().unsqueeze(1)
    prompt = torch.zeros(len(batch), 1, dtype=torch.long)
    inputs = {
        "prompt_ids": prompt,
        "prompt_mask": prompt,
        "completion_ids": torch.zeros_like(tokens),
        "completion_mask": tokens,
        "tool_mask": batch.mask,
        "advantages": batch.given["advantage"],
        "old_per_token_logps": batch.old_logp,
        "ref_per_token_logps": getattr(batch, "ref_logp", None),
        "num_items_in_batch": torch.tensor(float(batch.step.tokens)),
    }
    own = GRPOTrainer._compute_loss(self, None, inputs)
    return {"loss": own, "metrics": metrics_of(self) if batch.step.parts == 1 else {}}


def pair_loss(options: Object, batch: Batch) -> Tensor | Object | None:
    import trl.trainer.dpo_trainer as module

    names = options["loss_type"].split(",")
    if names[0] == "simpo":
        return simpo_loss(options, batch)
    is_margin = options["reward_margin"] != 0 or not batch.margin.isnan().all()
    if not set(names) <= set(PAIR_LOSSES) or is_margin or ("ipo" in names and options["ipo_agg_mode"] != "mean"):
        return None
    if options["f_divergence_type"] == "alpha_divergence":
        # TRL's table of exponents has no double precision.
        return None
    width = max(batch.chosen_logp.shape[1], batch.rejected_logp.shape[1])

    def rows(field: str) -> Tensor:
        sides = [zero_padded(getattr(batch, f"{s}_{field}"), getattr(batch, s + "_lengths")) for s in ("chosen", "rejected")]
        return torch.cat([torch.nn.functional.pad(x, (0, width - x.shape[1])) for x in sides])

    mask = torch.cat([torch.arange(width) < getattr(batch, s + "_lengths").unsqueeze(1) for s in ("chosen", "rejected")]).long()
    zeros = torch.zeros(mask.shape)

    def outputs(log_probs: Tensor) -> types.SimpleNamespace:
        return types.SimpleNamespace(
            log_probs=log_probs, log_sum_sq_probs=rows("log_sum_sq_probs"), entropy=zeros, mean_logits=zeros, is_top1=zeros.bool()
        )

    weights = [float(x) for x in str(options["loss_weights"]).split(",")]
    smoothing = options["label_smoothing"]
    self = trainer(
        args=types.SimpleNamespace(
            discopop_tau=options["discopop_tau"], gradient_checkpointing_kwargs=None, gradient_checkpointing=False
        ),
        ref_model=lambda **_: outputs(rows("ref_logp")),
        loss_types=names,
        loss_weights=weights + weights[-1:] * (len(names) - len(weights)),
        ld_alpha=None if options["ld_alpha"] in NONE else options["ld_alpha"],
        beta=options["beta"],
        use_weighting=options["use_weighting"],
        label_smoothing=smoothing,
        f_divergence_type=options["f_divergence_type"],
        f_alpha_divergence_coef=options["f_alpha_divergence_coef"],
    )

    def model(**_: Any) -> types.SimpleNamespace:
        return outputs(rows("logp"))

    prompt = torch.zeros(len(mask), 1, dtype=torch.long)
    inputs = {
        "completion_mask": torch.cat([prompt, mask], 1),
        "input_ids": torch.zeros(len(mask), width + 1, dtype=torch.long),
        "attention_mask": torch.cat([prompt + 1, mask], 1),
    }
    module.disable_gradient_checkpointing = lambda *_: contextlib.nullcontext()
    own = module.DPOTrainer._compute_loss(self, model, inputs, False)
    # The trainer's base class divides by the number of accumulated parts.
    return {"loss": own / batch.step.parts, "metrics": metrics_of(self)}


def averages(batch: Batch, side: str) -> Tensor:
    x = zero_padded(getattr(batch, side + "_logp"), getattr(batch, side + "_lengths"))
    return x.sum(1) / getattr(batch, side + "_lengths")


def simpo_loss(options: Object, batch: Batch) -> Tensor:
    from trl.experimental.cpo import CPOTrainer

    self = trainer(
        alpha=0.0,
        loss_type="simpo",
        simpo_gamma=options["simpo_gamma"],
        beta=options["beta"],
        label_smoothing=options["label_smoothing"],
    )
    own = CPOTrainer.cpo_loss(self, averages(batch, "chosen"), averages(batch, "rejected"))[0]
    return own.mean() / batch.step.parts


def judgement_loss(options: Object, batch: Batch) -> Object | None:
    import trl.trainer.kto_trainer as module

    if options["loss_type"] == "kto" and not hasattr(batch, "kl_logp"):
        return None
    if batch.step.parts > 1 or batch.step.ranks > 1:
        # The reference point is a part's own.
        return None
    mask = (torch.arange(batch.logp.shape[1]) < batch.lengths.unsqueeze(1)).long()
    zeros = torch.zeros(mask.shape)

    def outputs(log_probs: Tensor) -> types.SimpleNamespace:
        return types.SimpleNamespace(log_probs=log_probs, entropy=zeros, mean_logits=zeros, is_top1=zeros.bool())

    def answers(field: str) -> Callable[..., types.SimpleNamespace]:
        return lambda **_: outputs(zero_padded(getattr(batch, field), batch.lengths))

    self = trainer(
        args=types.SimpleNamespace(gradient_checkpointing_kwargs=None, gradient_checkpointing=False),
        ref_model="ref",
        calculate_KL=options["loss_type"] == "kto",
        **{k: options[k] for k in ("loss_type", "beta", "desirable_weight", "undesirable_weight")},
    )
    self.ref_model = answers("ref_logp")

    def kl_logps(model: Any, _: Any) -> Tensor | None:
        if not self.calculate_KL:
            return None
        field = "kl_ref_logp" if model is self.ref_model else "kl_logp"
        return zero_padded(getattr(batch, field), batch.kl_mask.sum(1)).sum(1).detach()

    self._compute_kl_logps = kl_logps
    prompt = torch.zeros(len(mask), 1, dtype=torch.long)
    inputs = {
        "label": batch.desirable,
        "completion_mask": torch.cat([prompt, mask], 1),
        "attention_mask": torch.cat([prompt + 1, mask], 1),
        "input_ids": torch.zeros(len(mask), mask.shape[1] + 1, dtype=torch.long),
    }
    module.disable_gradient_checkpointing = lambda *_: contextlib.nullcontext()
    own = module.KTOTrainer._compute_loss(self, answers("logp"), inputs, False)
    return {"loss": own, "metrics": {k: v for k, v in metrics_of(self).items() if k != "kl" or self.calculate_KL}}


def reward_loss(options: Object, batch: Batch) -> Object:
    from trl import RewardTrainer

    scores = torch.cat([batch.chosen_score, batch.rejected_score]).unsqueeze(1)
    self = trainer(args=types.SimpleNamespace(center_rewards_coefficient=options["center_rewards_coefficient"]))
    margin = torch.where(batch.margin.isnan(), float(options["reward_margin"]), batch.margin)
    inputs = {"attention_mask": torch.ones(len(scores), 1), "margin": margin}
    own = RewardTrainer.compute_loss(self, lambda **_: types.SimpleNamespace(logits=scores), inputs)
    return {"loss": own / batch.step.parts, "metrics": metrics_of(self) if batch.step.parts == 1 else {}}
