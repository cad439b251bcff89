"""GRPO's rewards, baselines and advantages, [responses].

Sources: Shao et al. 2024; TRL `GRPOTrainer._generate_and_score_completions`; verl `core_algos.py`; a paper for each estimator.
"""

import torch

from making.common import deviation


class GroupAdvantages:
    algorithm = "grpo"

    def __init__(self, batch, options, whole=None):
        self.b, self.o = batch, options
        # The reference of the whole step, whose statistics a part of it uses.
        self.whole = whole or self

    # What a response earned.

    def rewards(self):
        if not hasattr(self.b, "rewards"):
            return self.b.reward
        weights = self.reward_weights()
        return torch.nansum(self.b.rewards * weights, dim=1)

    def reward_weights(self):
        given = [float(x) for x in str(self.o["reward_weights"]).split(",")]
        count = self.b.rewards.shape[1]
        return torch.tensor((given + given[-1:] * count)[:count], dtype=torch.float64)

    # Advantages, [responses].

    def advantages(self):
        r, group = self.rewards(), self.b.group
        estimator = self.o["advantage_estimator"]
        if hasattr(self.b, "rewards") and self.o["multi_objective_aggregation"] == "normalize_then_sum":
            return self.normalized_then_summed()
        if estimator == "grpo":
            a = (r - self.baseline(r, group)) / self.scale(r, group)
        else:
            a = getattr(self, estimator)(r, group)
        return (a * self.group_weight()).detach()

    def members(self, group, i):
        return group == group[i]

    def group_means(self, r, group):
        return torch.stack([r[self.members(group, i)].mean() for i in range(len(r))])

    def group_deviations(self, r, group):
        return torch.stack([self.deviation(r[self.members(group, i)]) for i in range(len(r))])

    def sizes(self, group):
        return torch.tensor([int(self.members(group, i).sum()) for i in range(len(group))])

    def deviation(self, x):
        return deviation(x)

    def of_group(self, name):
        listed = self.b.data["groups"]
        return torch.tensor([listed[self.b.group_names[g]][name] for g in self.b.group.tolist()], dtype=torch.float64)

    def baseline(self, r, group):
        kind = self.o["advantage_baseline"]
        if kind == "across_groups":
            means = [r[group == g].mean() for g in sorted(set(group.tolist()))]
            return torch.stack(means).mean().expand_as(r)
        if kind == "pooled":
            return r.mean().expand_as(r)
        if kind in ("reference", "ema"):
            return self.of_group({"reference": "reference_reward", "ema": "running_reward"}[kind])
        means = self.group_means(r, group)
        if self.o["group_of_one"] == "reward":
            return torch.where(self.sizes(group) == 1, 0.0, means)
        return means

    def scale(self, r, group):
        how, kind, epsilon = self.o["scale_rewards"], self.o["advantage_baseline"], self.o["scale_rewards_epsilon"]
        if how == "none":
            return torch.ones_like(r)
        measured = kind == "own_group" or (kind == "pooled" and how == "batch")
        if measured:
            if how == "batch":
                return self.deviation(r).expand_as(r) + epsilon
            stds = self.group_deviations(r, group)
            if self.o["group_of_one"] == "reward" and kind == "own_group":
                stds = torch.where(self.sizes(group) == 1, 1.0, stds)
            return stds + epsilon
        # The deviation is measured from the baseline, not from the mean.
        distance = r - self.baseline(r, group)
        if how == "batch":
            return (distance.square().sum() / max(1, len(r) - 1)).sqrt().expand_as(r) + epsilon
        own = [distance[self.members(group, i)] for i in range(len(r))]
        return torch.stack([(d.square().sum() / max(1, len(d) - 1)).sqrt() for d in own]) + epsilon

    def group_weight(self):
        weights = torch.ones(len(self.b), dtype=torch.float64)
        for i, g in enumerate(self.b.group.tolist()):
            name = self.b.group_names[g]
            weights[i] = self.b.data.get("group_weights", {}).get(name, 1.0)
            weights[i] *= self.b.data.get("groups", {}).get(name, {}).get("weight", 1.0)
        return weights

    def rloo(self, r, group):
        """Ahmadian et al. 2024: compared with the mean of the others."""
        n = self.sizes(group)
        sums = torch.stack([r[self.members(group, i)].sum() for i in range(len(r))])
        others = (sums - r) / torch.clamp(n - 1, min=1)
        return torch.where(n > 1, r - others, r)

    def counted_tokens(self):
        return self.token_mask().sum(1)

    def over_tokens(self, x):
        """The mean and √(variance + 1e-8) over the tokens of the batch, each of which has its response's number."""
        n = self.counted_tokens()
        mean = (n * x).sum() / n.sum()
        variance = (n * (x - mean) ** 2).sum() / max(1.0, n.sum().item() - 1)
        return mean, torch.sqrt(variance + 1e-8)

    def reinforce_plus_plus(self, r, group):
        """Hu 2025; verl `compute_reinforce_plus_plus_outcome_advantage`."""
        mean, std = self.over_tokens(r)
        return (r - mean) / std

    def reinforce_plus_plus_baseline(self, r, group):
        centred = torch.where(self.sizes(group) > 1, r - self.group_means(r, group), r)
        mean, std = self.over_tokens(centred)
        return (centred - mean) / std

    def opo(self, r, group):
        """Hao et al. 2025: a group's mean, in which a response counts as often as it is long."""
        n = self.counted_tokens()
        result = []
        for i in range(len(r)):
            own = self.members(group, i)
            result.append(r[i] - (n[own] * r[own]).sum() / n[own].sum() if own.sum() > 1 else r[i])
        return torch.stack(result)

    def gpg(self, r, group):
        """Chu et al. 2025: larger, the fewer responses of the batch earned anything."""
        centred = torch.where(self.sizes(group) > 1, r - self.group_means(r, group), r)
        return centred * len(r) / max(1, int((r != 0).sum()))

    def maxrl(self, r, group):
        """Tajwar et al. 2026: the difference from the group's mean in units of that mean."""
        means = self.group_means(r, group)
        return torch.where(means == 0, torch.zeros_like(r), (r - means) / torch.where(means == 0, 1.0, means))

    def normalized_then_summed(self):
        """Liu et al. 2026, GDPO; TRL `multi_objective_aggregation`."""
        epsilon, total = self.o["scale_rewards_epsilon"], torch.zeros(len(self.b), dtype=torch.float64)
        for k, weight in enumerate(self.reward_weights()):
            column = self.b.rewards[:, k]
            for i in range(len(self.b)):
                own = column[self.members(self.b.group, i)]
                own = own[~own.isnan()]
                if not column[i].isnan():
                    total[i] += weight * (column[i] - own.mean()) / (self.deviation(own) + epsilon)
        return self.normalized(total).detach()

    def normalized(self, total):
        """Over the responses of the batch."""
        return (total - total.mean()) / (self.deviation(total) + self.o["scale_rewards_epsilon"])

    def advantage(self):
        """Those that the trainer computed before it cut the step, where the batch is a part of it."""
        if "advantage" in self.b.given:
            return self.b.given["advantage"]
        return self.advantages()
