"""Right solutions in other styles: plain loops over lists, PyTorch, names of one's own, more returned than asked for."""

LOOPS = {
    "gae": '''
def gae(reward, value, mask, *, gamma, lam):
    result, returns = [], []
    for r, v, m in zip(reward, value, mask):
        n = int(sum(m))
        row = [0.0] * len(m)
        for t in range(n):
            row[t] = sum(
                (gamma * lam) ** (k - t) * (r[k] + (gamma * v[k + 1] if k + 1 < n else 0) - v[k]) for k in range(t, n)
            )
        result.append(row)
        returns.append([a + b for a, b in zip(row, v)])
    return {"advantage": result, "return": returns}
''',
    "whiten": '''
from statistics import mean, variance


def whiten(advantage, mask):
    counted = [a for row, m in zip(advantage, mask) for a, c in zip(row, m) if c]
    mu, sd = mean(counted), (variance(counted) + 1e-8) ** 0.5
    return {"advantage": [[(a - mu) / sd for a in row] for row in advantage], "advantage_mean": mu}
''',
    "kl": '''
import math


def kl(logp, ref_logp, mask, *, kl_estimator):
    estimate = {"k1": lambda d: d, "k2": lambda d: d * d / 2, "k3": lambda d: math.expm1(-d) + d}[kl_estimator]
    found = [estimate(a - b) for row, ref, m in zip(logp, ref_logp, mask) for a, b, c in zip(row, ref, m) if c]
    return sum(found) / len(found)
''',
    "ppo_clip": '''
import math


def ppo_clip(logp, old_logp, advantage, mask, *, cliprange, cliprange_high):
    total, count = 0.0, 0
    for i in range(len(mask)):
        for t in range(len(mask[i])):
            if not mask[i][t]:
                continue
            r, a = math.exp(logp[i][t] - old_logp[i][t]), advantage[i][t]
            limit = (1 + cliprange_high) if a > 0 else (1 - cliprange)
            total -= min(r, limit) * a if a > 0 else max(r, limit) * a
            count += 1
    return {"policy_loss": total / count}
''',
    "value_loss": '''
def value_loss(value, old_value, returns, mask, cliprange_value):
    errors = []
    for v, o, g, m in zip(value, old_value, returns, mask):
        for t, c in enumerate(m):
            if c:
                near = max(o[t] - cliprange_value, min(o[t] + cliprange_value, v[t]))
                errors.append(max((v[t] - g[t]) ** 2, (near - g[t]) ** 2))
    return {"policy": 1, "value_loss": sum(errors) / len(errors) / 2}
''',
    "reward_model": '''
import math


def reward_model(**batch):
    losses = []
    for c, r, m in zip(batch["chosen_score"], batch["rejected_score"], batch["wanted_margin"]):
        losses.append(math.log1p(math.exp(-(c - r - m))) + batch["center_rewards_coefficient"] * (c + r) ** 2)
    return {"pair_loss": losses, "loss": sum(losses) / len(losses), "accuracy": 0.5}
''',
    "grpo": '''
import math
import statistics


def grpo(logp, old_logp, ref_logp, mask, reward, group, *, beta, epsilon, epsilon_high, scale_rewards_epsilon):
    per_response = []
    for i, own in enumerate(group):
        peers = [r for r, g in zip(reward, group) if g == own]
        deviation = statistics.stdev(peers) if len(peers) > 1 else 0
        a = (reward[i] - statistics.fmean(peers)) / (deviation + scale_rewards_epsilon)
        tokens = []
        for new, old, ref, counts in zip(logp[i], old_logp[i], ref_logp[i], mask[i]):
            if counts:
                r = math.exp(new - old)
                bounded = min(max(r, 1 - epsilon), 1 + epsilon_high)
                penalty = math.exp(ref - new) - (ref - new) - 1
                tokens.append(beta * penalty - min(r * a, bounded * a))
        per_response.append(sum(tokens) / len(tokens))
    return sum(per_response) / len(per_response)
''',
    "rloo": '''
def rloo(reward, group):
    result = []
    for r, g in zip(reward, group):
        peers = [x for x, other in zip(reward, group) if other == g]
        n = len(peers)
        result.append(n / (n - 1) * (r - sum(peers) / n) if n > 1 else r)
    return result
''',
    "dpo": '''
from math import exp, log1p


def dpo(chosen_logp, rejected_logp, chosen_ref_logp, rejected_ref_logp, chosen_mask, rejected_mask, beta):
    def total(row, mask):
        return sum(x for x, m in zip(row, mask) if m)

    losses = []
    for i in range(len(chosen_logp)):
        w = total(chosen_logp[i], chosen_mask[i]) - total(chosen_ref_logp[i], chosen_mask[i])
        l = total(rejected_logp[i], rejected_mask[i]) - total(rejected_ref_logp[i], rejected_mask[i])
        losses.append(log1p(exp(-beta * (w - l))))
    return {"loss": sum(losses) / len(losses), "losses": losses}
''',
    "aggregate": '''
def aggregate(token_loss, mask, loss_agg_mode):
    rows = [[x for x, m in zip(row, keep) if m] for row, keep in zip(token_loss, mask)]
    flat = [x for row in rows for x in row]
    return {
        "token-mean": sum(flat) / len(flat),
        "seq-mean-token-mean": sum(sum(row) / len(row) for row in rows) / len(rows),
        "seq-mean-token-sum": sum(flat) / len(rows),
        "token-sum": sum(flat),
    }[loss_agg_mode]
''',
}

TORCH = {
    "gae": '''
import torch


def gae(reward, value, mask, *, gamma, lam):
    values = value * mask
    following = torch.cat([values[:, 1:], torch.zeros_like(values[:, :1])], dim=1)
    delta = (reward + gamma * following - values) * mask
    out, tail = torch.zeros_like(delta), torch.zeros(len(delta), dtype=delta.dtype)
    for t in range(delta.shape[1] - 1, -1, -1):
        tail = delta[:, t] + gamma * lam * tail
        out[:, t] = tail
    return {"delta": delta, "advantage": out, "return": out + values}
''',
    "kl": '''
import torch


def kl(logp, ref_logp, mask, *, kl_estimator):
    logr = ref_logp - logp
    found = {"k1": -logr, "k2": logr.square() / 2, "k3": logr.exp() - 1 - logr}[kl_estimator]
    return {"kl": found, "loss": found[mask.bool()].mean()}
''',
    "ppo_clip": '''
import torch


def ppo_clip(logp, old_logp, advantage, mask, *, cliprange, cliprange_high):
    logp = logp.float().requires_grad_()
    ratio = torch.exp(logp - old_logp.float())
    first, second = -advantage * ratio, -advantage * torch.clamp(ratio, 1 - cliprange, 1 + cliprange_high)
    loss = (torch.max(first, second) * mask).sum() / mask.sum()
    loss.backward()
    return {"ratio": ratio, "policy_loss": loss, "pg_losses": first, "grad": logp.grad}
''',
    "value_loss": '''
import torch


def value_loss(value, old_value, returns, mask, *, cliprange_value):
    clipped = torch.clamp(value, old_value - cliprange_value, old_value + cliprange_value)
    worse = torch.max(torch.square(value - returns), torch.square(clipped - returns))
    return {"value_loss": 0.5 * worse[mask.bool()].mean(), "clipped_value": clipped}
''',
    "grpo": '''
import torch


def grpo(logp, old_logp, ref_logp, mask, reward, group, *, beta, epsilon, epsilon_high, scale_rewards_epsilon):
    one_hot = torch.nn.functional.one_hot(group).to(reward.dtype)
    sizes = one_hot.sum(0)
    mean = (one_hot.T @ reward) / sizes
    spread = torch.sqrt((one_hot.T @ (reward - mean[group]) ** 2) / (sizes - 1).clamp(min=1))
    advantages = (reward - mean[group]) / (spread[group] + scale_rewards_epsilon)
    coef_1 = torch.exp(logp - old_logp)
    coef_2 = torch.clamp(coef_1, 1 - epsilon, 1 + epsilon_high)
    per_token_loss = -torch.min(coef_1 * advantages.unsqueeze(1), coef_2 * advantages.unsqueeze(1))
    per_token_kl = torch.exp(ref_logp - logp) - (ref_logp - logp) - 1
    per_token_loss = per_token_loss + beta * per_token_kl
    loss = ((per_token_loss * mask).sum(-1) / mask.sum(-1).clamp(min=1.0)).mean()
    return {"advantage": advantages[:, None].expand_as(logp), "ratio": coef_1, "loss": loss, "per_token_kl": per_token_kl}
''',
    "dapo": '''
import torch


def dapo(logp, old_logp, ref_logp, mask, reward, group, *, beta, epsilon, epsilon_high, scale_rewards_epsilon):
    advantage = torch.zeros_like(reward)
    for g in group.unique():
        own = group == g
        sd = reward[own].std() if own.sum() > 1 else torch.tensor(0.0)
        advantage[own] = (reward[own] - reward[own].mean()) / (sd + scale_rewards_epsilon)
    keep = mask.bool()
    a = advantage[:, None].expand_as(logp)[keep]
    r = (logp - old_logp)[keep].exp()
    d = (ref_logp - logp)[keep]
    return (-torch.min(r * a, r.clamp(1 - epsilon, 1 + epsilon_high) * a) + beta * (d.exp() - d - 1)).mean()
''',
    "dpo": '''
import torch
import torch.nn.functional as F


def dpo(chosen_logp, chosen_ref_logp, chosen_mask, rejected_logp, rejected_ref_logp, rejected_mask, *, beta):
    pi = (chosen_logp * chosen_mask).sum(-1) - (rejected_logp * rejected_mask).sum(-1)
    ref = (chosen_ref_logp * chosen_mask).sum(-1) - (rejected_ref_logp * rejected_mask).sum(-1)
    losses = -F.logsigmoid(beta * (pi - ref))
    return {"loss": losses.mean(), "pair_loss": losses, "logits": pi - ref}
''',
    "simpo": '''
import torch.nn.functional as F


def simpo(chosen_logp, chosen_mask, rejected_logp, rejected_mask, *, beta, simpo_gamma):
    def average(logp, mask):
        return (logp * mask).sum(-1) / mask.sum(-1)

    logits = average(chosen_logp, chosen_mask) - average(rejected_logp, rejected_mask)
    return {"loss": -F.logsigmoid(beta * (logits - simpo_gamma / beta)).mean()}
''',
    "hinge": '''
import torch


def hinge(chosen_logp, chosen_ref_logp, chosen_mask, rejected_logp, rejected_ref_logp, rejected_mask, *, beta):
    chosen = ((chosen_logp - chosen_ref_logp) * chosen_mask).sum(1)
    rejected = ((rejected_logp - rejected_ref_logp) * rejected_mask).sum(1)
    print("margins", (chosen - rejected).tolist())
    return torch.relu(1 - beta * (chosen - rejected)).mean()
''',
    "reward_model": '''
import torch.nn.functional as F


def reward_model(chosen_score, rejected_score, wanted_margin, *, center_rewards_coefficient):
    loss = F.softplus(wanted_margin - chosen_score + rejected_score).mean()
    return loss + center_rewards_coefficient * ((chosen_score + rejected_score) ** 2).mean()
''',
}

STYLES = [("loops over lists", exercise, text) for exercise, text in LOOPS.items()] + [
    ("PyTorch", exercise, text) for exercise, text in TORCH.items()
]
