"""OpenRLHF's losses: `openrlhf/models/loss.py` and `utils.py`, read without the rest of it, which needs DeepSpeed and Ray."""

import functools
import importlib.metadata
import importlib.util
import pathlib
import sys
import types
from typing import Any

import torch
from torch import Tensor

from gradus_vectors.batch import Batch
from gradus_vectors.files import Object

NONE = (None, "none")


def name() -> str:
    return f"openrlhf {importlib.metadata.version('openrlhf')}"


def loss(algorithm: str, options: Object, batch: Batch) -> Tensor | Object | None:
    own = {"ppo": proximal_loss, "grpo": group_loss, "dpo": pair_loss, "reward-model": reward_loss, "sft": supervised_loss}.get(
        algorithm
    )
    return own(options, batch) if own else None


@functools.cache
def module(part: str) -> Any:
    """`models/PART.py` of the installed package, whose other modules are not run."""
    place = importlib.util.find_spec("openrlhf")
    if place is None or place.submodule_search_locations is None:
        raise ImportError("openrlhf is not installed")
    folder = pathlib.Path(place.submodule_search_locations[0]) / "models"
    package = "gradus_vectors_openrlhf"
    if package not in sys.modules:
        holder = types.ModuleType(package)
        holder.__path__ = [str(folder)]
        sys.modules[package] = holder
    if "deepspeed" not in sys.modules and importlib.util.find_spec("deepspeed") is None:
        sys.modules["deepspeed"] = types.ModuleType("deepspeed")
    return importlib.import_module(f"{package}.{part}")


def step_info(batch: Batch) -> dict[str, int]:
    """What it divides by: with DeepSpeed's division by the parts taken into account, and the average over ranks."""
    step = batch.step
    return {"dp_size": step.ranks, "batch_num_tokens": step.tokens, "global_batch_size": step.sequences}


def policy_loss(
    batch: Batch, low: float, high: float, dual: float | None, by_token: bool, kind: str = "ppo"
) -> Tensor:
    own = module("loss").PolicyLoss(
        clip_eps_low=low, clip_eps_high=high, dual_clip=dual, token_level_loss=by_token, policy_loss_type=kind
    )
    advantage = batch.given["advantage"]
    if advantage.dim() == 1:
        advantage = advantage.unsqueeze(1).expand_as(batch.logp)
    return own(batch.logp, batch.old_logp, advantage, action_mask=batch.mask, **step_info(batch))[0]


def proximal_loss(options: Object, batch: Batch) -> Object | None:
    modes = {"token-mean": True, "seq-mean-token-mean": False}
    mode, value_mode = options["loss_agg_mode"], options["vf_loss_agg_mode"]
    if mode not in modes or value_mode not in modes or options["rollout_is"] != "none" or options["adap_ent_ctrl"]:
        return None
    if options["score_position"] != "last_token":
        return None
    far = ((batch.logp - batch.old_logp).abs() > 20).any()
    if options["log_ratio_clamp"] not in (None, 20) or (options["log_ratio_clamp"] is None and far):
        return None
    low = options["cliprange"]
    high = low if options["cliprange_high"] in NONE else options["cliprange_high"]
    dual = None if options["clip_ratio_c"] in NONE else options["clip_ratio_c"]
    own = policy_loss(batch, low, high, dual, modes[mode])
    bound = None if options["cliprange_value"] in NONE else options["cliprange_value"]
    critic = module("loss").ValueLoss(clip_eps=bound, token_level_loss=modes[value_mode])
    own = own + options["vf_coef"] * critic(
        batch.value, batch.old_value, batch.given["return"], action_mask=batch.mask, **step_info(batch)
    )
    aggregate = functools.partial(
        module("loss").aggregate_loss, loss_mask=batch.mask, token_level_loss=modes[mode], **step_info(batch)
    )
    if options["entropy_coef"] != 0:
        own = own - options["entropy_coef"] * aggregate(batch.entropy)
    answer = {}
    if options["use_kl_loss"]:
        estimate = divergence(options, batch.logp, batch.ref_logp)
        if estimate is None:
            return None
        own = own + options["kl_coef"] * aggregate(estimate)
    elif batch.step.parts == batch.step.ranks == 1:
        estimate = divergence(options, batch.old_logp, batch.ref_logp)
        if estimate is not None:
            answer["kl"] = estimate
    return answer | {"loss": own}


def divergence(options: Object, logp: Tensor, ref: Tensor) -> Tensor | None:
    """Its estimate; None where its bound of 10 is another one than the options'."""
    kind, d = options["kl_estimator"], (logp - ref).detach()
    if kind == "k3+" or options["kl_log_ratio_clamp"] is not None or options["kl_clamp"] is not None:
        return None
    plain = {"k1": d, "k2": d**2 / 2, "k3": torch.exp(-d) - 1 + d}[kind]
    if not (plain.abs() < 10).all():
        return None
    return module("utils").compute_approx_kl(logp, ref, kl_estimator=kind)


def group_loss(options: Object, batch: Batch) -> Tensor | None:
    kind = options["loss_type"]
    level = options["importance_sampling_level"]
    fixed = {
        "delta": None,
        "top_entropy_quantile": 1,
        "entropy_coef": 0,
        "adap_ent_ctrl": False,
        "off_policy_mask_threshold": None,
    }
    if kind not in ("grpo", "dapo") or any(options[k] != v for k, v in fixed.items()) or hasattr(batch, "sampling_logp"):
        return None
    if options["use_bias_correction_kl"] or options["mask_truncated_completions"] or (level == "sequence" and kind != "grpo"):
        return None
    if level == "token" and ((batch.logp - batch.old_logp).abs() > 20).any():
        return None
    if (batch.mask.sum(1) == 0).any() and kind == "grpo" and batch.step.parts == 1:
        # A response of which no token counts is not counted by OpenRLHF; the vectors count it.
        return None
    low = options["epsilon"]
    high = low if options["epsilon_high"] in NONE else options["epsilon_high"]
    own = policy_loss(batch, low, high, None, kind == "dapo", "gspo" if level == "sequence" else "ppo")
    if options["beta"] != 0:
        estimate = divergence(options, batch.logp, batch.ref_logp)
        if estimate is None:
            return None
        own = own + options["beta"] * module("loss").aggregate_loss(
            estimate, batch.mask, token_level_loss=kind == "dapo", **step_info(batch)
        )
    return own


def pair_loss(options: Object, batch: Batch) -> Tensor | None:
    kind = options["loss_type"]
    fixed = {"f_divergence_type": "reverse_kl", "ld_alpha": None, "use_weighting": False, "reward_margin": 0, "loss_weights": "1"}
    if kind not in ("sigmoid", "cdpo", "ipo") or any(options[k] != v for k, v in fixed.items()) or not batch.margin.isnan().all():
        return None
    if kind == "ipo" and options["ipo_agg_mode"] != "sum":
        return None

    def sums(side: str, which: str = "") -> Tensor:
        return (getattr(batch, f"{side}_{which}logp") * getattr(batch, side + "_mask")).sum(1)

    smoothing = options["label_smoothing"] if kind == "cdpo" else 0.0
    own = module("loss").DPOLoss(options["beta"], label_smoothing=smoothing, ipo=kind == "ipo")
    return own(sums("chosen"), sums("rejected"), sums("chosen", "ref_"), sums("rejected", "ref_"))[0] / batch.step.parts


def reward_loss(options: Object, batch: Batch) -> Tensor | None:
    if options["center_rewards_coefficient"] != 0:
        return None
    margin = torch.where(batch.margin.isnan(), float(options["reward_margin"]), batch.margin)
    return module("loss").PairWiseLoss()(batch.chosen_score, batch.rejected_score, margin) / batch.step.parts


def supervised_loss(options: Object, batch: Batch) -> Tensor:
    return module("loss").SFTLoss(token_level_loss=True)(batch.logp, batch.mask, **step_info(batch))
