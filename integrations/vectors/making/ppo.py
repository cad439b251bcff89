"""PPO and ReMax on padded tensors: rewards with a KL penalty, GAE, whitening, clipped losses, metrics.

Sources: Schulman et al. 2015 and 2017; TRL `PPOTrainer.train`; verl `core_algos.py`; OpenRLHF `loss.py`; Li et al. 2023,
ReMax. A mistake overrides one method.
"""

import math

import torch

from making.common import NONE, clamped, kl, masked_mean, masked_sum, row_means, row_sums, sampler_metrics, whiten


class Rewarded:
    """A score for each response and a KL penalty for each token, as PPO and ReMax have them."""

    def __init__(self, batch, options, whole=None):
        self.b, self.o = batch, options
        self.whole = whole or self

    def kl(self, logp):
        d = logp - self.b.ref_logp
        return kl(self.o["kl_estimator"], d, self.o["kl_log_ratio_clamp"], self.o["kl_clamp"])

    def sampled_kl(self):
        """Of the policy that sampled."""
        return self.kl(self.b.old_logp)

    def counted(self):
        """How many tokens of each response count."""
        return self.b.mask.sum(1).long()

    def in_loss(self):
        return bool(self.o.get("use_kl_loss", False))

    def penalties(self):
        if self.in_loss():
            return torch.zeros_like(self.b.old_logp)
        return -self.o["kl_coef"] * self.sampled_kl()

    def score(self):
        return self.adjusted(self.b.score, self.b.truncated)

    def adjusted(self, score, truncated):
        """With the penalty for a missing end of sequence, and clipped."""
        penalty = self.o["missing_eos_penalty"]
        if penalty not in NONE:
            replaced = torch.full_like(score, -penalty) if self.o["missing_eos"] == "replace" else score - penalty
            score = torch.where(truncated, replaced, score)
        return clamped(score, self.o["reward_clip_range"])

    def aggregate(self, x, mode):
        """verl's `agg_loss`: what a part adds to the step's number, times the number of ranks."""
        mask, whole, ranks = self.b.mask, self.whole.b, self.b.step.ranks
        if mode == "token-mean":
            return masked_sum(x, mask) / whole.mask.sum() * ranks
        if mode == "token-sum":
            return masked_sum(x, mask) * ranks
        rows = row_means(x, mask) if mode == "seq-mean-token-mean" else row_sums(x, mask)
        mean = rows.sum() / len(whole) * ranks
        return mean / self.longest() if mode == "seq-mean-token-sum-norm" else mean

    def longest(self):
        scale = self.o["loss_scale_factor"]
        return self.whole.b.lengths.max() if scale in NONE else scale

    def sampler_weights(self):
        how = self.o["rollout_is"]
        if how == "none" or not hasattr(self.b, "sampling_logp"):
            return None
        d = torch.nan_to_num(self.b.old_logp - self.b.sampling_logp, nan=0.0)
        if how == "sequence":
            d = row_sums(d, self.b.mask).unsqueeze(1)
        return torch.clamp(torch.exp(torch.clamp(d, -20, 20)), max=self.o["rollout_is_threshold"])

    def weighed(self, objective):
        weights = self.sampler_weights()
        return objective if weights is None else objective * weights

    def reward_metrics(self):
        mask = self.b.mask
        penalty = row_sums(self.penalties(), mask).mean()
        return {
            "objective/kl": row_sums(self.sampled_kl(), mask).mean(),
            "objective/entropy": row_sums(-self.b.old_logp, mask).mean(), "objective/non_score_reward": penalty,
            "objective/scores": self.score().mean(), "objective/rlhf_reward": penalty + self.score().mean(),
            "val/num_eos_tokens": (~self.b.truncated).sum(),
        }  # fmt: skip


class PPO(Rewarded):
    algorithm = "ppo"

    def rewards(self):
        """[responses, steps]: a KL penalty for each token, the score where the response ends."""
        mask = self.b.value_mask
        result = torch.zeros_like(self.b.old_value)
        width = self.b.old_logp.shape[1]
        result[:, :width] = torch.where(self.b.mask > 0, self.penalties(), 0.0)
        last = mask.sum(1).long() - 1
        result[torch.arange(len(self.b)), last] += self.score()
        return self.whitened_rewards(result, mask) if self.o["whiten_rewards"] else result

    def whitened_rewards(self, rewards, mask):
        return whiten(rewards, mask, self.o["whiten_ddof"], shift_mean=False)

    def generalized_advantages(self):
        """Schulman et al. 2015, equation 16, [responses, steps]."""
        rewards, values, mask = self.rewards(), self.b.old_value, self.b.value_mask
        following, running = torch.zeros(len(self.b)).double(), torch.zeros(len(self.b)).double()
        result = torch.zeros_like(values)
        for t in reversed(range(values.shape[1])):
            error = rewards[:, t] + self.o["gamma"] * following - values[:, t]
            running = torch.where(mask[:, t] > 0, error + self.decay() * running, 0.0)
            following = torch.where(mask[:, t] > 0, values[:, t], 0.0)
            result[:, t] = running
        return result

    def decay(self):
        return self.o["gamma"] * self.o["lam"]

    def returns(self):
        """Before the advantages are whitened."""
        return self.generalized_advantages() + self.b.old_value

    def advantages(self):
        width = self.b.old_logp.shape[1]
        raw = self.generalized_advantages()[:, :width]
        return self.whitened(raw, self.b.mask) if self.o["whiten_advantages"] else raw

    def whitened(self, raw, mask):
        return whiten(raw, mask, self.o["whiten_ddof"])

    def advantage(self):
        return self.b.given["advantage"] if "advantage" in self.b.given else self.advantages()

    def target(self):
        return self.b.given["return"] if "return" in self.b.given else self.returns()

    def ratio(self):
        return torch.exp(clamped(self.b.logp - self.b.old_logp, self.o["log_ratio_clamp"]))

    def clip(self, ratio):
        low, high = self.o["cliprange"], self.o["cliprange_high"]
        return torch.clamp(ratio, 1 - low, 1 + (low if high in NONE else high))

    def pessimistic(self, plain, clipped):
        return torch.minimum(plain, clipped)

    def dual(self, objective, a):
        """Ye et al. 2020: a negative advantage counts at most c times."""
        c = self.o["clip_ratio_c"]
        return objective if c in NONE else torch.where(a < 0, torch.maximum(objective, c * a), objective)

    def objective(self):
        a, ratio = self.advantage(), self.ratio()
        return self.weighed(self.dual(self.pessimistic(ratio * a, self.clip(ratio) * a), a))

    def clipped_value(self):
        bound, old = self.o["cliprange_value"], self.b.old_value
        return self.b.value if bound in NONE else torch.maximum(torch.minimum(self.b.value, old + bound), old - bound)

    def worse(self, plain, clipped):
        return torch.maximum(plain, clipped)

    def value_errors(self):
        target = self.target()
        return self.worse((self.b.value - target) ** 2, (self.clipped_value() - target) ** 2)

    def value_loss(self):
        errors = self.value_errors()
        if self.o["score_position"] == "last_token":
            return self.value_factor() * self.aggregate(errors, self.o["vf_loss_agg_mode"])
        # A slot behind the response has a value too, as in TRL: the mean over all of them.
        return self.value_factor() * masked_sum(errors, self.b.value_mask) / self.whole.b.value_mask.sum() * self.b.step.ranks

    def value_factor(self):
        return 0.5

    def policy_loss(self):
        return -self.aggregate(self.objective(), self.o["loss_agg_mode"])

    def kl_in_loss(self):
        return self.o["kl_coef"] * self.aggregate(self.kl(self.b.logp), self.o["loss_agg_mode"])

    def entropy_bonus(self):
        return self.aggregate(self.b.entropy, self.o["loss_agg_mode"])

    def entropy_coefficient(self):
        coefficient = self.o["entropy_coef"]
        if not self.o["adap_ent_ctrl"]:
            return coefficient
        return coefficient * (masked_mean(self.b.entropy.detach(), self.b.mask).item() <= self.o["target_entropy"])

    def loss(self):
        loss = self.policy_loss() + self.o["vf_coef"] * self.value_loss()
        if self.o["entropy_coef"] != 0 or self.o["adap_ent_ctrl"]:
            loss = loss - self.entropy_coefficient() * self.entropy_bonus()
        return loss + self.kl_in_loss() if self.in_loss() else loss

    def terms(self):
        lengths, steps = self.b.lengths.tolist(), self.b.value_mask.sum(1).long().tolist()

        def cut(rows, lengths):
            return [row[:n] for row, n in zip(rows.tolist(), lengths)]

        return {
            "kl": cut(self.sampled_kl(), lengths), "reward": cut(self.rewards(), steps), "return": cut(self.returns(), steps),
            "advantage": cut(self.advantages(), lengths),
        }  # fmt: skip

    def is_divisible(self):
        longest = self.o["loss_scale_factor"] in NONE and "seq-mean-token-sum-norm" in (
            self.o["loss_agg_mode"], self.o["vf_loss_agg_mode"])  # fmt: skip
        return not (self.o["adap_ent_ctrl"] or longest)

    def given(self):
        return {k: v for k, v in self.terms().items() if k in ("advantage", "return")}

    def metrics(self):
        b, a, ratio = self.b, self.advantage(), self.ratio()
        plain = ratio * a
        counted = self.dual(self.pessimistic(plain, self.clip(ratio) * a), a)
        errors = (b.value - self.target()) ** 2
        kept = b.value_mask > 0
        target, old = self.target()[kept], b.old_value[kept]
        result = self.reward_metrics() | {
            "policy/approxkl_avg": masked_mean((b.logp - b.old_logp) ** 2, b.mask) / 2,
            "policy/clipfrac_avg": masked_mean((counted < plain).double(), b.mask),
            "loss/policy_avg": self.policy_loss(), "loss/value_avg": self.value_loss(),
            "val/clipfrac_avg": masked_mean((self.value_errors() > errors).double(), b.value_mask),
            "val/ratio": masked_mean(ratio, b.mask),
        }  # fmt: skip
        if hasattr(b, "sampling_logp"):
            result |= sampler_metrics(b, b.mask, self.sampler_weights())
        if len(target) > 1 and target.var() > 0:
            # verl's `vf_explained_var`.
            result["critic/vf_explained_var"] = 1 - (target - old).var() / (target.var() + 1e-5)
        return {k: float(v) for k, v in result.items()}


class ReMax(Rewarded):
    """REINFORCE whose returns are compared with the score of the greedy response."""

    algorithm = "remax"

    def returns(self):
        """[responses, tokens]: the discounted sum of the rewards from a token on."""
        rewards = torch.where(self.b.mask > 0, self.penalties(), 0.0)
        rewards[torch.arange(len(self.b)), self.b.lengths - 1] += self.score()
        running, result = torch.zeros(len(self.b)).double(), torch.zeros_like(rewards)
        for t in reversed(range(rewards.shape[1])):
            running = rewards[:, t] + self.o["gamma"] * running
            result[:, t] = running
        return result

    def baseline(self):
        """The greedy response is rewarded as the others are."""
        truncated = torch.tensor([bool(i.get("baseline_truncated", False)) for i in self.b.items])
        return self.adjusted(self.b.baseline_reward, truncated)

    def advantages(self):
        return self.returns() - self.baseline().unsqueeze(1)

    def advantage(self):
        return self.b.given["advantage"] if "advantage" in self.b.given else self.advantages()

    def loss(self):
        return -self.aggregate(self.weighed(self.advantage() * self.b.logp), self.o["loss_agg_mode"])

    def terms(self):
        lengths = self.b.lengths.tolist()
        return {
            name: [row[:n] for row, n in zip(rows.tolist(), lengths)]
            for name, rows in (("return", self.returns()), ("advantage", self.advantages()))
        }

    def is_divisible(self):
        return self.o["loss_agg_mode"] != "seq-mean-token-sum-norm" or self.o["loss_scale_factor"] not in NONE

    def given(self):
        return {"advantage": self.terms()["advantage"]}

    def metrics(self):
        result = self.reward_metrics() | {"objective/baselines": self.baseline().mean()}
        return {k: float(v) for k, v in result.items() if math.isfinite(float(v))}
