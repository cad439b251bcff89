"""Mistakes in GRPO: responses of another engine, and of an older policy."""

import torch

from making.common import NONE, row_means, row_sums
from making.grpo import GRPO
from making.mistakes import mistake


@mistake("sampler", "not corrected")
class NotCorrected(GRPO):
    def sampler_weights(self):
        return None


@mistake("sampler", "the weight is the wrong way round: π_sampler / π_old")
class InvertedWeight(GRPO):
    def sampler_log_ratio(self):
        return -super().sampler_log_ratio()


@mistake("sampler", "a response's weight is the geometric mean of its tokens', where their product is meant")
class MeanWeight(GRPO):
    def sampler_weights(self):
        level = self.o["vllm_importance_sampling_mode"].split("_")[0] if self.o["rollout_is"] == "none" else self.o["rollout_is"]
        if level != "sequence":
            return super().sampler_weights()
        return self.with_rows(row_means(self.sampler_log_ratio(), self.token_mask()).unsqueeze(1))

    def with_rows(self, d):
        """The weights as they are made of other log-ratios of whole responses, [responses, 1]."""
        first = torch.zeros_like(self.b.mask)
        first[:, :1] = d
        inner = GRPO(self.b, self.o)
        inner.sampler_log_ratio, inner.token_mask = lambda: first, lambda: torch.ones_like(first)
        return inner.sampler_weights()


@mistake("sampler", "a response's weight is the sum of its tokens', where their product is meant")
class SumWeight(MeanWeight):
    def sampler_weights(self):
        level = self.o["vllm_importance_sampling_mode"].split("_")[0] if self.o["rollout_is"] == "none" else self.o["rollout_is"]
        if level != "sequence":
            return super().sampler_weights()
        return self.with_rows(torch.log(row_sums(torch.exp(self.sampler_log_ratio()), self.token_mask())).unsqueeze(1))


@mistake("sampler", "a weight out of bounds is held at the bound, where it is to be 0")
class TruncatedForMasked(GRPO):
    def sampler_weights(self):
        self.o = self.o | {"vllm_importance_sampling_mode": self.o["vllm_importance_sampling_mode"].replace("mask", "truncate")}
        return super().sampler_weights()


@mistake("sampler", "a weight out of bounds is 0, where it is to be held at the bound")
class MaskedForTruncated(GRPO):
    def sampler_weights(self):
        self.o = self.o | {"vllm_importance_sampling_mode": self.o["vllm_importance_sampling_mode"].replace("truncate", "mask")}
        return super().sampler_weights()


@mistake("sampler", "the lower bound of the weight is ignored")
class LowerBoundIgnored(GRPO):
    def sampler_weights(self):
        self.o = self.o | {"vllm_importance_sampling_clip_min": None}
        return super().sampler_weights()


@mistake("sampler", "the weight is not bounded")
class UnboundedWeight(GRPO):
    def sampler_weights(self):
        bounds = {
            "vllm_importance_sampling_clip_min": None,
            "vllm_importance_sampling_clip_max": None,
            "rollout_is_threshold": 1e30,
        }
        self.o = self.o | bounds
        return super().sampler_weights()


@mistake("sampler", "the KL is weighed too")
class WeighedKL(GRPO):
    def token_losses(self):
        losses, weights = super().token_losses(), self.sampler_weights()
        if self.o["beta"] == 0 or weights is None or self.o["loss_type"] == "vespo":
            return losses
        term = self.o["beta"] * self.kl_term()
        return losses - term + term * weights


@mistake("sampler", "NaN where the engine could not score a token")
class UnknownIsNotANumber(GRPO):
    def sampler_log_ratio(self):
        return self.b.old_logp - self.b.sampling_logp


@mistake("sampler", "what is rejected stays in the denominator")
class RejectedDivides(GRPO):
    def step_tokens(self):
        return self.token_mask().sum().clamp(min=1.0)


@mistake("sampler", "nothing is rejected: rollout_rs is ignored")
class NothingRejected(GRPO):
    def mask(self):
        return self.token_mask()


@mistake("off-policy mask", "responses of positive advantage are left out too")
class OffPolicyOfBoth(GRPO):
    def off_policy_mask(self, advantage):
        return super().off_policy_mask(torch.full_like(advantage, -1.0))


@mistake("off-policy mask", "the drift is summed over a response, where its mean is meant")
class OffPolicySum(GRPO):
    def off_policy_mask(self, advantage):
        threshold = self.o["off_policy_mask_threshold"]
        if threshold in NONE:
            return None
        drift = row_sums(self.b.old_logp - self.b.logp.detach(), self.mask())
        return ((advantage >= 0) | (drift <= threshold)).double().unsqueeze(1)


@mistake("off-policy mask", "off_policy_mask_threshold is ignored")
class OffPolicyIgnored(GRPO):
    def off_policy_mask(self, advantage):
        return None
