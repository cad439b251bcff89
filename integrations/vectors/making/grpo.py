"""GRPO's family on padded tensors: the loss and what TRL logs. A mistake overrides one method.

Source: TRL `GRPOTrainer._compute_loss`.
"""

import torch

from making.common import deviation, kl, largest, masked_mean, masked_sum, row_means, row_sums, sampler_metrics, smallest
from making.group_objectives import CLIPPED, GroupObjectives

TOKEN_MEAN = ("dapo", "cispo", "vespo", "gpg", "dppo_tv", "dppo_kl", "clip_cov", "kl_cov")


class GRPO(GroupObjectives):
    def kl_term(self):
        if self.o["beta"] == 0:
            return None
        estimate = kl(self.o["kl_estimator"], self.b.logp - self.b.ref_logp, self.o["kl_log_ratio_clamp"], self.o["kl_clamp"])
        return estimate * self.kl_ratio() if self.o["use_bias_correction_kl"] else estimate

    def kl_ratio(self):
        return self.ratio() if self.o["loss_type"] in (*CLIPPED, "cispo", "sapo") else torch.exp(self.log_ratio())

    def weighed(self, token_loss):
        """The token's loss times the weight for its sampler."""
        weights = None if self.o["loss_type"] == "vespo" else self.sampler_weights()
        return token_loss if weights is None else token_loss * weights

    def token_losses(self):
        a = self.advantage().unsqueeze(1)
        losses = -self.objective(self.ratio(), a)
        kept, high = self.off_policy_mask(a.squeeze(1)), self.entropy_mask()
        if kept is not None:
            losses = losses * kept
        if high is not None:
            losses = losses * high
        losses = self.weighed(losses)
        term = self.kl_term()
        if term is not None:
            losses = losses + self.kl_coefficient() * term
        return losses.expand_as(self.b.mask)

    def kl_coefficient(self):
        return self.o["beta"]

    def step_tokens(self):
        return self.whole.mask().sum().clamp(min=1.0)

    def step_responses(self):
        return len(self.whole.b)

    def aggregate(self, losses):
        """What this part adds to the step's loss, times the number of ranks, whose average is taken."""
        kind, mask, ranks = self.o["loss_type"], self.mask(), self.b.step.ranks
        if kind in TOKEN_MEAN or kind == "bnpo":
            return masked_sum(losses, mask) / self.step_tokens() * ranks
        if kind == "dr_grpo":
            return masked_sum(losses, mask) / (self.step_responses() * self.o["max_completion_length"]) * ranks
        rows = row_sums(losses, mask) if kind == "luspo" else row_means(losses, mask)
        return rows.sum() / self.step_responses() * ranks

    def entropy_bonus(self):
        high = self.entropy_mask()
        return masked_mean(self.b.entropy, self.mask() if high is None else self.mask() * high)

    def entropy_coefficient(self, bonus):
        """He et al. 2025: where it adapts, it counts only once the entropy has fallen to its target."""
        coefficient = self.o["entropy_coef"]
        return coefficient * (bonus.item() <= self.o["target_entropy"]) if self.o["adap_ent_ctrl"] else coefficient

    def loss(self):
        loss = self.aggregate(self.token_losses())
        if self.o["entropy_coef"] != 0 or self.o["adap_ent_ctrl"]:
            bonus = self.entropy_bonus()
            loss = loss - self.entropy_coefficient(bonus) * bonus
        return loss

    def terms(self):
        return {"advantage": self.advantages().tolist()}

    def counted(self):
        """How many tokens of each response count."""
        return self.mask().sum(1).long()

    # Whether the loss is a sum over responses once the step's numbers are known.
    def is_divisible(self):
        return (
            self.o["loss_type"] not in ("bnpo", "clip_cov", "kl_cov") and self.o["top_entropy_quantile"] >= 1
            and self.o["entropy_coef"] == 0 and not self.o["adap_ent_ctrl"]
        )  # fmt: skip

    def given(self):
        return {"advantage": self.advantages().tolist()}

    # What TRL logs.

    def metrics(self):
        r, b, mask = self.rewards(), self.b, self.mask()
        # Without what tools wrote, as TRL counts; a response that counts nowhere was left out, and is as long as it is.
        written = b.mask.double().sum(dim=1)
        lengths = torch.where(written > 0, written, b.lengths.double())
        result = {
            "reward": r.mean(), "reward_std": deviation(r), "completions/mean_length": lengths.mean(),
            "completions/min_length": lengths.min(), "completions/max_length": lengths.max(),
            "completions/clipped_ratio": b.truncated.double().mean(),
        }  # fmt: skip
        if hasattr(b, "entropy"):
            result["entropy"] = masked_mean(b.entropy, mask)
        term = self.kl_term()
        if term is not None:
            result["kl"] = masked_mean(term.expand_as(mask), mask)
        result["frac_reward_zero_std"] = self.share_without_spread()
        if hasattr(b, "sampling_logp"):
            result |= sampler_metrics(b, self.token_mask(), self.sampler_weights())
        result |= self.clip_metrics(mask)
        return {k: float(v) for k, v in result.items()}

    def share_without_spread(self):
        """Of the responses, by the deviation that TRL divides by."""
        r = self.rewards()
        stds = deviation(r).expand_as(r) if self.o["scale_rewards"] == "batch" else self.group_deviations(r, self.b.group)
        return (stds.abs() < 1e-8).double().mean()

    def clip_metrics(self, mask):
        kind, a = self.o["loss_type"], self.advantage().unsqueeze(1)
        ratio = self.ratio()
        if kind == "cispo":
            return {"cispo_clip_ratio": self.mean_of((ratio > self.o["epsilon_high"]) & (a > 0), mask)}
        if kind not in CLIPPED:
            return {}
        low, high = self.bounds()
        below = (self.capped(ratio) < 1 - low) & (a < 0)
        above = (self.capped(ratio) > 1 + high) & (a > 0)
        return {
            "clip_ratio/low_mean": self.mean_of(below, mask), "clip_ratio/high_mean": self.mean_of(above, mask),
            "clip_ratio/region_mean": self.mean_of(below | above, mask),
            "clip_ratio/low_min": smallest(self.row_mean_of(below, mask)),
            "clip_ratio/high_max": largest(self.row_mean_of(above, mask)),
        }  # fmt: skip

    def mean_of(self, flags, mask):
        return flags.double().mean() if flags.shape[1] == 1 else masked_mean(flags.double(), mask)

    def row_mean_of(self, flags, mask):
        if flags.shape[1] == 1:
            return flags.double().squeeze(1).tolist()
        return (row_sums(flags.double(), mask) / mask.sum(1)).tolist()
