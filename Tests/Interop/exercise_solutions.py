"""Right solutions of the exercises of `gradus grade`, written from the papers; the mutants of test_grade.py are changes of them."""

PRELUDE = '''
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def log_sigmoid(x):
    return -np.log1p(np.exp(-np.abs(x))) + np.minimum(x, 0)


def masked_mean(x, mask):
    return (x * mask).sum() / mask.sum()

'''

GROUP_ADVANTAGE = '''
    group_mean = np.array([reward[group == g].mean() for g in range(group.max() + 1)])
    group_std = np.array([spread(reward[group == g]) for g in range(group.max() + 1)])
    advantage = (reward - group_mean[group]) / (group_std[group] + scale_rewards_epsilon)
    A = advantage[:, None]
'''

SPREAD = '''
def spread(x):
    return np.sqrt(((x - x.mean()) ** 2).sum() / (len(x) - 1)) if len(x) > 1 else 0.0

'''

CLIPPED = '''
    ratio = np.exp(logp - old_logp)
    clipped_ratio = np.clip(ratio, 1 - epsilon, 1 + epsilon_high)
    surrogate = ratio * A
    clipped_surrogate = clipped_ratio * A
    objective = np.minimum(surrogate, clipped_surrogate)
'''

GROUP_KL = '''
    d = ref_logp - logp
    kl = np.exp(d) - d - 1
    token_loss = -objective + beta * kl
'''

GROUP_OPTIONS = "logp, old_logp, ref_logp, mask, reward, group, *, beta, epsilon, epsilon_high"


def group(name, average, scaled=True, more="", clipped=CLIPPED):
    options = GROUP_OPTIONS + (", scale_rewards_epsilon" if scaled else "") + more
    advantage = GROUP_ADVANTAGE
    if not scaled:
        advantage = (
            advantage.replace(" / (group_std[group] + scale_rewards_epsilon)", "")
            .replace("(reward - group_mean[group])", "reward - group_mean[group]")
            .replace("    group_std = np.array([spread(reward[group == g]) for g in range(group.max() + 1)])\n", "")
        )
    return f"{SPREAD}\ndef {name}({options}):{advantage}{clipped}{GROUP_KL}    loss = {average}\n    return dict(locals())\n"


PAIR_ARGUMENTS = "chosen_logp, chosen_ref_logp, chosen_mask, rejected_logp, rejected_ref_logp, rejected_mask, *, beta"

PAIR_SUMS = '''
    chosen_response_logp = (chosen_logp * chosen_mask).sum(1)
    rejected_response_logp = (rejected_logp * rejected_mask).sum(1)
    chosen_response_ref_logp = (chosen_ref_logp * chosen_mask).sum(1)
    rejected_response_ref_logp = (rejected_ref_logp * rejected_mask).sum(1)
    chosen_log_ratio = chosen_response_logp - chosen_response_ref_logp
    rejected_log_ratio = rejected_response_logp - rejected_response_ref_logp
'''

PAIR_REWARDS = '''
    chosen_reward = beta * chosen_log_ratio
    rejected_reward = beta * rejected_log_ratio
    margin = chosen_reward - rejected_reward
'''

PAIR_MEANS = '''
    chosen_response_logp = (chosen_logp * chosen_mask).sum(1) / chosen_mask.sum(1)
    rejected_response_logp = (rejected_logp * rejected_mask).sum(1) / rejected_mask.sum(1)
'''


def pair(name, body, more=""):
    return (
        f"\ndef {name}({PAIR_ARGUMENTS}{more}):{PAIR_SUMS}{PAIR_REWARDS}{body}    loss = pair_loss.mean()\n"
        "    return dict(locals())\n"
    )


BODIES = {
    "gae": '''
def gae(reward, value, mask, *, gamma, lam):
    rows, width = reward.shape
    delta, advantage = np.zeros((rows, width)), np.zeros((rows, width))
    for i in range(rows):
        length = int(mask[i].sum())
        tail = 0.0
        for t in reversed(range(length)):
            following = value[i, t + 1] if t + 1 < length else 0.0
            delta[i, t] = reward[i, t] + gamma * following - value[i, t]
            tail = delta[i, t] + gamma * lam * tail
            advantage[i, t] = tail
    locals_return = advantage + value
    return {"delta": delta, "return": locals_return, "advantage": advantage}
''',
    "whiten": '''
def whiten(advantage, mask):
    n = mask.sum()
    raw = advantage
    advantage_mean = (raw * mask).sum() / n
    variance = (((raw - advantage_mean) ** 2) * mask).sum() / (n - 1)
    advantage_std = np.sqrt(variance + 1e-8)
    advantage = (raw - advantage_mean) / advantage_std
    return dict(locals())
''',
    "kl": '''
def kl(logp, ref_logp, mask, *, kl_estimator):
    d = logp - ref_logp
    if kl_estimator == "k1":
        kl = d
    elif kl_estimator == "k2":
        kl = d**2 / 2
    else:
        kl = np.exp(-d) - 1 + d
    loss = masked_mean(kl, mask)
    return dict(locals())
''',
    "ppo_clip": '''
def ppo_clip(logp, old_logp, advantage, mask, *, cliprange, cliprange_high):
    ratio = np.exp(logp - old_logp)
    clipped_ratio = np.clip(ratio, 1 - cliprange, 1 + cliprange_high)
    surrogate = ratio * advantage
    clipped_surrogate = clipped_ratio * advantage
    objective = np.minimum(surrogate, clipped_surrogate)
    policy_loss = -masked_mean(objective, mask)
    return dict(locals())
''',
    "value_loss": '''
def value_loss(value, old_value, returns, mask, *, cliprange_value):
    value_error = (value - returns) ** 2
    clipped_value = old_value + np.clip(value - old_value, -cliprange_value, cliprange_value)
    clipped_value_error = (clipped_value - returns) ** 2
    value_objective = np.maximum(value_error, clipped_value_error)
    value_loss = 0.5 * masked_mean(value_objective, mask)
    return dict(locals())
''',
    "aggregate": '''
def aggregate(token_loss, mask, *, loss_agg_mode):
    sums = (token_loss * mask).sum(1)
    if loss_agg_mode == "token-mean":
        loss = sums.sum() / mask.sum()
    elif loss_agg_mode == "seq-mean-token-mean":
        loss = (sums / mask.sum(1)).mean()
    elif loss_agg_mode == "seq-mean-token-sum":
        loss = sums.mean()
    else:
        loss = sums.sum()
    return dict(locals())
''',
    "reward_model": '''
def reward_model(chosen_score, rejected_score, wanted_margin, *, center_rewards_coefficient):
    margin = chosen_score - rejected_score
    logit = margin - wanted_margin
    centering = center_rewards_coefficient * (chosen_score + rejected_score) ** 2
    pair_loss = -log_sigmoid(logit) + centering
    loss = pair_loss.mean()
    return dict(locals())
''',
    "grpo": group("grpo", "((token_loss * mask).sum(1) / mask.sum(1)).mean()"),
    "dr_grpo": group(
        "dr_grpo", "(token_loss * mask).sum() / (len(mask) * max_completion_length)", False, ", max_completion_length"
    ),
    "dapo": group("dapo", "masked_mean(token_loss, mask)"),
    "gspo": group(
        "gspo",
        "((token_loss * mask).sum(1) / mask.sum(1)).mean()",
        clipped='''
    log_ratio = ((logp - old_logp) * mask).sum(1) / mask.sum(1)
    sequence_ratio = np.exp(log_ratio)
    clipped_sequence_ratio = np.clip(sequence_ratio, 1 - epsilon, 1 + epsilon_high)
    sequence_surrogate = sequence_ratio * advantage
    clipped_sequence_surrogate = clipped_sequence_ratio * advantage
    sequence_objective = np.minimum(sequence_surrogate, clipped_sequence_surrogate)
    objective = sequence_objective[:, None]
''',
    ),
    "cispo": group(
        "cispo",
        "masked_mean(token_loss, mask)",
        clipped='''
    ratio = np.exp(logp - old_logp)
    ratio_weight = np.minimum(ratio, epsilon_high)
    objective = ratio_weight * A * logp
''',
    ).replace("beta, epsilon, epsilon_high", "beta, epsilon_high"),
    "rloo": '''
def rloo(reward, group):
    baseline = np.zeros(len(reward))
    for i in range(len(reward)):
        others = [reward[j] for j in range(len(reward)) if group[j] == group[i] and j != i]
        baseline[i] = sum(others) / len(others) if others else 0.0
    advantage = reward - baseline
    return dict(locals())
''',
    "dpo": pair("dpo", "    pair_loss = -log_sigmoid(margin)\n"),
    "ipo": f'''
def ipo({PAIR_ARGUMENTS}):{PAIR_SUMS}
    logit = chosen_log_ratio / chosen_mask.sum(1) - rejected_log_ratio / rejected_mask.sum(1)
    pair_loss = (logit - 1 / (2 * beta)) ** 2
    loss = pair_loss.mean()
    return dict(locals())
''',
    "hinge": pair("hinge", "    pair_loss = np.maximum(0, 1 - margin)\n"),
    "cdpo": pair(
        "cdpo",
        "    e = label_smoothing\n    pair_loss = -(1 - e) * log_sigmoid(margin) - e * log_sigmoid(-margin)\n",
        ", label_smoothing",
    ),
    "robust": pair(
        "robust",
        "    e = label_smoothing\n"
        "    pair_loss = (-(1 - e) * log_sigmoid(margin) + e * log_sigmoid(-margin)) / (1 - 2 * e)\n",
        ", label_smoothing",
    ),
    "apo_zero": pair(
        "apo_zero",
        "    chosen_loss = 1 - sigmoid(chosen_reward)\n    rejected_loss = sigmoid(rejected_reward)\n"
        "    pair_loss = chosen_loss + rejected_loss\n",
    ),
    "simpo": f'''
def simpo(chosen_logp, chosen_mask, rejected_logp, rejected_mask, *, beta, simpo_gamma):{PAIR_MEANS}
    chosen_reward = beta * chosen_response_logp
    rejected_reward = beta * rejected_response_logp
    margin = chosen_reward - rejected_reward
    logit = margin - simpo_gamma
    pair_loss = -log_sigmoid(logit)
    loss = pair_loss.mean()
    return dict(locals())
''',
    "orpo": f'''
def orpo(chosen_logp, chosen_mask, rejected_logp, rejected_mask, *, beta):{PAIR_MEANS}
    chosen_loss = -masked_mean(chosen_logp, chosen_mask)
    chosen_odds = chosen_response_logp - np.log(1 - np.exp(chosen_response_logp))
    rejected_odds = rejected_response_logp - np.log(1 - np.exp(rejected_response_logp))
    log_odds = chosen_odds - rejected_odds
    pair_loss = chosen_loss - beta * log_sigmoid(log_odds)
    loss = pair_loss.mean()
    chosen_loss = np.full(len(log_odds), chosen_loss)
    return dict(locals())
''',
}

ANSWERS = {
    "gae": ["advantage", "return"],
    "whiten": ["advantage"],
    "rloo": ["advantage"],
    "ppo_clip": ["policy_loss"],
    "value_loss": ["value_loss"],
}


def answers(exercise):
    """The terms that an exercise asks for."""
    return ANSWERS.get(exercise, ["loss"])


def solution(exercise):
    return PRELUDE + BODIES[exercise]


def answering_alone(exercise, text):
    """The same file, whose function returns nothing but what is asked for."""
    return text + (
        f"\n\nwhole = {exercise}\n\n\ndef {exercise}(**given):\n"
        f"    result = whole(**given)\n    return {{name: result[name] for name in {answers(exercise)}}}\n"
    )


def in_single_precision(exercise, text):
    """The same file, whose function computes with 32 bits."""
    return text + (
        f"\n\nwhole = {exercise}\n\n\ndef {exercise}(**given):\n"
        "    return whole(**{k: v.astype(np.float32) if getattr(v, 'dtype', None) == np.float64 else v"
        " for k, v in given.items()})\n"
    )
