"""A trainer's losses as trainers write them, on padded tensors, into which `bugs.py` puts bugs. It passes what it offers."""

import torch
import torch.nn.functional as F


def loss(algorithm, options, batch):
    own = {"grpo": grpo, "ppo": ppo, "dpo": dpo, "sft": sft}.get(algorithm)
    return own(options, batch) if own else None


def masked_mean(x, mask):
    x = torch.where(mask > 0, x, 0.0)
    return x.sum() / mask.sum().clamp(min=1.0)


def masked_whiten(values, mask, ddof):
    mean = masked_mean(values, mask)
    variance = ((values - mean) ** 2 * mask).sum() / (mask.sum() - ddof).clamp(min=1.0)
    return (values - mean) * torch.rsqrt(variance + 1e-8)


def advantages(options, batch, mask):
    rewards, group = batch.reward, batch.group
    if options["advantage_estimator"] == "reinforce_plus_plus":
        scores = torch.zeros_like(mask)
        last = (mask * torch.arange(1, mask.shape[1] + 1)).argmax(1)
        scores[torch.arange(len(rewards)), last] = rewards
        returns, running = torch.zeros_like(mask), torch.zeros(len(rewards), dtype=torch.float64)
        for t in reversed(range(mask.shape[1])):
            new = scores[:, t] + running
            returns[:, t] = new
            running = torch.where(mask[:, t] > 0, new, running)
        return masked_whiten(returns, mask, 1)
    means = torch.stack([rewards[group == g].mean() for g in group])
    stds = torch.stack([rewards[group == g].std() if (group == g).sum() > 1 else rewards.new_zeros(()) for g in group])
    return ((rewards - means) / (stds + options["scale_rewards_epsilon"])).unsqueeze(1)


def several_rewards(options, batch, mask):
    """GDPO: each function normalized in its group, summed, normalized over the responses."""
    total = torch.zeros(len(batch), dtype=torch.float64)
    weights = [float(x) for x in options["reward_weights"].split(",")]
    for k in range(batch.rewards.shape[1]):
        column = batch.rewards[:, k]
        for i, g in enumerate(batch.group):
            own = column[(batch.group == g) & ~column.isnan()]
            if not column[i].isnan():
                total[i] += weights[min(k, len(weights) - 1)] * (column[i] - own.mean()) / (own.std() + 1e-4)
    final = (total - total.mean()) / (total.std() + 1e-4)
    return final.unsqueeze(1)


OFFERED = {
    "kl_estimator": "k3",
    "kl_log_ratio_clamp": None,
    "kl_clamp": None,
    "delta": None,
    "cispo_weight_min": None,
    "importance_sampling_level": "token",
    "advantage_baseline": "own_group",
    "group_of_one": "zero",
    "adap_ent_ctrl": False,
    "entropy_coef": 0,
    "off_policy_mask_threshold": None,
    "rollout_is": "none",
    "rollout_rs": "none",
    "scale_rewards": "group",
    "use_bias_correction_kl": False,
    "vllm_importance_sampling_clip_min": None,
}


def grpo(options, batch):
    kind = options["loss_type"]
    if kind not in ("grpo", "dapo", "dr_grpo", "cispo", "sapo") or any(options[k] != v for k, v in OFFERED.items()):
        return None
    if (
        options["advantage_estimator"] not in ("grpo", "reinforce_plus_plus")
        or "groups" in batch.data
        or hasattr(batch, "sampling_logp")
        and (
            not options["vllm_importance_sampling_mode"].endswith("truncate")
            or kind != "dapo"
            or batch.sampling_logp.isnan().any()
        )
    ):
        return None
    completion_mask = (torch.arange(batch.mask.shape[1]) < batch.lengths.unsqueeze(1)).double()
    mask = batch.mask.clone()
    if options["mask_truncated_completions"]:
        mask = mask * (~batch.truncated).double().unsqueeze(1)
    is_part = batch.step.parts * batch.step.ranks > 1
    if is_part:
        a = batch.given["advantage"].unsqueeze(1)
    elif hasattr(batch, "rewards"):
        if options["multi_objective_aggregation"] != "normalize_then_sum":
            return None
        a = several_rewards(options, batch, mask)
    else:
        a = advantages(options, batch, mask)
    hidden = batch.logp.isnan() & (mask == 0)
    logp = torch.where(hidden, 0.0, batch.logp)
    old_logp = torch.where(hidden, 0.0, batch.old_logp)
    ratio = torch.exp(logp - old_logp)
    low = options["epsilon"]
    high = low if options["epsilon_high"] is None else options["epsilon_high"]
    clipped = torch.clamp(ratio, 1 - low, 1 + high)
    if kind == "cispo":
        losses = -torch.clamp(ratio, max=high).detach() * a * logp
    elif kind == "sapo":
        t = torch.where(a > 0, options["sapo_temperature_pos"], options["sapo_temperature_neg"]).double()
        losses = -torch.sigmoid(t * (ratio - 1)) * 4 / t * a
    else:
        losses = -torch.min(ratio * a, clipped * a)
    if options["top_entropy_quantile"] < 1:
        entropies = batch.entropy.detach()
        threshold = torch.quantile(entropies[mask > 0], 1 - options["top_entropy_quantile"])
        losses = losses * ((entropies >= threshold) & (mask > 0))
    if hasattr(batch, "sampling_logp"):
        losses = losses * sampler_weight(options, batch, mask)
    loss = aggregated(kind, options, batch, losses, mask, completion_mask)
    if options["beta"] != 0:
        d = torch.where(hidden, 0.0, batch.ref_logp) - logp
        kl = torch.exp(d) - d - 1
        loss = loss + options["beta"] * aggregated(kind, options, batch, kl, mask, completion_mask)
    answer = {"loss": loss}
    if not is_part:
        answer["advantage"] = a[torch.arange(len(batch)), mask.argmax(1)] if a.shape[1] > 1 else a.squeeze(1)
    return answer


def sampler_weight(options, batch, mask):
    d = (batch.old_logp - batch.sampling_logp) * mask
    if options["vllm_importance_sampling_mode"].startswith("sequence"):
        d = d.sum(1, keepdim=True)
    bound = options["vllm_importance_sampling_clip_max"]
    return torch.exp(d) if bound is None else torch.clamp(torch.exp(d), max=bound)


def aggregated(kind, options, batch, losses, mask, completion_mask):
    step = batch.step
    total = (losses * mask).sum()
    if kind in ("grpo", "sapo"):
        rows = (losses * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        return rows.sum() / step.sequences * step.ranks
    if kind == "dr_grpo":
        return total / (step.sequences * options["max_completion_length"]) * step.ranks
    normalizer = max(1, step.tokens) / step.ranks
    return total / normalizer


def ppo(options, batch):
    offered = {
        "score_position": "last_token",
        "kl_log_ratio_clamp": None,
        "kl_clamp": None,
        "whiten_rewards": False,
        "missing_eos_penalty": None,
        "reward_clip_range": None,
        "adap_ent_ctrl": False,
        "log_ratio_clamp": None,
        "rollout_is": "none",
        "entropy_coef": 0,
        "use_kl_loss": False,
    }
    modes = ("token-mean", "seq-mean-token-sum-norm", "seq-mean-token-mean")
    if (
        any(options[k] != v for k, v in offered.items())
        or options["loss_agg_mode"] not in modes
        or options["vf_loss_agg_mode"] != "token-mean"
    ):
        return None
    if batch.step.parts * batch.step.ranks > 1:
        return None
    mask = batch.mask
    d = batch.old_logp - batch.ref_logp
    kl = {"k1": d, "k2": d**2 / 2, "k3": torch.exp(-d) - 1 + d}[options["kl_estimator"]]
    rewards = -options["kl_coef"] * kl * mask
    rewards[torch.arange(len(batch)), batch.lengths - 1] += batch.score
    values = batch.old_value * mask
    running, steps = 0.0, []
    for t in reversed(range(rewards.shape[1])):
        following = values[:, t + 1] if t + 1 < rewards.shape[1] else 0.0
        running = (
            rewards[:, t] + options["gamma"] * following - values[:, t] + options["gamma"] * options["lam"] * running
        ) * mask[:, t]
        steps.insert(0, running)
    advantage = torch.stack(steps, 1)
    returns = advantage + values
    if options["whiten_advantages"]:
        advantage = masked_whiten(advantage, mask, options["whiten_ddof"])
    ratio = torch.exp(batch.logp - batch.old_logp)
    high = options["cliprange"] if options["cliprange_high"] is None else options["cliprange_high"]
    surrogate = torch.min(ratio * advantage, torch.clamp(ratio, 1 - options["cliprange"], 1 + high) * advantage)
    if options["clip_ratio_c"] is not None:
        floor = torch.max(surrogate, options["clip_ratio_c"] * advantage)
        surrogate = torch.where(advantage < 0, floor, surrogate)
    mode = options["loss_agg_mode"]
    if mode == "token-mean":
        policy_loss = -masked_mean(surrogate, mask)
    elif mode == "seq-mean-token-mean":
        policy_loss = -((surrogate * mask).sum(1) / mask.sum(1)).mean()
    else:
        horizon = options["loss_scale_factor"] or mask.shape[1]
        policy_loss = -(surrogate * mask).sum(1).mean() / horizon
    bound = options["cliprange_value"]
    clipped = batch.value if bound is None else torch.clamp(batch.value, batch.old_value - bound, batch.old_value + bound)
    value_loss = 0.5 * masked_mean(torch.max((batch.value - returns) ** 2, (clipped - returns) ** 2), mask)
    metrics = {
        "objective/kl": (kl * mask).sum(1).mean().item(),
        "objective/entropy": (-batch.old_logp * mask).sum(1).mean().item(),
    }
    return {
        "loss": policy_loss + options["vf_coef"] * value_loss,
        "kl": kl,
        "return": returns,
        "advantage": advantage,
        "metrics": metrics,
    }


def dpo(options, batch):
    names = options["loss_type"].split(",")
    offered = {
        "label_smoothing": 0,
        "ld_alpha": None,
        "use_weighting": False,
        "reward_margin": 0,
        "f_alpha_divergence_coef": 0.5,
        "ipo_agg_mode": "mean",
    }
    if not set(names) <= {"sigmoid", "ipo", "sft", "apo_down", "apo_zero", "hinge"} or any(
        options[k] != v for k, v in offered.items()
    ):
        return None
    if (
        not batch.margin.isnan().all()
        or options["f_divergence_type"] == "alpha_divergence"
        or batch.step.parts * batch.step.ranks > 1
    ):
        return None
    beta = options["beta"]
    chosen_logps = (batch.chosen_logp * batch.chosen_mask).sum(1)
    rejected_logps = (batch.rejected_logp * batch.rejected_mask).sum(1)
    chosen_logratios = chosen_logps - (batch.chosen_ref_logp * batch.chosen_mask).sum(1)
    rejected_logratios = rejected_logps - (batch.rejected_ref_logp * batch.rejected_mask).sum(1)
    divergence = {
        "reverse_kl": lambda x: x,
        "forward_kl": lambda x: 1 - torch.exp(-x),
        "js_divergence": lambda x: F.logsigmoid(x) + 0.6931471805599453,
    }[options["f_divergence_type"]]
    chosen_scores, rejected_scores = divergence(chosen_logratios), divergence(rejected_logratios)
    delta_score = chosen_scores - rejected_scores
    nll = -masked_mean(batch.chosen_logp, batch.chosen_mask)
    weights = [float(x) for x in options["loss_weights"].split(",")]
    total = 0.0
    for n, name in enumerate(names):
        if name == "sigmoid":
            losses = -F.logsigmoid(beta * delta_score)
        elif name == "hinge":
            losses = torch.relu(1 - beta * delta_score)
        elif name == "ipo":
            average = chosen_scores / batch.chosen_lengths - rejected_scores / batch.rejected_lengths
            losses = (average - 1 / (2 * beta)) ** 2
        elif name == "apo_zero":
            losses = 1 - torch.sigmoid(beta * chosen_logratios) + torch.sigmoid(beta * rejected_logratios)
        elif name == "apo_down":
            losses = torch.sigmoid(beta * chosen_logratios) + 1 - torch.sigmoid(beta * (chosen_logratios - rejected_logratios))
        else:
            losses = nll
        total = total + weights[min(n, len(weights) - 1)] * losses.mean()
    return total


def sft(options, batch):
    return -(batch.logp * batch.mask).sum() / batch.step.tokens * batch.step.ranks
