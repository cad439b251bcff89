"""Mistakes in GRPO: the KL from the reference, and the entropy."""

import torch

from making.common import kl, masked_mean, row_means
from making.grpo import GRPO, TOKEN_MEAN
from making.mistakes import mistake


class _KL(GRPO):
    def estimate(self, d):
        raise NotImplementedError

    def kl_term(self):
        if self.o["beta"] == 0:
            return None
        term = self.estimate(self.b.logp - self.b.ref_logp)
        return term * self.kl_ratio() if self.o["use_bias_correction_kl"] else term


@mistake("KL", "k1 in place of the estimator that kl_estimator names")
class AlwaysK1(_KL):
    def estimate(self, d):
        return kl("k1", d)


@mistake("KL", "k2 in place of the estimator that kl_estimator names")
class AlwaysK2(_KL):
    def estimate(self, d):
        return kl("k2", d)


@mistake("KL", "k3 in place of the estimator that kl_estimator names, or without its bounds")
class AlwaysK3(_KL):
    def estimate(self, d):
        return kl("k3", d)


@mistake("KL", "the sign of the log-ratio is wrong: from the reference to the policy")
class InvertedKL(_KL):
    def estimate(self, d):
        return kl(self.o["kl_estimator"], -d)


@mistake("KL", "k3 lacks its − 1")
class K3WithoutOne(_KL):
    def estimate(self, d):
        return super(_KL, self).kl_term() if self.o["kl_estimator"] != "k3" else torch.exp(-d) + d


@mistake("KL", "beta is not applied")
class BetaIgnored(GRPO):
    def kl_coefficient(self):
        return 1.0


@mistake("KL", "no KL in the loss")
class NoKL(GRPO):
    def kl_term(self):
        return None


@mistake("gradient", "nothing passes the KL: it is detached")
class DetachedKL(GRPO):
    def kl_term(self):
        term = super().kl_term()
        return None if term is None else term.detach()


@mistake("KL", "its sign is wrong in the loss: it is maximized")
class AddedKL(GRPO):
    def kl_coefficient(self):
        return -self.o["beta"]


@mistake("KL", "averaged over each response first, where the loss averages over tokens")
class KLByResponse(GRPO):
    def loss(self):
        term = super().kl_term()
        if term is None or self.o["loss_type"] not in (*TOKEN_MEAN, "bnpo", "dr_grpo"):
            return super().loss()
        plain = self.without_kl()
        return plain + self.o["beta"] * row_means(term.expand_as(self.b.mask), self.mask()).mean()

    def without_kl(self):
        self.kl_term = lambda: None
        try:
            return super().loss()
        finally:
            del self.kl_term


@mistake("KL", "averaged over padding as well: mean() where a masked mean is meant")
class KLOverPadding(KLByResponse):
    def loss(self):
        term = GRPO.kl_term(self)
        return GRPO.loss(self) if term is None else self.without_kl() + self.o["beta"] * term.mean()


@mistake("KL", "use_bias_correction_kl is ignored")
class BiasCorrectionIgnored(GRPO):
    def kl_ratio(self):
        return torch.ones(())


@mistake("gradient", "the ratio that corrects the KL is detached")
class BiasCorrectionDetached(GRPO):
    def kl_ratio(self):
        return super().kl_ratio().detach()


@mistake("entropy", "the bonus has the wrong sign")
class EntropyAdded(GRPO):
    def entropy_coefficient(self, bonus):
        return -super().entropy_coefficient(bonus)


@mistake("entropy", "padding counts in the bonus")
class EntropyOverPadding(GRPO):
    def entropy_bonus(self):
        return self.b.entropy.mean()


@mistake("entropy", "no bonus in the loss")
class NoEntropyBonus(GRPO):
    def entropy_coefficient(self, bonus):
        return 0.0


@mistake("entropy", "the bonus counts tokens that top_entropy_quantile leaves out")
class BonusBesideQuantile(GRPO):
    def entropy_bonus(self):
        return masked_mean(self.b.entropy, self.mask())


@mistake("entropy", "the threshold of top_entropy_quantile is taken over padding too")
class QuantileOverPadding(GRPO):
    def entropy_mask(self):
        share = self.o["top_entropy_quantile"]
        if share >= 1:
            return None
        threshold = torch.quantile(self.b.entropy.detach().flatten(), 1 - share)
        return ((self.b.entropy.detach() >= threshold) & (self.mask() > 0)).double()


@mistake("entropy", "the lowest entropies are kept, where the highest are meant")
class LowestEntropies(GRPO):
    def entropy_mask(self):
        mask = super().entropy_mask()
        return None if mask is None else self.mask() * (1 - mask)


@mistake("entropy", "top_entropy_quantile is the share that is left out")
class QuantileInverted(GRPO):
    def entropy_mask(self):
        share = self.o["top_entropy_quantile"]
        if share >= 1:
            return None
        counted = self.b.entropy.detach()[self.mask() > 0]
        return ((self.b.entropy.detach() >= torch.quantile(counted, share)) & (self.mask() > 0)).double()
