"""Which tokens count in GRPO, and how much: masks and the weights of another engine's samples.

Sources: TRL `GRPOTrainer`; verl `rollout_corr_helper.py`.
"""

import math

import torch

from making.common import NONE, row_means, row_sums
from making.group_advantages import GroupAdvantages


class GroupMasks(GroupAdvantages):
    def token_mask(self):
        """What counts, before the sampler rejects anything."""
        mask = self.b.mask.clone()
        if self.o["mask_truncated_completions"]:
            mask[self.b.truncated] = 0.0
        return mask

    def mask(self):
        mask, how = self.token_mask(), self.o["rollout_rs"]
        if how == "none" or not hasattr(self.b, "sampling_logp"):
            return mask
        highest = self.o["rollout_rs_threshold"]
        lowest = self.o["rollout_rs_threshold_lower"]
        lowest = 1 / highest if lowest in NONE else lowest
        d = self.sampler_log_ratio()
        if how != "token":
            d = row_sums(d, mask) if how == "sequence" else row_means(d, mask)
            d = d.unsqueeze(1).expand_as(mask)
        ratio = torch.exp(torch.clamp(d, -20, 20))
        return mask * ((ratio >= lowest) & (ratio <= highest)).double()

    def sampler_log_ratio(self):
        """log π_old − log π_sampler; 0 where the engine did not say."""
        return torch.nan_to_num(self.b.old_logp - self.b.sampling_logp, nan=0.0)

    def sampler_weights(self):
        """[responses, tokens] or [responses, 1], or None where nothing is corrected."""
        if not hasattr(self.b, "sampling_logp"):
            return None
        d, mask = self.sampler_log_ratio(), self.token_mask()
        how = self.o["rollout_is"]
        if how != "none":
            d = row_sums(d, mask).unsqueeze(1) if how == "sequence" else d
            return torch.clamp(torch.exp(torch.clamp(d, -20, 20)), max=self.o["rollout_is_threshold"])
        if self.o["rollout_rs"] != "none" or not self.o["vllm_importance_sampling_correction"]:
            return None
        level, what = self.o["vllm_importance_sampling_mode"].split("_")
        w = torch.exp(row_sums(d, mask).unsqueeze(1) if level == "sequence" else d)
        lowest, highest = self.o["vllm_importance_sampling_clip_min"], self.o["vllm_importance_sampling_clip_max"]
        lowest = -math.inf if lowest in NONE else lowest
        highest = math.inf if highest in NONE else highest
        if what == "truncate":
            return torch.clamp(w, lowest, highest)
        return torch.where((w < lowest) | (w > highest), 0.0, w)

    def entropy_mask(self):
        """Wang et al. 2025: the tokens of highest entropy; torch's quantile, with interpolation."""
        share = self.o["top_entropy_quantile"]
        if share >= 1:
            return None
        mask = self.mask()
        counted = self.b.entropy.detach()[mask > 0]
        if len(counted) == 0:
            return torch.zeros_like(mask)
        return ((self.b.entropy.detach() >= torch.quantile(counted, 1 - share)) & (mask > 0)).double()

    def off_policy_mask(self, advantage):
        """DeepSeek-V3.2: responses of negative advantage that drifted too far are left out, [responses, 1]."""
        threshold = self.o["off_policy_mask_threshold"]
        if threshold in NONE:
            return None
        sampled = self.b.sampling_logp if hasattr(self.b, "sampling_logp") else self.b.old_logp
        drift = row_means(torch.nan_to_num(sampled - self.b.logp.detach(), nan=0.0), self.mask())
        return ((advantage >= 0) | (drift <= threshold)).double().unsqueeze(1)
