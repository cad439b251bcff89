"""Mistakes in GRPO: advantages."""

import torch

from making.common import deviation
from making.grpo import GRPO
from making.mistakes import mistake


@mistake("advantages: deviation", "divided by n and not by n − 1 (ddof 0)")
class PopulationDeviation(GRPO):
    def deviation(self, x):
        return deviation(x, 0)


@mistake("advantages: scale", "divided by the batch's deviation and not by the group's")
class BatchDeviation(GRPO):
    def scale(self, r, group):
        if self.o["scale_rewards"] != "group" or self.o["advantage_baseline"] != "own_group":
            return super().scale(r, group)
        return self.deviation(r).expand_as(r) + self.o["scale_rewards_epsilon"]


@mistake("advantages: scale", "divided by the group's deviation though scale_rewards says otherwise")
class ScaledAnyway(GRPO):
    def scale(self, r, group):
        if self.o["advantage_baseline"] != "own_group":
            return super().scale(r, group)
        return self.group_deviations(r, group) + self.o["scale_rewards_epsilon"]


@mistake("advantages: scale", "not divided by the deviation")
class NotScaled(GRPO):
    def scale(self, r, group):
        return torch.ones_like(r)


@mistake("advantages: scale", "1e-4 is added to the deviation whatever scale_rewards_epsilon says")
class FixedEpsilon(GRPO):
    def scale(self, r, group):
        scale = super().scale(r, group)
        return scale if self.o["scale_rewards"] == "none" else scale - self.o["scale_rewards_epsilon"] + 1e-4


@mistake("advantages: scale", "1e-8 is added to the deviation in place of scale_rewards_epsilon")
class TinyEpsilon(GRPO):
    def scale(self, r, group):
        scale = super().scale(r, group)
        return scale if self.o["scale_rewards"] == "none" else scale - self.o["scale_rewards_epsilon"] + 1e-8


@mistake("advantages: baseline", "compared with the batch's mean and not with the group's")
class BatchMean(GRPO):
    def baseline(self, r, group):
        return r.mean().expand_as(r) if self.o["advantage_baseline"] == "own_group" else super().baseline(r, group)


@mistake("advantages: baseline", "not compared with a baseline at all")
class NoBaseline(GRPO):
    def baseline(self, r, group):
        return torch.zeros_like(r)

    def group_means(self, r, group):
        return torch.zeros_like(r)


@mistake("advantages: groups", "groups are taken by position, equal parts of the batch, and not by name")
class GroupsByPosition(GRPO):
    def members(self, group, i):
        count = len(set(group.tolist()))
        size = max(1, len(group) // count)
        return torch.arange(len(group)) // size == i // size


@mistake("advantages: groups", "an answer alone in its group is NaN, the deviation of one number")
class NotANumberOfOne(GRPO):
    def deviation(self, x):
        return super().deviation(x) if len(x) > 1 else torch.full((), float("nan"))


@mistake("advantages: groups", "an answer alone in its group has its reward as the advantage, group_of_one zero")
class OneIsReward(GRPO):
    def advantages(self):
        alone = self.sizes(self.b.group) == 1
        if self.o["advantage_estimator"] != "grpo" or self.o["group_of_one"] != "zero":
            return super().advantages()
        return torch.where(alone, self.rewards() / (1 + self.o["scale_rewards_epsilon"]), super().advantages())


@mistake("advantages: rloo", "the response's own reward is in its baseline")
class OwnInBaseline(GRPO):
    def rloo(self, r, group):
        return r - self.group_means(r, group)


@mistake("advantages: rloo", "the mean of the group is multiplied by n/(n − 1), the reward is not")
class HalfFactor(GRPO):
    def rloo(self, r, group):
        n = self.sizes(group).double()
        return torch.where(n > 1, r - self.group_means(r, group) * n / torch.clamp(n - 1, min=1), r)


@mistake("advantages: whitening", "each response counts once and not each token")
class ResponsesForTokens(GRPO):
    def counted_tokens(self):
        return torch.ones(len(self.b))


@mistake("advantages: whitening", "tokens that do not count are in the mean and the variance")
class WhitenedWithMasked(GRPO):
    def counted_tokens(self):
        return self.b.lengths.double()


@mistake("advantages: whitening", "padding is in the mean and the variance")
class WhitenedWithPadding(GRPO):
    def over_tokens(self, x):
        n, width = self.counted_tokens(), self.b.mask.shape[1]
        total = width * len(x)
        mean = (n * x).sum() / total
        variance = ((n * (x - mean) ** 2).sum() + (total - n.sum()) * mean**2) / max(1, total - 1)
        return mean, torch.sqrt(variance + 1e-8)


@mistake("advantages: whitening", "1e-8 is added to the number of tokens, so that equal numbers do not become 0")
class CountWithEpsilon(GRPO):
    def over_tokens(self, x):
        n = self.counted_tokens()
        mean = (n * x).sum() / (n.sum() + 1e-8)
        variance = (n * (x - mean) ** 2).sum() / (n.sum() + 1e-8)
        variance = variance * n.sum() / (n.sum() - 1) if n.sum() > 1 else variance
        return mean, torch.sqrt(variance + 1e-8)


@mistake("advantages: reward to go", "the return is reset at a token that does not count, so that earlier tokens get nothing")
class ResetAtMasked(GRPO):
    def advantages(self):
        """Of each response's first token that counts."""
        if self.o["advantage_estimator"] != "reinforce_plus_plus":
            return super().advantages()
        return self.reset_advantages()[torch.arange(len(self.b)), self.token_mask().argmax(1)]

    def token_losses(self):
        losses = super().token_losses()
        if self.o["advantage_estimator"] != "reinforce_plus_plus":
            return losses
        a = self.reset_advantages()
        return -self.objective(self.ratio(), a).expand_as(self.b.mask)

    def reset_advantages(self):
        mask, r = self.token_mask(), self.rewards()
        rewards = torch.zeros_like(mask)
        last = (mask * torch.arange(1, mask.shape[1] + 1)).argmax(1)
        rewards[torch.arange(len(r)), last] = r
        running, returns = torch.zeros(len(r)), torch.zeros_like(mask)
        for t in reversed(range(mask.shape[1])):
            running = rewards[:, t] + running
            returns[:, t] = running
            running = running * mask[:, t]
        flat = returns[mask > 0]
        return ((returns - flat.mean()) / torch.sqrt(flat.var() + 1e-8)).detach()


@mistake("advantages: reward functions", "the weights of reward functions are ignored")
class WeightsIgnored(GRPO):
    def reward_weights(self):
        return torch.ones(self.b.rewards.shape[1])


@mistake("advantages: reward functions", "the mean of the reward functions, where their weighted sum is meant")
class MeanOfFunctions(GRPO):
    def rewards(self):
        r = super().rewards()
        return r / self.b.rewards.shape[1] if hasattr(self.b, "rewards") else r


@mistake("advantages: reward functions", "summed and then normalized, where each function is to be normalized first")
class SummedFirst(GRPO):
    def normalized_then_summed(self):
        r = self.rewards()
        return (
            (r - self.group_means(r, self.b.group)) / (self.group_deviations(r, self.b.group) + self.o["scale_rewards_epsilon"])
        ).detach()


@mistake("advantages: reward functions", "the sum is normalized over tokens and not over responses")
class SumOverTokens(GRPO):
    def normalized(self, total):
        mean, std = self.over_tokens(total)
        return (total - mean) / std


@mistake("advantages: weights", "the weights of groups are ignored")
class GroupWeightsIgnored(GRPO):
    def group_weight(self):
        return torch.ones(len(self.b))
