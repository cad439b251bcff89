"""Mistakes in GRPO: ratios and clips."""

import torch

from making.common import NONE, row_means, row_sums
from making.grpo import GRPO
from making.mistakes import mistake


@mistake("clip", "epsilon_high is ignored: both sides have epsilon")
class SymmetricClip(GRPO):
    def bounds(self):
        return self.o["epsilon"], self.o["epsilon"]


@mistake("clip", "the two sides are swapped")
class SwappedClip(GRPO):
    def bounds(self):
        low, high = super().bounds()
        return high, low


@mistake("clip", "not clipped")
class NotClipped(GRPO):
    def clip(self, ratio):
        return ratio


@mistake("clip", "clipped without the minimum: the objective is always that of the clipped ratio")
class WithoutMinimum(GRPO):
    def pessimistic(self, plain, clipped):
        return clipped


@mistake("clip", "the maximum of the two objectives is taken, where the loss needs their minimum")
class OptimisticClip(GRPO):
    def pessimistic(self, plain, clipped):
        return torch.maximum(plain, clipped)


@mistake("clip", "delta is ignored")
class DeltaIgnored(GRPO):
    def capped(self, ratio):
        return ratio


@mistake("clip", "cispo's weight is clipped as GRPO's ratio is, with a minimum")
class CispoAsGRPO(GRPO):
    def cispo_objective(self, ratio, a):
        high = self.o["epsilon_high"]
        return torch.minimum(ratio * a, torch.clamp(ratio, 1 - self.o["epsilon"], 1 + high) * a)


@mistake("clip", "cispo's bound is 1 + epsilon_high, where it is epsilon_high itself")
class CispoFromOne(GRPO):
    def cispo_objective(self, ratio, a):
        return torch.clamp(ratio, max=1 + self.o["epsilon_high"]).detach() * a * self.b.logp


@mistake("clip", "cispo's weight of log π takes the place of the clipped objective")
class CispoForClipped(GRPO):
    def clipped_objective(self, ratio, a):
        return torch.clamp(ratio, max=self.bounds()[1]).detach() * a * self.b.logp


@mistake("gradient", "cispo's weight is differentiated")
class CispoLive(GRPO):
    def cispo_objective(self, ratio, a):
        lowest = self.o["cispo_weight_min"]
        return torch.clamp(ratio, None if lowest in NONE else lowest, self.o["epsilon_high"]) * a * self.b.logp


@mistake("ratio", "sapo's temperatures are swapped")
class SapoSwapped(GRPO):
    def sapo_objective(self, ratio, a):
        t = torch.where(a > 0, float(self.o["sapo_temperature_neg"]), float(self.o["sapo_temperature_pos"]))
        return torch.sigmoid(t * (ratio - 1)) * 4 / t * a


@mistake("ratio", "sapo's gate lacks the factor 4/τ")
class SapoUnscaled(GRPO):
    def sapo_objective(self, ratio, a):
        t = torch.where(a > 0, float(self.o["sapo_temperature_pos"]), float(self.o["sapo_temperature_neg"]))
        return torch.sigmoid(t * (ratio - 1)) * a


@mistake("ratio", "sapo's gate is not multiplied by the advantage")
class SapoWithoutAdvantage(GRPO):
    def sapo_objective(self, ratio, a):
        t = torch.where(a > 0, float(self.o["sapo_temperature_pos"]), float(self.o["sapo_temperature_neg"]))
        return -torch.sigmoid(t * (ratio - 1)) * 4 / t


@mistake("ratio", "a response's ratio is the product of its tokens', where their geometric mean is meant")
class ProductRatio(GRPO):
    def ratio(self):
        if self.o["importance_sampling_level"] == "sequence":
            return torch.exp(row_sums(self.log_ratio(), self.mask())).unsqueeze(1)
        return super().ratio()


@mistake("ratio", "the log-ratios of a response are averaged over the padded length")
class PaddedRatio(GRPO):
    def ratio(self):
        if self.o["importance_sampling_level"] == "sequence":
            return torch.exp(row_sums(self.log_ratio(), self.mask()) / self.b.mask.shape[1]).unsqueeze(1)
        return super().ratio()


@mistake("ratio", "the arithmetic mean of the tokens' ratios, where the geometric one is meant")
class ArithmeticRatio(GRPO):
    def ratio(self):
        if self.o["importance_sampling_level"] == "sequence":
            return row_means(torch.exp(self.log_ratio()), self.mask()).unsqueeze(1)
        return super().ratio()


@mistake("ratio", "each token has its own ratio though importance_sampling_level is sequence")
class TokenRatio(GRPO):
    def ratio(self):
        return torch.exp(self.log_ratio())


@mistake("ratio", "always 1: old_logp is taken to be logp")
class RatioOne(GRPO):
    def log_ratio(self):
        return self.b.logp - self.b.logp.detach()


@mistake("ratio", "the wrong way round: π_old / π")
class InvertedRatio(GRPO):
    def log_ratio(self):
        return self.b.old_logp - self.b.logp


@mistake("ratio", "taken to the reference and not to the old policy")
class RatioToReference(GRPO):
    def log_ratio(self):
        return self.b.logp - self.b.ref_logp


@mistake("gradient", "nothing passes the ratio: it is detached")
class DetachedRatio(GRPO):
    def log_ratio(self):
        return super().log_ratio().detach()


@mistake("ratio", "gmpo clips the ratio and not its logarithm")
class GmpoClipsRatio(GRPO):
    def gmpo_objective(self, ratio, a):
        d = self.log_ratio()
        held = torch.log(self.clip(torch.exp(d)))
        kept = torch.where(a > 0, torch.minimum(d, held), torch.maximum(d, held))
        return torch.exp(row_means(kept, self.mask())).unsqueeze(1) * a
