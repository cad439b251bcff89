"""Makes the oracles `ppo-sampler-*` of Tests/SimulationTests/Oracles: PPO on responses that another engine sampled, weighed and
rejected.

Written in torch from verl's `compute_policy_loss_vanilla` (`rollout_is_weights` times the objective) and
`rollout_corr_helper.py`, with autograd for the gradients. Run it in the environment of the interop tests:
`python Tests/Interop/ppo_oracles.py`.
"""

import json
import math
import pathlib
import random

import torch

torch.set_default_dtype(torch.float64)
FOLDER = pathlib.Path(__file__).parent.parent / "SimulationTests" / "Oracles"


def sequences(seed):
    draw = random.Random(seed)
    items = []
    for length in (3, 5, 1, 4):
        old = [round(-draw.uniform(0.05, 2.5), 6) for _ in range(length)]

        def near(spread):
            return [round(min(-0.001, x + draw.gauss(0, spread)), 6) for x in old]

        values = [round(draw.gauss(0, 1), 6) for _ in old]
        items.append({
            "prompt": "p", "tokens": ["t"] * length, "logp": near(0.3), "old_logp": old, "ref_logp": near(0.3),
            "sampling_logp": near(0.5), "value": [round(v + draw.gauss(0, 0.3), 6) for v in values], "old_value": values,
            "score": round(draw.gauss(0, 1), 6),
        })  # fmt: skip
    return items


def weights(items, config):
    """One list for each response."""
    every = []
    for item in items:
        log_ratio = torch.tensor(item["old_logp"]) - torch.tensor(item["sampling_logp"])
        if config.get("rollout_is", "none") == "none":
            every.append(torch.ones_like(log_ratio))
            continue
        if config["rollout_is"] == "sequence":
            log_ratio = log_ratio.sum().expand_as(log_ratio)
        every.append(log_ratio.clamp(-20, 20).exp().clamp(max=config["rollout_is_threshold"]))
    return every


def verl_mask(log_ratio, mode, lowest, highest):
    """As verl's `compute_rollout_rejection_mask` has it for one response."""
    level, measure = mode.rsplit("_", 1)
    log_ratio = log_ratio.clamp(-20, 20)
    per_token = {"k1": -log_ratio, "k2": 0.5 * log_ratio**2, "k3": log_ratio.exp() - 1 - log_ratio}[measure]
    stat = {
        "token": lambda x: x, "seq_sum": lambda x: x.sum(), "seq_mean": lambda x: x.mean(), "seq_max": lambda x: x.max(),
    }[level](per_token).expand_as(log_ratio)  # fmt: skip
    return (stat >= math.log(lowest)) & (stat <= math.log(highest)) if measure == "k1" else stat <= highest


def masks(items, config):
    """Which tokens `rollout_rs` keeps, a list for each response."""
    kept = []
    for item in items:
        log_ratio = torch.tensor(item["old_logp"]) - torch.tensor(item["sampling_logp"])
        mode, highest = config.get("rollout_rs", "none"), config.get("rollout_rs_threshold", 2.0)
        lowest = config.get("rollout_rs_threshold_lower", 1 / highest)
        if "_k" in mode:
            kept.append(verl_mask(log_ratio, mode, lowest, highest))
            continue
        if mode in ("sequence", "geometric"):
            log_ratio = (log_ratio.sum() if mode == "sequence" else log_ratio.mean()).expand_as(log_ratio)
        ratio = log_ratio.clamp(-20, 20).exp()
        kept.append((ratio >= lowest) & (ratio <= highest) if mode != "none" else torch.ones_like(ratio, dtype=torch.bool))
    return kept


def loss_of(items, config, logps, values):
    gamma, lam, beta = config["gamma"], config["lam"], config["kl_coef"]
    advantages, returns, kept = [], [], masks(items, config)
    for item, mask in zip(items, kept):
        old, reference = torch.tensor(item["old_logp"]), torch.tensor(item["ref_logp"])
        rewards = -beta * (old - reference)
        rewards[-1] += item["score"]
        old_values = item["old_value"]
        # As verl's compute_gae_advantage_return: what is masked hands on what comes after it.
        last, following, own = torch.tensor(0.0), 0.0, []
        for t in reversed(range(len(old_values))):
            if mask[t]:
                last = rewards[t] + gamma * following - old_values[t] + gamma * lam * last
                following = old_values[t]
            own.insert(0, last)
        own = torch.stack(own)
        advantages.append(own)
        returns.append(own + torch.tensor(old_values))
    flat = torch.cat(advantages)[torch.cat(kept)]
    whitened = [(a - flat.mean()) / torch.sqrt(flat.var() + 1e-8) for a in advantages]
    objectives, errors = [], []
    for item, logp, value, advantage, gain, weight in zip(items, logps, values, whitened, returns, weights(items, config)):
        ratio = (logp - torch.tensor(item["old_logp"])).exp()
        objective = torch.minimum(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage)
        objectives.append(objective * weight)
        old = torch.tensor(item["old_value"])
        clipped = torch.minimum(torch.maximum(value, old - 0.2), old + 0.2)
        errors.append(torch.maximum((value - gain) ** 2, (clipped - gain) ** 2))
    kept = torch.cat(kept)
    return -torch.cat(objectives)[kept].mean() + 0.1 * torch.cat(errors)[kept].mean() / 2


CASES = {
    "token": {"rollout_is": "token", "rollout_is_threshold": 1.3},
    "sequence": {"rollout_is": "sequence", "rollout_is_threshold": 2.0},
    "rejected-token": {"rollout_rs": "token", "rollout_rs_threshold": 1.7},
    "rejected-sequence": {"rollout_rs": "sequence", "rollout_rs_threshold": 1.5, "rollout_is": "token", "rollout_is_threshold": 1.3},
    "rejected-geometric": {"rollout_rs": "geometric", "rollout_rs_threshold": 1.45, "rollout_rs_threshold_lower": 0.6},
    "rejected-token-k1": {"rollout_rs": "token_k1", "rollout_rs_threshold": 1.3, "rollout_rs_threshold_lower": 0.6},
    "rejected-token-k2": {"rollout_rs": "token_k2", "rollout_rs_threshold": 0.15},
    "rejected-token-k3": {"rollout_rs": "token_k3", "rollout_rs_threshold": 0.05},
    "rejected-sum-k1": {"rollout_rs": "seq_sum_k1", "rollout_rs_threshold": 1.3, "rollout_rs_threshold_lower": 0.6},
    "rejected-sum-k2": {"rollout_rs": "seq_sum_k2", "rollout_rs_threshold": 0.2},
    "rejected-sum-k3": {"rollout_rs": "seq_sum_k3", "rollout_rs_threshold": 0.2},
    "rejected-mean-k1": {"rollout_rs": "seq_mean_k1", "rollout_rs_threshold": 1.02, "rollout_rs_threshold_lower": 0.6},
    "rejected-mean-k2": {"rollout_rs": "seq_mean_k2", "rollout_rs_threshold": 0.05},
    "rejected-mean-k3": {"rollout_rs": "seq_mean_k3", "rollout_rs_threshold": 0.05, "rollout_is": "token", "rollout_is_threshold": 1.3},
    "rejected-max-k2": {"rollout_rs": "seq_max_k2", "rollout_rs_threshold": 0.4},
    "rejected-max-k3": {"rollout_rs": "seq_max_k3", "rollout_rs_threshold": 0.3},
}


def main():
    for seed, (name, own) in enumerate(CASES.items()):
        config = {"kl_coef": 0.1, "gamma": 0.95, "lam": 0.9} | own
        items = sequences(seed)
        logps = [torch.tensor(i["logp"], requires_grad=True) for i in items]
        values = [torch.tensor(i["value"], requires_grad=True) for i in items]
        counts = [int(mask.sum()) for mask in masks(items, config)]
        # A case must have tokens of both kinds.
        assert 0 < sum(counts) and ("rollout_rs" not in own) == (sum(counts) == sum(len(i["tokens"]) for i in items))
        loss = loss_of(items, config, logps, values)
        loss.backward()
        differences = torch.cat(
            [(torch.tensor(i["old_logp"]) - torch.tensor(i["sampling_logp"])).abs() for i in items])
        expected = {
            "loss": loss.item(), "metric(sampling/sampling_logp_difference/mean)": differences.mean().item(),
            "metric(sampling/sampling_logp_difference/max)": differences.max().item(),
        }  # fmt: skip
        for i, (logp, value) in enumerate(zip(logps, values)):
            for t in range(len(logp)):
                expected[f"grad(logp[{i},{t}])"] = logp.grad[t].item()
                expected[f"grad(value[{i},{t}])"] = value.grad[t].item()
        batch = {"format": "gradus.batch/1", "algorithm": "ppo", "title": name, "config": config, "sequences": items}
        (FOLDER / f"ppo-sampler-{name}.batch.json").write_text(json.dumps(batch, indent=1) + "\n")
        (FOLDER / f"ppo-sampler-{name}.expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
