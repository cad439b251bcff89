"""Makes the oracles `other-*` of Tests/SimulationTests/Oracles: losses and estimators that TRL's GRPOTrainer has not.

Written in torch from the papers and from verl's `core_algos.py`, with autograd for the gradients, beside and not after the
Swift code. Run it in the environment of the interop tests: `python Tests/Interop/group_oracles.py`.
"""

import json
import math
import pathlib
import random

import torch

torch.set_default_dtype(torch.float64)
FOLDER = pathlib.Path(__file__).parent.parent / "SimulationTests" / "Oracles"


def responses(seed, spread=0.35):
    draw = random.Random(seed)
    lengths = [3, 5, 2, 4, 4, 1, 6, 3]
    items = []
    for n, length in enumerate(lengths):
        old = [round(-draw.uniform(0.05, 2.5), 6) for _ in range(length)]
        logp = [round(min(-0.01, x + draw.gauss(0, spread)), 6) for x in old]
        items.append(
            {
                "prompt": "p", "group": f"g{n // 4}", "tokens": ["t"] * length, "logp": logp, "old_logp": old,
                "reward": round(draw.choice([0.0, 1.0, 0.5, 2.0]), 6),
            }
        )
    return items


def masked(items, key):
    width = max(len(i["tokens"]) for i in items)
    rows = [i[key] + [0.0] * (width - len(i[key])) for i in items]
    mask = [[1.0] * len(i["tokens"]) + [0.0] * (width - len(i["tokens"])) for i in items]
    return torch.tensor(rows), torch.tensor(mask)


def advantages(items, config):
    rewards = torch.tensor([i["reward"] for i in items])
    lengths = torch.tensor([float(len(i["tokens"])) for i in items])
    groups = [i["group"] for i in items]
    members = {g: [n for n, own in enumerate(groups) if own == g] for g in groups}
    mean = torch.stack([rewards[members[g]].mean() for g in groups])
    estimator = config.get("advantage_estimator", "grpo")
    if estimator == "grpo" and config.get("group_of_one") == "reward":
        # verl: mean 0 and deviation 1 of a group of one.
        lone = torch.tensor([len(members[g]) == 1 for g in groups])
        std = torch.stack([rewards[members[g]].std() if len(members[g]) > 1 else torch.tensor(1.0) for g in groups])
        return (rewards - torch.where(lone, 0.0, mean)) / (std + 1e-4)
    if estimator == "grpo":
        std = torch.stack([rewards[members[g]].std() for g in groups])
        return (rewards - mean) / (std + 1e-4)
    if estimator == "reinforce_plus_plus_baseline":
        centred = rewards - mean
        tokens = torch.cat([c.repeat(int(n)) for c, n in zip(centred, lengths)])
        return (centred - tokens.mean()) / torch.sqrt(tokens.var() + 1e-8)
    if estimator == "opo":
        baseline = torch.stack([(lengths[members[g]] * rewards[members[g]]).sum() / lengths[members[g]].sum() for g in groups])
        return rewards - baseline
    if estimator == "gpg":
        return len(rewards) / max(1, int((rewards != 0).sum())) * (rewards - mean)
    if estimator == "maxrl":
        return torch.where(mean == 0, torch.zeros_like(mean), (rewards - mean) / torch.where(mean == 0, 1.0, mean))
    raise ValueError(estimator)


def loss_of(items, config, logp):
    old, mask = masked(items, "old_logp")
    advantage = advantages(items, config).unsqueeze(1)
    low = config.get("epsilon", 0.2)
    high = config.get("epsilon_high", low)
    log_ratio = logp - old
    ratio = log_ratio.exp()
    kind = config["loss_type"]
    count = mask.sum()
    if kind == "gmpo":
        clipped = log_ratio.clamp(-low, high)
        kept = torch.where(advantage > 0, torch.minimum(log_ratio, clipped), torch.maximum(log_ratio, clipped))
        response = ((kept * mask).sum(1) / mask.sum(1)).exp()
        return -(response * advantage.squeeze(1)).mean()
    if kind == "gpg":
        return -(logp * advantage * mask).sum() / count
    if kind in ("dppo_tv", "dppo_kl"):
        now, then = logp.detach().exp(), old.exp()
        if kind == "dppo_tv":
            keep = torch.where(advantage > 0, now - then <= high, now - then >= -low)
        else:
            binary = then * (old - logp.detach()) + (1 - then) * torch.log((1 - then + 1e-8) / (1 - now + 1e-8))
            keep = torch.where(advantage > 0, (binary <= high) | (now <= then), (binary <= low) | (now >= then))
        weight = ratio.detach().clamp(max=config.get("delta", math.inf))
        return -(weight * keep * advantage * logp * mask).sum() / count
    wide = advantage.expand_as(logp)
    chosen = mask > 0
    covariance = (wide - wide[chosen].mean()) * (logp.detach() - logp.detach()[chosen].mean())
    plain = ratio * advantage
    clipped = ratio.clamp(1 - low, 1 + high) * advantage
    if kind == "clip_cov":
        candidates = chosen & ~(clipped < plain) & (covariance > config["clip_cov_lb"]) & (covariance < config["clip_cov_ub"])
        number = max(1, int(config["clip_cov_ratio"] * count.item()))
        order = sorted(torch.nonzero(candidates).tolist(), key=lambda p: -covariance[p[0], p[1]].item())
        keep = torch.ones_like(mask)
        for n, t in order[:number]:
            keep[n, t] = 0
        return -(torch.minimum(plain, clipped) * keep * mask).sum() / count
    if kind == "kl_cov":
        number = max(1, int(config["kl_cov_ratio"] * count.item()))
        order = sorted(torch.nonzero(chosen).tolist(), key=lambda p: -covariance[p[0], p[1]].item())
        punished = torch.zeros_like(mask)
        for n, t in order[:number]:
            punished[n, t] = 1
        losses = -plain + config["ppo_kl_coef"] * punished * log_ratio.abs()
        return (losses * mask).sum() / count
    return -(torch.minimum(plain, clipped) * mask).sum() / count  # dapo


CASES = {
    "gmpo": {"loss_type": "gmpo", "epsilon": 0.4},
    "gmpo-high": {"loss_type": "gmpo", "epsilon": 0.2, "epsilon_high": 0.5},
    "gpg": {"loss_type": "gpg", "advantage_estimator": "gpg"},
    "dppo-tv": {"loss_type": "dppo_tv", "epsilon": 0.1, "epsilon_high": 0.15},
    "dppo-tv-delta": {"loss_type": "dppo_tv", "epsilon": 0.05, "delta": 1.2},
    "dppo-kl": {"loss_type": "dppo_kl", "epsilon": 0.02, "epsilon_high": 0.05},
    "clip-cov": {"loss_type": "clip_cov", "clip_cov_ratio": 0.15, "clip_cov_lb": 0.05, "clip_cov_ub": 5.0},
    "kl-cov": {"loss_type": "kl_cov", "kl_cov_ratio": 0.2, "ppo_kl_coef": 0.7},
    "rfpp-baseline": {"loss_type": "dapo", "advantage_estimator": "reinforce_plus_plus_baseline"},
    "opo": {"loss_type": "dapo", "advantage_estimator": "opo"},
    "maxrl": {"loss_type": "dapo", "advantage_estimator": "maxrl"},
    "group-of-one": {"loss_type": "dapo", "group_of_one": "reward"},
    "adaptive-entropy-on": {"loss_type": "dapo", "adap_ent_ctrl": True, "entropy_coef": 0.3, "target_entropy": 0.9},
    "adaptive-entropy-off": {"loss_type": "dapo", "adap_ent_ctrl": True, "entropy_coef": 0.3, "target_entropy": 0.2},
}


def main():
    for seed, (name, config) in enumerate(CASES.items()):
        items = responses(seed)
        if "group_of_one" in config:
            for n in (1, 6):
                items[n]["group"] = f"alone{n}"
        logp, mask = masked(items, "logp")
        logp.requires_grad_(True)
        loss = loss_of(items, config, logp)
        expected = {}
        if config.get("adap_ent_ctrl"):
            # Skywork-OR1: the bonus counts where the entropy has fallen to its target.
            draw = random.Random(100 + seed)
            for item in items:
                item["entropy"] = [round(draw.uniform(0.0, 1.2), 6) for _ in item["tokens"]]
            entropy, _ = masked(items, "entropy")
            entropy.requires_grad_(True)
            mean = (entropy * mask).sum() / mask.sum()
            is_on = float(mean.item() <= config["target_entropy"])
            loss = loss - config["entropy_coef"] * is_on * mean
            expected |= {"entropy_switch": is_on, "entropy_gap": config["target_entropy"] - mean.item()}
        loss.backward()
        expected["loss"] = loss.item()
        for n, advantage in enumerate(advantages(items, config).tolist()):
            expected[f"advantage[{n}]"] = advantage
            for t in range(len(items[n]["tokens"])):
                expected[f"grad(logp[{n},{t}])"] = logp.grad[n, t].item()
        batch = {"format": "gradus.batch/1", "algorithm": "grpo", "title": name, "config": config, "sequences": items}
        (FOLDER / f"other-{name}.batch.json").write_text(json.dumps(batch, indent=1) + "\n")
        (FOLDER / f"other-{name}.expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
