"""Mistakes in PPO and ReMax: rewards, returns and advantages."""

import torch

from making.common import kl, masked_sum, whiten
from making.mistakes import mistake
from making.ppo import PPO, ReMax


@mistake("KL", "k1 in place of the estimator that kl_estimator names")
class AlwaysK1(PPO):
    def kl(self, logp):
        return kl("k1", logp - self.b.ref_logp)


@mistake("KL", "k3 in place of the estimator that kl_estimator names, or without its bounds")
class AlwaysK3(PPO):
    def kl(self, logp):
        return kl("k3", logp - self.b.ref_logp)


@mistake("KL", "the sign of the log-ratio is wrong: from the reference to the policy")
class InvertedKL(PPO):
    def kl(self, logp):
        return kl(self.o["kl_estimator"], self.b.ref_logp - logp, self.o["kl_log_ratio_clamp"], self.o["kl_clamp"])


@mistake("KL", "the reward's KL is that of the policy now and not of the one that sampled")
class KLOfNow(PPO):
    def sampled_kl(self):
        return self.kl(self.b.logp).detach()


@mistake("KL", "rewarded and not penalized: the sign of the penalty is wrong")
class KLRewarded(PPO):
    def penalties(self):
        return -super().penalties()


@mistake("KL", "no penalty in the reward")
class NoPenalty(PPO):
    def penalties(self):
        return torch.zeros_like(self.b.old_logp)


@mistake("KL", "in the reward and in the loss: it counts twice")
class KLTwice(PPO):
    def penalties(self):
        return -self.o["kl_coef"] * self.sampled_kl()


@mistake("KL", "in the reward though use_kl_loss puts it into the loss")
class KLNotInLoss(PPO):
    def in_loss(self):
        return False


@mistake("reward", "the score is given at every token")
class ScoreEverywhere(PPO):
    def rewards(self):
        penalties = torch.where(self.b.mask > 0, self.penalties(), 0.0)
        result = torch.where(self.b.value_mask > 0, penalties + self.score().unsqueeze(1), 0.0)
        return self.whitened_rewards(result, self.b.value_mask) if self.o["whiten_rewards"] else result


@mistake("reward", "the score stands in the last column and not on the response's last token")
class ScoreInLastColumn(PPO):
    def rewards(self):
        result = torch.where(self.b.mask > 0, self.penalties(), 0.0)
        result[:, -1] += self.score()
        return self.whitened_rewards(result, self.b.value_mask) if self.o["whiten_rewards"] else result


@mistake("reward", "the score is missing: it lands behind the response and is masked")
class ScoreMissing(PPO):
    def score(self):
        return torch.zeros_like(self.b.score)


@mistake("reward", "reward_clip_range is ignored")
class ScoreNotClipped(PPO):
    def score(self):
        self.o = self.o | {"reward_clip_range": None}
        return super().score()


@mistake("reward", "missing_eos_penalty is ignored")
class NoEndPenalty(PPO):
    def score(self):
        self.o = self.o | {"missing_eos_penalty": None}
        return super().score()


@mistake("reward", "whitening shifts the mean of the rewards")
class RewardsShifted(PPO):
    def whitened_rewards(self, rewards, mask):
        return whiten(rewards, mask, self.o["whiten_ddof"])


@mistake("GAE", "lambda is missing: errors are summed with gamma alone")
class LambdaMissing(PPO):
    def decay(self):
        return self.o["gamma"]


@mistake("GAE", "gamma is missing in the trace")
class GammaMissing(PPO):
    def decay(self):
        return self.o["lam"]


@mistake("GAE", "the value behind the response's end is taken for the next one")
class BootstrapsPadding(PPO):
    def generalized_advantages(self):
        rewards, values, mask = self.rewards(), self.b.old_value, self.b.value_mask
        running, result = torch.zeros(len(self.b)), torch.zeros_like(values)
        for t in reversed(range(values.shape[1])):
            following = values[:, t + 1] if t + 1 < values.shape[1] else torch.zeros(len(self.b))
            error = rewards[:, t] + self.o["gamma"] * following - values[:, t]
            running = torch.where(mask[:, t] > 0, error + self.decay() * running, 0.0)
            result[:, t] = running
        return result


@mistake("GAE", "the values of now are used and not those of sampling")
class ValuesOfNow(PPO):
    def generalized_advantages(self):
        kept = self.b.old_value
        self.b.old_value = self.b.value.detach()
        try:
            return super().generalized_advantages()
        finally:
            self.b.old_value = kept


@mistake("GAE", "returns are made of whitened advantages")
class WhitenedReturns(PPO):
    def returns(self):
        width = self.b.old_logp.shape[1]
        result = super().returns().clone()
        result[:, :width] = self.advantages() + self.b.old_value[:, :width]
        return result


@mistake("advantages: whitening", "divided by the other of n and n − 1")
class OtherDegrees(PPO):
    def whitened(self, raw, mask):
        return whiten(raw, mask, 1 - self.o["whiten_ddof"])


@mistake("advantages: whitening", "not whitened")
class NotWhitened(PPO):
    def whitened(self, raw, mask):
        return raw


@mistake("advantages: whitening", "whitened though whiten_advantages says not to")
class WhitenedAnyway(PPO):
    def advantages(self):
        return self.whitened(self.generalized_advantages()[:, : self.b.old_logp.shape[1]], self.b.mask)


@mistake("advantages: whitening", "the mean is taken over padding too")
class MeanOverPadding(PPO):
    def whitened(self, raw, mask):
        raw = torch.where(mask > 0, raw, 0.0)
        mean = raw.mean()
        variance = masked_sum((raw - mean) ** 2, mask) / max(1.0, mask.sum().item() - self.o["whiten_ddof"])
        return (raw - mean) / torch.sqrt(variance + 1e-8)


@mistake("advantages: whitening", "mean and variance are taken over padding too")
class WhitenedWithPadding(PPO):
    def whitened(self, raw, mask):
        return whiten(torch.where(mask > 0, raw, 0.0), torch.ones_like(mask), self.o["whiten_ddof"])


@mistake("advantages: whitening", "1e-8 is added to the number of tokens, so that equal numbers do not become 0")
class CountWithEpsilon(PPO):
    def whitened(self, raw, mask):
        n = mask.sum()
        mean = masked_sum(raw, mask) / (n + 1e-8)
        variance = masked_sum((raw - mean) ** 2, mask) / (n + 1e-8) * n / (n - 1)
        return (raw - mean) / torch.sqrt(variance + 1e-8)


@mistake("advantages: whitening", "each response is whitened by itself")
class WhitenedByResponse(PPO):
    def whitened(self, raw, mask):
        rows = [whiten(raw[i : i + 1], mask[i : i + 1], self.o["whiten_ddof"]) for i in range(len(raw))]
        return torch.cat(rows)


@mistake("advantages: whitening", "the mean is not shifted")
class MeanKept(PPO):
    def whitened(self, raw, mask):
        return whiten(raw, mask, self.o["whiten_ddof"], shift_mean=False)


@mistake("advantages: baseline", "the greedy response's score is not subtracted")
class NoBaseline(ReMax):
    def baseline(self):
        return torch.zeros_like(self.b.baseline_reward)


@mistake("KL", "no penalty in the reward")
class NoKL(ReMax):
    def penalties(self):
        return torch.zeros_like(self.b.old_logp)


@mistake("KL", "rewarded and not penalized: the sign of the penalty is wrong")
class PenaltyRewarded(ReMax):
    def penalties(self):
        return -super().penalties()


@mistake("reward", "gamma is ignored")
class NotDiscounted(ReMax):
    def returns(self):
        self.o = self.o | {"gamma": 1}
        return super().returns()


@mistake("aggregation", "token mean taken over sequences: each response's mean first")
class ResponsesFirst(ReMax):
    def aggregate(self, x, mode):
        return super().aggregate(x, "seq-mean-token-mean" if mode == "token-mean" else mode)


@mistake("aggregation", "padding counts: the mask is ignored")
class PaddingInMean(ReMax):
    def aggregate(self, x, mode):
        return x.mean() if mode == "token-mean" else super().aggregate(x, mode)


@mistake("loss", "the sign is wrong: it is ascended")
class WrongSign(ReMax):
    def loss(self):
        return -super().loss()
