"""Mistakes in the reward model, KTO and SFT."""

import torch

from making.common import masked_sum, row_means, row_sums
from making.judgements import KTO, SFT, RewardModel
from making.mistakes import mistake


@mistake("loss: margin", "margins are ignored")
class NoMargin(RewardModel):
    def margin(self):
        return torch.zeros(len(self.b))


@mistake("loss: margin", "the margin is added to the difference, where it is subtracted")
class MarginWrongWay(RewardModel):
    def margin(self):
        return -super().margin()


@mistake("loss: centring", "center_rewards_coefficient is ignored")
class NotCentred(RewardModel):
    def centring(self):
        return torch.zeros(len(self.b))


@mistake("loss: centring", "the square of the mean sum, where the mean of squares is meant")
class SquareOfMean(RewardModel):
    def centring(self):
        sums = self.b.chosen_score + self.b.rejected_score
        return self.o["center_rewards_coefficient"] * (sums.mean() ** 2).expand_as(sums)


@mistake("loss", "chosen and rejected are swapped")
class Swapped(RewardModel):
    def difference(self):
        return -super().difference()


@mistake("loss", "log(1 + e^−x) overflows for scores far apart")
class Overflowing(RewardModel):
    def preference(self):
        x = (self.difference() - self.margin()).float()
        return torch.log(1 + torch.exp(-x)).double()


@mistake("aggregation", "summed over pairs where a mean is meant")
class PairsSummed(RewardModel):
    def mean(self, losses):
        return losses.sum()


@mistake("KL", "the reference point is not held at 0 when it is negative")
class NegativePoint(KTO):
    def reference_point(self):
        if self.o["loss_type"] != "kto" or not hasattr(self.b, "kl_logp"):
            return super().reference_point()
        return row_sums(self.b.kl_logp - self.b.kl_ref_logp, self.b.kl_mask).mean()


@mistake("KL", "the reference point is estimated on the responses themselves and not on others")
class MatchedPoint(KTO):
    def reference_point(self):
        if self.o["loss_type"] != "kto" or not hasattr(self.b, "kl_logp"):
            return super().reference_point()
        return torch.clamp(self.log_ratio().detach().mean(), min=0)


@mistake("gradient", "the reference point, estimated on the responses themselves, is differentiated")
class LivePoint(KTO):
    def reference_point(self):
        if self.o["loss_type"] != "kto" or not hasattr(self.b, "kl_logp"):
            return super().reference_point()
        return torch.clamp(self.log_ratio().mean(), min=0)


@mistake("KL", "no reference point")
class NoPoint(KTO):
    def reference_point(self):
        return torch.zeros(())


@mistake("KL", "held at 0 for each response before the mean is taken, and not after it")
class ClampedBeforeMean(KTO):
    def reference_point(self):
        if self.o["loss_type"] != "kto" or not hasattr(self.b, "kl_logp"):
            return super().reference_point()
        return torch.clamp(row_sums(self.b.kl_logp - self.b.kl_ref_logp, self.b.kl_mask), min=0).mean()


@mistake("loss: weights", "the weights of desirable and undesirable responses are swapped")
class WeightsSwapped(KTO):
    def weights(self):
        return torch.where(self.b.desirable, float(self.o["undesirable_weight"]), float(self.o["desirable_weight"]))


@mistake("loss: weights", "the weights are ignored")
class WeightsMissing(KTO):
    def weights(self):
        return torch.ones(len(self.b))


@mistake("aggregation", "the means of desirable and undesirable responses are added, where one mean over all is meant")
class MeansAdded(KTO):
    def loss(self):
        losses, good = self.weights() * self.losses(), self.b.desirable
        return sum(losses[own].mean() for own in (good, ~good) if own.any())


@mistake("log-ratio", "averaged over tokens where a response's sum is meant")
class RatioAveraged(KTO):
    def log_ratio(self):
        return row_means(self.b.logp - self.b.ref_logp, self.b.mask)


@mistake("log-ratio", "padding counts: the mask is ignored")
class PaddedRatio(KTO):
    def log_ratio(self):
        return (self.b.logp - self.b.ref_logp).sum(1)


@mistake("aggregation", "token mean taken over sequences: each response's mean first")
class MeanOfMeans(SFT):
    def loss(self):
        return -row_means(self.b.logp, self.b.mask).mean()


@mistake("aggregation", "padding counts: the mask is ignored")
class PaddingCounted(SFT):
    def loss(self):
        return -self.b.logp.mean()


@mistake("aggregation", "padding divides: the mean over responses times the longest response")
class PaddedMean(SFT):
    def loss(self):
        return -masked_sum(self.b.logp, self.b.mask) / self.b.logp.numel()


@mistake("aggregation", "the sum over tokens, divided by the number of responses")
class SumOverTokens(SFT):
    def loss(self):
        return -row_sums(self.b.logp, self.b.mask).mean()
