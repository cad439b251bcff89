"""The objectives of GRPO's family, [responses, tokens] or [responses, 1] where a response has one.

Sources: TRL `GRPOTrainer._compute_loss`; verl `core_algos.py`; a paper for each.
"""

import math

import torch

from making.common import NONE, masked_mean, row_means, row_sums
from making.group_masks import GroupMasks

CLIPPED = ("grpo", "bnpo", "dr_grpo", "dapo", "luspo")


class GroupObjectives(GroupMasks):
    def log_ratio(self):
        return self.b.logp - self.b.old_logp

    def ratio(self):
        """[responses, tokens], or [responses, 1] where a response has one."""
        if self.o["importance_sampling_level"] == "sequence":
            return torch.exp(row_means(self.log_ratio(), self.mask())).unsqueeze(1)
        return torch.exp(self.log_ratio())

    def bounds(self):
        low, high = self.o["epsilon"], self.o["epsilon_high"]
        return low, low if high in NONE else high

    def capped(self, ratio):
        delta = self.o["delta"]
        return ratio if delta in NONE else torch.clamp(ratio, max=delta)

    def clip(self, ratio):
        low, high = self.bounds()
        return torch.clamp(ratio, 1 - low, 1 + high)

    def pessimistic(self, plain, clipped):
        return torch.minimum(plain, clipped)

    def clipped_objective(self, ratio, a):
        return self.pessimistic(self.capped(ratio) * a, self.clip(ratio) * a)

    def objective(self, ratio, a):
        return getattr(self, self.o["loss_type"] + "_objective", self.clipped_objective)(ratio, a)

    def cispo_objective(self, ratio, a):
        """MiniMax 2025: the ratio is a weight of log π, held below epsilon_high itself."""
        highest, lowest = self.o["epsilon_high"], self.o["cispo_weight_min"]
        highest = self.o["epsilon"] if highest in NONE else highest
        lowest = -math.inf if lowest in NONE else lowest
        return torch.clamp(ratio, lowest, highest).detach() * a * self.b.logp

    def sapo_objective(self, ratio, a):
        """Gao et al. 2025: a soft gate, 4/τ · σ(τ (r − 1))."""
        t = torch.where(a > 0, float(self.o["sapo_temperature_pos"]), float(self.o["sapo_temperature_neg"]))
        return torch.sigmoid(t * (ratio - 1)) * 4 / t * a

    def vespo_objective(self, ratio, a):
        """TRL `get_gamma_weights`: φ(W) = e^(λ + k log W − λ W) of the whole response's ratio to its sampler."""
        lowest = math.log(1e-8)
        log_w = row_sums(torch.clamp(self.log_ratio().detach(), -20, 20), self.mask())
        weights = self.sampler_weights()
        if weights is not None:
            logs = torch.clamp(torch.log(weights), lowest, 20)
            log_w = log_w + (logs.sum(1) if logs.shape[1] == 1 else row_sums(logs, self.mask()))
        log_w = torch.clamp(log_w, lowest, 20).unsqueeze(1)
        k = torch.where(a >= 0, float(self.o["vespo_k_pos"]), float(self.o["vespo_k_neg"]))
        lam = torch.where(a >= 0, float(self.o["vespo_lambda_pos"]), float(self.o["vespo_lambda_neg"]))
        phi = torch.exp(lam + k * log_w - lam * torch.exp(log_w))
        self.phi = torch.nan_to_num(phi, nan=0.0, posinf=0.0, neginf=0.0)
        return self.phi * a * self.b.logp

    def gmpo_objective(self, ratio, a):
        """Zhao et al. 2025: the geometric mean of ratios that are clipped in log space, [responses, 1]."""
        low, high = self.bounds()
        d = self.log_ratio()
        held = torch.clamp(d, -low, high)
        kept = torch.where(a > 0, torch.minimum(d, held), torch.maximum(d, held))
        return torch.exp(row_means(kept, self.mask())).unsqueeze(1) * a

    def gpg_objective(self, ratio, a):
        return a * self.b.logp

    def dppo_objective(self, ratio, a, keep):
        return self.capped(ratio).detach() * keep.double() * a * self.b.logp

    def dppo_tv_objective(self, ratio, a):
        """Qi et al. 2026: a token counts until its probability has moved too far in the wanted direction."""
        low, high = self.bounds()
        moved = self.b.logp.detach().exp() - self.b.old_logp.exp()
        return self.dppo_objective(ratio, a, torch.where(a > 0, moved <= high, moved >= -low))

    def dppo_kl_objective(self, ratio, a):
        low, high = self.bounds()
        now, then = self.b.logp.detach().exp(), self.b.old_logp.exp()
        binary = then * (self.b.old_logp - self.b.logp.detach())
        binary = binary + (1 - then) * torch.log((1 - then + 1e-8) / (1 - now + 1e-8))
        return self.dppo_objective(
            ratio, a, torch.where(a > 0, (binary <= high) | (now <= then), (binary <= low) | (now >= then))
        )

    def covariance(self, a):
        """Cui et al. 2025: how a token's advantage and log-probability differ from their means."""
        mask, logp = self.mask(), self.b.logp.detach()
        wide = a.expand_as(logp)
        return (wide - masked_mean(wide, mask)) * (logp - masked_mean(logp, mask))

    def clip_cov_objective(self, ratio, a):
        """verl draws among the candidates; here the largest covariances are taken, as Gradus does."""
        mask, covariance = self.mask(), self.covariance(a)
        plain, clipped = ratio * a, self.clip(ratio) * a
        inside = (covariance > self.o["clip_cov_lb"]) & (covariance < self.o["clip_cov_ub"])
        candidates = (mask > 0) & ~(clipped < plain) & inside
        number = max(1, int(self.o["clip_cov_ratio"] * mask.sum().item()))
        return torch.minimum(plain, clipped) * ~self.largest(covariance, candidates, number)

    def kl_cov_objective(self, ratio, a):
        mask = self.mask()
        number = max(1, int(self.o["kl_cov_ratio"] * mask.sum().item()))
        punished = self.largest(self.covariance(a), mask > 0, number)
        return ratio * a - self.o["ppo_kl_coef"] * punished * self.log_ratio().abs()

    def largest(self, values, candidates, number):
        chosen = torch.zeros_like(candidates)
        places = sorted(torch.nonzero(candidates).tolist(), key=lambda p: -values[p[0], p[1]].item())
        for n, t in places[:number]:
            chosen[n, t] = True
        return chosen
