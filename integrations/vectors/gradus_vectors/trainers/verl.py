"""verl's advantages and losses: `verl.trainer.ppo.core_algos`, as its trainers call them."""

import importlib.metadata
import types
from typing import Any

import torch
from torch import Tensor

from gradus_vectors.batch import Batch
from gradus_vectors.files import Object

NONE = (None, "none")
# verl's estimators and loss modes for ours.
ESTIMATORS = {
    "grpo": "grpo",
    "rloo": "rloo",
    "reinforce_plus_plus": "reinforce_plus_plus",
    "reinforce_plus_plus_baseline": "reinforce_plus_plus_baseline",
    "opo": "opo",
    "gpg": "gpg",
}
MODES = {
    "grpo": "vanilla",
    "dapo": "vanilla",
    "dr_grpo": "vanilla",
    "luspo": "vanilla",
    "cispo": "cispo",
    "gmpo": "geo_mean",
    "gpg": "gpg",
    "dppo_tv": "dppo_tv",
    "dppo_kl": "dppo_kl",
    "sapo": "sapo",
    "kl_cov": "kl_cov",
}
AGGREGATIONS = {
    "grpo": "seq-mean-token-mean",
    "sapo": "seq-mean-token-mean",
    "dr_grpo": "seq-mean-token-sum-norm",
    "luspo": "seq-mean-token-sum",
}
FIXED = {
    "delta": None,
    "importance_sampling_level": "token",
    "advantage_baseline": "own_group",
    "top_entropy_quantile": 1,
    "entropy_coef": 0,
    "adap_ent_ctrl": False,
    "off_policy_mask_threshold": None,
    "use_bias_correction_kl": False,
    "rollout_is": "none",
    "rollout_rs": "none",
    "mask_truncated_completions": False,
}


def name() -> str:
    return f"verl {importlib.metadata.version('verl')}"


def loss(algorithm: str, options: Object, batch: Batch) -> Object | None:
    own = {"grpo": group_loss, "ppo": proximal_loss, "remax": remax_loss}.get(algorithm)
    return own(options, batch) if own else None


def algorithms() -> Any:
    import verl.trainer.ppo.core_algos as algorithms

    return algorithms


def actor(
    low: float, high: float, batch: Batch, mode: str, scale: float | None = None, c: float | None = None, **more: Any
) -> Any:
    """The actor's configuration, which brings the numbers of the whole step."""
    from verl.workers.config import ActorConfig

    own = ActorConfig(
        strategy="fsdp",
        rollout_n=1,
        ppo_mini_batch_size=1,
        ppo_micro_batch_size_per_gpu=1,
        clip_ratio=low,
        clip_ratio_low=low,
        clip_ratio_high=high,
        clip_ratio_c=1e30 if c is None else c,
        loss_agg_mode=mode,
        **more,
    )
    object.__setattr__(own, "global_batch_info", step_info(batch, scale))
    return own


def step_info(batch: Batch, scale: float | None = None) -> Object:
    step = batch.step
    return {
        "dp_size": step.ranks,
        "batch_num_tokens": torch.tensor(float(step.tokens)),
        "global_batch_size": step.sequences,
        "loss_scale_factor": scale,
    }


def outcome_advantages(options: Object, batch: Batch) -> Tensor | None:
    """[responses, tokens], or None where verl has no such estimator."""
    core, estimator = algorithms(), ESTIMATORS.get(options["advantage_estimator"])
    plain = options["scale_rewards"] in ("group", "none") and options["group_of_one"] == "reward"
    if estimator is None or (estimator == "grpo" and not plain) or not hasattr(batch, "reward"):
        return None
    rewards = torch.zeros_like(batch.mask)
    last = (batch.mask * torch.arange(1, batch.mask.shape[1] + 1)).argmax(1)
    if (batch.mask.sum(1) == 0).any():
        return None
    rewards[torch.arange(len(batch)), last] = batch.reward
    more = {}
    if estimator == "grpo":
        more = {"epsilon": options["scale_rewards_epsilon"], "norm_adv_by_std_in_grpo": options["scale_rewards"] == "group"}
    index = [str(g) for g in batch.group.tolist()]
    function = core.get_adv_estimator_fn(estimator)
    config = types.SimpleNamespace(gamma=1.0)
    if estimator != "reinforce_plus_plus":
        import numpy

        more["index"] = numpy.array(index)
    return function(token_level_rewards=rewards, response_mask=batch.mask, config=config, **more)[0]


def group_loss(options: Object, batch: Batch) -> Object | None:
    core, kind = algorithms(), options["loss_type"]
    if any(options[k] != v for k, v in FIXED.items()) or hasattr(batch, "sampling_logp"):
        return None
    answer, is_whole = {}, batch.step.parts == batch.step.ranks == 1
    wide = batch.given["advantage"].unsqueeze(1).expand_as(batch.logp)
    if is_whole and not hasattr(batch, "rewards") and "groups" not in batch.data:
        own = outcome_advantages(options, batch)
        if own is not None:
            # As one number for each response: of its first token that counts.
            first = batch.mask.argmax(1)
            answer["advantage"] = own[torch.arange(len(batch)), first]
            wide = own
    if kind not in MODES or (kind == "cispo" and options["cispo_weight_min"] in NONE):
        return answer or None
    if options["beta"] != 0 and kind not in AGGREGATIONS and kind != "dapo":
        return answer or None
    if kind not in ("gmpo", "gpg", "kl_cov") and ((batch.logp - batch.old_logp).abs() > 20).any():
        # verl holds log-ratios within 20.
        return answer or None
    low = options["epsilon"]
    high = low if options["epsilon_high"] in NONE else options["epsilon_high"]
    mode, scale, more, c = AGGREGATIONS.get(kind, "token-mean"), None, {}, None
    if kind == "dr_grpo":
        scale = options["max_completion_length"]
    elif kind == "cispo":
        low, high = 1 - options["cispo_weight_min"], options["epsilon_high"] - 1
    elif kind == "sapo":
        more = {"tau_pos": options["sapo_temperature_pos"], "tau_neg": options["sapo_temperature_neg"]}
    if kind in ("gmpo",) and not is_whole:
        return None
    if kind == "kl_cov":
        from verl.workers.config import PolicyLossConfig

        more = {"policy_loss": PolicyLossConfig(kl_cov_ratio=options["kl_cov_ratio"], ppo_kl_coef=options["ppo_kl_coef"])}
    config = actor(low, high, batch, mode, scale, c, **more)
    function = core.get_policy_loss_fn(MODES[kind])
    own = function(
        old_log_prob=batch.old_logp,
        log_prob=batch.logp,
        advantages=wide,
        response_mask=batch.mask,
        loss_agg_mode=mode,
        config=config,
        rollout_is_weights=None,
    )[0]
    if options["beta"] != 0:
        estimate = penalty(options, batch.logp, batch.ref_logp)
        if estimate is None:
            return answer or None
        own = own + options["beta"] * core.agg_loss(estimate, batch.mask, mode, **step_info(batch, scale))
    return answer | {"loss": own}


def penalty(options: Object, logp: Tensor, ref: Tensor) -> Tensor | None:
    """verl's estimate; None where its bounds are other ones than the options'."""
    kind = options["kl_estimator"]
    d, bounds = (logp - ref).detach(), (options["kl_log_ratio_clamp"], options["kl_clamp"])
    if kind in ("k3", "k3+"):
        k3 = torch.exp(-d) - 1 + d
        # k3 is held within 20 before and 10 after: the same where nothing is so far.
        if bounds != (None, None) or not (d.abs() < 20).all() or not (k3 < 10).all():
            return None
    elif bounds != (None, None):
        return None
    return algorithms().kl_penalty(logp, ref, kind)


def proximal_loss(options: Object, batch: Batch) -> Object | None:
    core = algorithms()
    fixed = {
        "score_position": "last_token",
        "whiten_rewards": False,
        "whiten_ddof": 1,
        "whiten_advantages": True,
        "adap_ent_ctrl": False,
        "missing_eos_penalty": None,
    }
    if any(options[k] != v for k, v in fixed.items()) or options["reward_clip_range"] not in NONE:
        return None
    if options["rollout_is"] != "none" or options["loss_agg_mode"] == "token-sum":
        return None
    mode, mask, answer = options["loss_agg_mode"], batch.mask, {}
    if (
        options["log_ratio_clamp"] != 20
        and ((batch.logp - batch.old_logp).abs() > 20).any()
        or options["log_ratio_clamp"] not in (None, 20)
    ):
        return None
    is_whole = batch.step.parts == batch.step.ranks == 1
    if is_whole:
        kl = penalty(options, batch.old_logp, batch.ref_logp)
        if kl is None:
            return None
        scores = torch.zeros_like(mask)
        scores[torch.arange(len(batch)), batch.lengths - 1] = batch.score
        rewards = scores - (0 if options["use_kl_loss"] else options["kl_coef"]) * kl * mask
        advantage, returns = core.compute_gae_advantage_return(rewards, batch.old_value, mask, options["gamma"], options["lam"])
        answer = {"kl": kl, "reward": rewards, "return": returns, "advantage": advantage}
    else:
        advantage, returns = batch.given["advantage"], batch.given["return"]
    low = options["cliprange"]
    high = low if options["cliprange_high"] in NONE else options["cliprange_high"]
    c = None if options["clip_ratio_c"] in NONE else options["clip_ratio_c"]
    scale = None if options["loss_scale_factor"] in NONE else options["loss_scale_factor"]
    if scale is None and not is_whole and "seq-mean-token-sum-norm" in (mode, options["vf_loss_agg_mode"]):
        return None
    config = actor(low, high, batch, mode, scale, c)
    own = core.get_policy_loss_fn("vanilla")(
        old_log_prob=batch.old_logp,
        log_prob=batch.logp,
        advantages=advantage,
        response_mask=mask,
        loss_agg_mode=mode,
        config=config,
        rollout_is_weights=None,
    )[0]
    bound = 1e30 if options["cliprange_value"] in NONE else options["cliprange_value"]
    value = core.compute_value_loss(
        vpreds=batch.value,
        returns=returns,
        values=batch.old_value,
        response_mask=mask,
        cliprange_value=bound,
        loss_agg_mode=options["vf_loss_agg_mode"],
        **step_info(batch, scale),
    )[0]
    own = own + options["vf_coef"] * value
    if options["entropy_coef"] != 0:
        own = own - options["entropy_coef"] * core.agg_loss(batch.entropy, mask, mode, **step_info(batch, scale))
    if options["use_kl_loss"]:
        estimate = penalty(options, batch.logp, batch.ref_logp)
        if estimate is None:
            return None
        own = own + options["kl_coef"] * core.agg_loss(estimate, mask, mode, **step_info(batch, scale))
    return answer | {"loss": own}


def remax_loss(options: Object, batch: Batch) -> Object | None:
    """Its advantages; the loss is the trainers' own."""
    if options["reward_clip_range"] not in NONE or options["missing_eos_penalty"] is not None or options["gamma"] != 1:
        return None
    if batch.step.parts * batch.step.ranks > 1:
        return None
    kl = penalty(options, batch.old_logp, batch.ref_logp)
    if kl is None:
        return None
    rewards = torch.zeros_like(batch.mask)
    rewards[torch.arange(len(batch)), batch.lengths - 1] = batch.score
    rewards = rewards - options["kl_coef"] * kl * batch.mask
    advantage, returns = algorithms().compute_remax_outcome_advantage(rewards, batch.baseline_reward, batch.mask)
    return {"advantage": advantage, "return": returns}
