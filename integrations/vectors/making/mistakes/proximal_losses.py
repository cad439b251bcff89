"""Mistakes in PPO: the losses of policy and critic."""

import torch

from making.common import NONE, masked_mean, masked_sum, row_means
from making.mistakes import mistake
from making.ppo import PPO


@mistake("clip", "cliprange_high is ignored: both sides have cliprange")
class SymmetricClip(PPO):
    def clip(self, ratio):
        return torch.clamp(ratio, 1 - self.o["cliprange"], 1 + self.o["cliprange"])


@mistake("clip", "not clipped")
class NotClipped(PPO):
    def clip(self, ratio):
        return ratio


@mistake("clip", "clipped without the minimum: the objective is always that of the clipped ratio")
class WithoutMinimum(PPO):
    def pessimistic(self, plain, clipped):
        return clipped


@mistake("clip", "the maximum of the two objectives is taken, where the loss needs their minimum")
class OptimisticClip(PPO):
    def pessimistic(self, plain, clipped):
        return torch.maximum(plain, clipped)


@mistake("clip: dual", "the floor of the dual clip holds for positive advantages too")
class DualForAll(PPO):
    def dual(self, objective, a):
        c = self.o["clip_ratio_c"]
        return objective if c in NONE else torch.maximum(objective, c * a)


@mistake("clip: dual", "clip_ratio_c is ignored")
class DualIgnored(PPO):
    def dual(self, objective, a):
        return objective


@mistake("ratio", "log_ratio_clamp is ignored")
class RatioNotClamped(PPO):
    def ratio(self):
        return torch.exp(self.b.logp - self.b.old_logp)


@mistake("ratio", "always 1: old_logp is taken to be logp")
class RatioOne(PPO):
    def ratio(self):
        return torch.exp(self.b.logp - self.b.logp.detach())


@mistake("gradient", "nothing passes the ratio: it is detached")
class DetachedRatio(PPO):
    def ratio(self):
        return super().ratio().detach()


@mistake("value loss", "lacks the factor ½")
class ValueNotHalved(PPO):
    def value_factor(self):
        return 1.0


@mistake("value loss", "not clipped")
class ValueNotClipped(PPO):
    def clipped_value(self):
        return self.b.value


@mistake("value loss", "the smaller of the two errors is taken, where the larger is meant")
class SmallerError(PPO):
    def worse(self, plain, clipped):
        return torch.minimum(plain, clipped)


@mistake("value loss", "the value is clipped about the return and not about the old value")
class ClippedAboutReturn(PPO):
    def clipped_value(self):
        bound = self.o["cliprange_value"]
        if bound in NONE:
            return self.b.value
        return self.target() + torch.clamp(self.b.value - self.target(), -bound, bound)


@mistake("value loss", "padding counts")
class ValueOverPadding(PPO):
    def value_loss(self):
        return self.value_factor() * self.value_errors().mean()


@mistake("value loss", "vf_coef is ignored")
class ValueUnweighted(PPO):
    def loss(self):
        return super().loss() + (1 - self.o["vf_coef"]) * self.value_loss()


class _Aggregated(PPO):
    def mean(self, x):
        raise NotImplementedError

    def aggregate(self, x, mode):
        return self.mean(x) if mode in self.modes else super().aggregate(x, mode)


@mistake("aggregation", "token mean taken over sequences: each response's mean first")
class MeanOfMeans(_Aggregated):
    modes = ("token-mean",)

    def mean(self, x):
        return row_means(x, self.b.mask).mean()


@mistake("aggregation", "sequence mean taken over tokens: long responses weigh more")
class TokensForResponses(_Aggregated):
    modes = ("seq-mean-token-mean",)

    def mean(self, x):
        return masked_mean(x, self.b.mask)


@mistake("aggregation", "padding counts: the mask is ignored")
class PaddingCounts(_Aggregated):
    modes = ("token-mean",)

    def mean(self, x):
        return x.mean()


@mistake("aggregation", "padding divides: the mean over responses times the longest response")
class PaddedMean(_Aggregated):
    modes = ("token-mean",)

    def mean(self, x):
        return masked_sum(x, self.b.mask) / x.numel()


@mistake("aggregation", "seq-mean-token-sum-norm is not divided by the number of responses")
class NormWithoutMean(_Aggregated):
    modes = ("seq-mean-token-sum-norm",)

    def mean(self, x):
        return masked_sum(x, self.b.mask) / self.longest()


@mistake("aggregation", "summed over responses where a mean is meant")
class SumOfResponses(_Aggregated):
    modes = ("seq-mean-token-sum", "seq-mean-token-mean")

    def aggregate(self, x, mode):
        return PPO.aggregate(self, x, mode) * (len(self.b) if mode in self.modes else 1)


@mistake("entropy", "the bonus has the wrong sign")
class EntropyAdded(PPO):
    def entropy_coefficient(self):
        return -super().entropy_coefficient()


@mistake("entropy", "padding counts in the bonus")
class EntropyOverPadding(PPO):
    def entropy_bonus(self):
        return self.b.entropy.mean()


@mistake("sampler", "not corrected")
class NotCorrected(PPO):
    def sampler_weights(self):
        return None


@mistake("sampler", "the weight is not bounded")
class UnboundedWeight(PPO):
    def sampler_weights(self):
        self.o = self.o | {"rollout_is_threshold": 1e30}
        return super().sampler_weights()
