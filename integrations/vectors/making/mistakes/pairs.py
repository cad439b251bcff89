"""Mistakes in DPO's family."""

import math

import torch

from making.common import row_means, row_sums
from making.mistakes import mistake
from making.preferences import DPO


@mistake("log-ratio", "the reference is ignored")
class NoReference(DPO):
    def reference(self, side):
        return torch.zeros(len(self.b))


@mistake("log-ratio", "log-probabilities are averaged over tokens where a response's sum is meant")
class Averaged(DPO):
    def summed(self, side, which=""):
        return row_means(*self.tokens(side, which))


@mistake("log-ratio", "padding counts: the mask is ignored")
class PaddingCounts(DPO):
    def summed(self, side, which=""):
        return self.tokens(side, which)[0].sum(1)


@mistake("log-ratio", "the references of chosen and rejected are swapped")
class SwappedReferences(DPO):
    def reference(self, side):
        return super().reference({"chosen": "rejected", "rejected": "chosen"}[side])


@mistake("log-ratio", "ld_alpha is ignored")
class LengthIgnored(DPO):
    def __init__(self, batch, options, whole=None):
        super().__init__(batch, options | {"ld_alpha": None}, whole)


@mistake("log-ratio", "chosen and rejected are swapped")
class SwappedSides(DPO):
    def log_ratio(self, side):
        return super().log_ratio({"chosen": "rejected", "rejected": "chosen"}[side])


@mistake("loss: beta", "beta is not applied")
class NoBeta(DPO):
    def __init__(self, batch, options, whole=None):
        super().__init__(batch, options | {"beta": 1.0}, whole)


@mistake("loss: label smoothing", "ignored")
class NotSmoothed(DPO):
    def __init__(self, batch, options, whole=None):
        super().__init__(batch, options, whole)
        self.smoothing = 0


@mistake("loss: label smoothing", "robust lacks its denominator 1 − 2ε")
class RobustUnscaled(DPO):
    def robust(self):
        return super().robust() * (1 - 2 * self.smoothing)


@mistake("loss: label smoothing", "the flipped term is added in robust, where it is subtracted (cdpo's sign)")
class RobustAdded(DPO):
    def robust(self):
        return self.smoothed(self.lead()) / (1 - 2 * self.smoothing)


@mistake("loss: ipo", "sums of responses are compared where ipo_agg_mode says means")
class IPOSums(DPO):
    def ipo(self):
        return (self.delta() - 1 / (2 * self.beta)) ** 2


@mistake("loss: ipo", "means per token are compared where ipo_agg_mode says sums")
class IPOMeans(DPO):
    def ipo(self):
        self.o = self.o | {"ipo_agg_mode": "mean"}
        return super().ipo()


@mistake("loss: ipo", "the target is 1/β and not 1/(2β)")
class IPOTarget(DPO):
    def ipo(self):
        self.beta /= 2
        try:
            return super().ipo()
        finally:
            self.beta *= 2


@mistake("loss: hinge", "the hinge lacks its margin of 1")
class HingeAtZero(DPO):
    def hinge(self):
        return torch.relu(-self.lead())


@mistake("loss", "sigmoid, whatever loss_type says")
class AlwaysSigmoid(DPO):
    def names(self):
        return ["sigmoid"]


@mistake("loss: several", "loss_weights are ignored")
class WeightsIgnored(DPO):
    def weights(self):
        return [1.0] * len(self.names())


@mistake("loss: several", "only the first of several losses counts")
class FirstLossOnly(DPO):
    def names(self):
        return super().names()[:1]


@mistake("loss: aot", "the log-ratios are not sorted")
class NotSorted(DPO):
    def aot(self):
        return self.smoothed(self.beta * self.delta())

    aot_unpaired = aot


@mistake("loss: apo", "f_divergence_type changes one of apo_down's two terms")
class DownHalfDivergence(DPO):
    def apo_down(self):
        chosen = self.beta * self.log_ratio("chosen")
        return torch.sigmoid(chosen) + 1 - torch.sigmoid(self.beta * self.delta())


@mistake("loss: apo", "apo_zero and apo_down are exchanged")
class ZeroForDown(DPO):
    def apo_down(self):
        return DPO.apo_zero(self)

    def apo_zero(self):
        return DPO.apo_down(self)


@mistake("loss: sft", "the mean of each response is taken first, where it is over all tokens")
class SupervisedByResponse(DPO):
    def sft(self):
        return -self.averaged("chosen")


@mistake("loss: sft", "the sum of a response is taken, where it is the mean over all tokens")
class SupervisedSum(DPO):
    def sft(self):
        return -row_sums(*self.tokens("chosen"))


@mistake("loss: sft", "the sign is wrong: likelihood is lowered")
class SupervisedSign(DPO):
    def sft(self):
        return -super().sft()


@mistake("loss: divergence", "f_divergence_type is ignored")
class DivergenceIgnored(DPO):
    def score(self, side):
        return self.log_ratio(side)


@mistake("loss: divergence", "js_divergence without the logarithm's inner sum: log(2t) and not log(2t/(t + 1))")
class JensenShannonHalf(DPO):
    def score(self, side):
        return math.log(2) + self.log_ratio(side) if self.o["f_divergence_type"] == "js_divergence" else super().score(side)


@mistake("loss: margin", "the margin of a pair, or reward_margin, is ignored")
class MarginIgnored(DPO):
    def margin(self):
        return torch.zeros(len(self.b))


@mistake("loss: margin", "the margin is added to the lead, where it is subtracted")
class MarginAdded(DPO):
    def margin(self):
        return -super().margin()


@mistake("loss: margin", "the margin is multiplied by beta")
class MarginTimesBeta(DPO):
    def margin(self):
        return self.beta * super().margin()


@mistake("loss: simpo", "sums of responses are compared, where means per token are meant")
class SimpoSums(DPO):
    def averaged(self, side):
        return row_sums(*self.tokens(side))


@mistake("loss: simpo", "gamma is multiplied by beta")
class SimpoGamma(DPO):
    def simpo(self):
        self.o = self.o | {"simpo_gamma": self.o["simpo_gamma"] * self.beta}
        return super().simpo()


@mistake("loss: pair weights", "use_weighting is ignored")
class Unweighted(DPO):
    def pair_weight(self):
        return torch.ones(len(self.b))


@mistake("gradient", "the weights of use_weighting are differentiated")
class WeightLive(DPO):
    def pair_weight(self):
        result = torch.ones(len(self.b))
        for side in ("chosen", "rejected"):
            x, mask = self.tokens(side)
            result = result * torch.exp(row_means(x - getattr(self.b, side + "_log_sum_sq_probs"), mask))
        return result


@mistake("gradient", "the KL of kto_pair is held constant or differentiated against kto_kl")
class OtherKTOGradient(DPO):
    def kto_pair(self):
        self.o = self.o | {"kto_kl": "live" if self.o["kto_kl"] == "detached" else "detached"}
        return super().kto_pair()


@mistake("aggregation", "summed over pairs where a mean is meant")
class SumOfPairs(DPO):
    def mean(self, losses):
        return losses.sum()
