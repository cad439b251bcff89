"""The reward model, KTO and SFT on padded tensors. A mistake overrides one method.

Sources: Christiano et al. 2017; Ethayarajh et al. 2024; TRL `RewardTrainer`, `KTOTrainer`, `SFTTrainer`.
"""

import torch
import torch.nn.functional as F

from making.common import masked_mean, masked_sum, row_sums
from making.preferences import Pairs


class RewardModel(Pairs):
    """Bradley-Terry; TRL `RewardTrainer`."""

    algorithm = "reward-model"

    def difference(self):
        return self.b.chosen_score - self.b.rejected_score

    def preference(self):
        return -F.logsigmoid(self.difference() - self.margin())

    def centring(self):
        return self.o["center_rewards_coefficient"] * (self.b.chosen_score + self.b.rejected_score) ** 2

    def loss(self):
        return self.mean(self.preference() + self.centring())

    def is_divisible(self):
        return True

    def metrics(self):
        scores = torch.cat([self.b.chosen_score, self.b.rejected_score])
        result = {
            "accuracy": (self.difference() > 0).double().mean(), "margin": self.difference().mean(), "min_reward": scores.min(),
            "mean_reward": scores.mean(), "max_reward": scores.max(),
        }  # fmt: skip
        return {k: float(v) for k, v in result.items()}


class KTO:
    """Ethayarajh et al. 2024; TRL `KTOTrainer`."""

    algorithm = "kto"

    def __init__(self, batch, options, whole=None):
        self.b, self.o = batch, options
        self.whole = whole or self
        self.beta = options["beta"]

    def log_ratio(self):
        return row_sums(self.b.logp - self.b.ref_logp, self.b.mask)

    def reference_point(self):
        """The KL from the reference, estimated on responses to other prompts; 0 at least, and a constant."""
        if "reference_point" in self.b.given:
            return self.b.given["reference_point"]
        if self.o["loss_type"] != "kto" or not hasattr(self.b, "kl_logp"):
            return torch.zeros(()).double()
        return torch.clamp(row_sums(self.b.kl_logp - self.b.kl_ref_logp, self.b.kl_mask).mean(), min=0)

    def weights(self):
        return torch.where(self.b.desirable, float(self.o["desirable_weight"]), float(self.o["undesirable_weight"]))

    def losses(self):
        d, z = self.log_ratio(), self.reference_point()
        return torch.where(self.b.desirable, 1 - torch.sigmoid(self.beta * (d - z)), 1 - torch.sigmoid(self.beta * (z - d)))

    def loss(self):
        return (self.weights() * self.losses()).sum() / len(self.whole.b) * self.b.step.ranks

    def terms(self):
        return (
            {"reference_point": float(self.reference_point())}
            if hasattr(self.b, "kl_logp") and self.o["loss_type"] == "kto"
            else {}
        )

    def given(self):
        return {"reference_point": float(self.reference_point())}

    def counted(self):
        return self.b.lengths

    def is_divisible(self):
        return True

    def metrics(self):
        d, is_good = self.beta * self.log_ratio(), self.b.desirable
        logp = row_sums(self.b.logp, self.b.mask)
        result = {"kl": self.reference_point()} if self.o["loss_type"] == "kto" else {}
        for name, own in (("chosen", is_good), ("rejected", ~is_good)):
            if own.any():
                result |= {f"rewards/{name}": d[own].mean(), f"logps/{name}": logp[own].mean()}
        if is_good.any() and not is_good.all():
            result["rewards/margins"] = result["rewards/chosen"] - result["rewards/rejected"]
        return {k: float(v) for k, v in result.items()}


class SFT:
    """The mean cross-entropy of a token."""

    algorithm = "sft"

    def __init__(self, batch, options, whole=None):
        self.b, self.o = batch, options
        self.whole = whole or self

    def loss(self):
        return -masked_sum(self.b.logp, self.b.mask) / self.whole.b.mask.sum() * self.b.step.ranks

    def terms(self):
        return {}

    def given(self):
        return {}

    def counted(self):
        return self.b.lengths

    def is_divisible(self):
        return True

    def metrics(self):
        return {"perplexity": float(torch.exp(-masked_mean(self.b.logp, self.b.mask)))}
