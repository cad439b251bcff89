"""Right solutions with one thing wrong, as students write it, and the ids of the causes that say so.

Each is a change of the text of a solution: what stands there, what is written in its place, and the causes that are right; where
there are several, they are one mistake in two sentences, or give the same numbers.
"""

RATIO = [
    ("np.exp(logp - old_logp)", "np.exp(old_logp - logp)", "ratio-inverse"),
    ("np.exp(logp - old_logp)", "logp - old_logp", "ratio-log"),
    ("np.exp(logp - old_logp)", "logp / old_logp", "ratio-of-logs"),
    ("np.exp(logp - old_logp)", "np.exp(logp - logp)", "ratio-one"),
    ("np.exp(logp - old_logp)", "np.exp(logp)", "ratio-probability"),
    ("np.exp(logp - old_logp)", "np.exp(logp + old_logp)", "ratio-plus"),
    ("np.exp(logp - old_logp)", "np.exp(((logp - old_logp) * mask).sum(1, keepdims=True)) * np.ones_like(mask)", "ratio-sum"),
]


def clip(low, high):
    right = f"np.clip(ratio, 1 - {low}, 1 + {high})"
    return [
        (right, f"np.clip(ratio, 1 - {low}, 1 + {low})", "clip-low-only"),
        (right, f"np.clip(ratio, 1 - {high}, 1 + {high})", "clip-high-only"),
        (right, f"np.clip(ratio, 1 - {high}, 1 + {low})", "clip-exchanged"),
        (right, f"np.maximum(ratio, 1 - {low})", "clip-no-upper"),
        (right, f"np.minimum(ratio, 1 + {high})", "clip-no-lower"),
        (right, f"np.clip(ratio, -{low}, {high})", "clip-around-0"),
        (right, f"np.exp(np.clip(logp - old_logp, -{low}, {high}))", "clip-log"),
        ("np.minimum(surrogate, clipped_surrogate)", "np.maximum(surrogate, clipped_surrogate)", "clip-max"),
        ("np.minimum(surrogate, clipped_surrogate)", "surrogate", "clip-unused"),
        ("np.minimum(surrogate, clipped_surrogate)", "clipped_surrogate", "clip-always"),
        (
            "objective = np.minimum(surrogate, clipped_surrogate)",
            "objective = np.minimum(surrogate, clipped_surrogate)\n    objective = np.where(surrogate < 0, np.maximum(objective, 3 * surrogate / ratio), objective)",
            "clip-dual",
        ),
    ]


GROUP = [
    ("/ (len(x) - 1)) if", "/ len(x)) if", "std-n"),
    ("if len(x) > 1 else 0.0", "if len(x) > 1 else np.nan", "std-one-nan"),
    ("return np.sqrt(((x - x.mean()) ** 2).sum() / (len(x) - 1))", "return ((x - x.mean()) ** 2).sum() / (len(x) - 1)", "std-variance"),
    ("((x - x.mean()) ** 2)", "(x ** 2)", "std-around-0"),
    (
        "np.sqrt(((x - x.mean()) ** 2).sum() / (len(x) - 1)) if len(x) > 1 else 0.0",
        "np.abs(x - x.mean()).mean()",
        "std-absolute",
    ),
    (" + scale_rewards_epsilon)", ")", "std-no-epsilon"),
    (
        "(group_std[group] + scale_rewards_epsilon)",
        "np.sqrt(group_std[group] ** 2 + scale_rewards_epsilon)",
        "std-epsilon-root",
    ),
    (" + scale_rewards_epsilon)", " + 1e-6)", "std-epsilon-small"),
    (" / (group_std[group] + scale_rewards_epsilon)", "", "std-missing"),
    ("/ (group_std[group] + scale_rewards_epsilon)", "/ (spread(reward) + scale_rewards_epsilon)", "std-batch"),
    ("(reward - group_mean[group])", "reward", "mean-missing"),
    ("(reward - group_mean[group])", "(reward - reward.mean())", "mean-batch"),
    ("(reward - group_mean[group])", "(group_mean[group] - reward)", "advantage-sign"),
    ("    A = advantage", "    advantage = reward\n    A = advantage", "advantage-reward"),
    ("    group_mean =", "    group = group * 0\n    group_mean =", "groups-merged"),
    ("    group_mean =", "    reward = np.clip(reward, -1, 1)\n    group_mean =", "reward-clipped"),
    (
        "    group_mean =",
        "    group = np.arange(len(reward)) // np.bincount(group).max()\n    group_mean =",
        "groups-as-large",
    ),
]

GROUP_KL = [
    ("d = ref_logp - logp", "d = logp - ref_logp", "kl-direction"),
    ("kl = np.exp(d) - d - 1", "kl = -d", "kl-k1"),
    ("kl = np.exp(d) - d - 1", "kl = d", "kl-k1-sign"),
    ("kl = np.exp(d) - d - 1", "kl = 0.5 * d**2", "kl-k2"),
    ("kl = np.exp(d) - d - 1", "kl = d**2", "kl-square"),
    ("kl = np.exp(d) - d - 1", "kl = np.exp(d) - d", "kl-no-one"),
    ("d = ref_logp - logp", "d = old_logp - logp", "kl-old"),
    ("d = ref_logp - logp", "d = ref_logp - old_logp", "kl-old-sample"),
    ("-objective + beta * kl", "-objective - beta * kl", "kl-sign"),
    ("-objective + beta * kl", "-objective", "kl-missing"),
    ("-objective + beta * kl", "-objective + kl", "kl-unweighted"),
    ("-objective + beta * kl", "objective + beta * kl", "objective-sign"),
    ("-objective + beta * kl", "-(objective + beta * kl)", "kl-sign"),
    ("-objective + beta * kl", "-beta * objective + kl", "objective-weighted"),
]

IGNORED = ("    d = ref_logp - logp", "    mask = mask * 0 + 1\n    d = ref_logp - logp", "mask-ignored")
SEQUENCE = "((token_loss * mask).sum(1) / mask.sum(1)).mean()"

REFERENCE = [
    ("chosen_log_ratio = chosen_response_logp - chosen_response_ref_logp\n    rejected_log_ratio = rejected_response_logp - rejected_response_ref_logp",
     "chosen_log_ratio = chosen_response_logp\n    rejected_log_ratio = rejected_response_logp", "reference-missing"),
    ("response_logp - chosen_response_ref_logp\n    rejected_log_ratio = rejected_response_logp - rejected",
     "response_logp + chosen_response_ref_logp\n    rejected_log_ratio = rejected_response_logp + rejected", "reference-added"),
    ("response_logp - chosen_response_ref_logp\n    rejected_log_ratio = rejected_response_logp - rejected",
     "response_logp - rejected_response_ref_logp\n    rejected_log_ratio = rejected_response_logp - chosen", "reference-exchanged reference-added"),
    ("rejected_log_ratio = rejected_response_logp - rejected_response_ref_logp", "rejected_log_ratio = rejected_response_logp",
     "reference-chosen-only"),
]

REWARDS = [
    ("chosen_reward = beta * chosen_log_ratio\n    rejected_reward = beta * rejected_log_ratio",
     "chosen_reward = chosen_log_ratio\n    rejected_reward = rejected_log_ratio", "beta-missing"),
    ("chosen_reward = beta * chosen_log_ratio\n    rejected_reward = beta * rejected_log_ratio",
     "chosen_reward = chosen_log_ratio / beta\n    rejected_reward = rejected_log_ratio / beta", "beta-divides"),
    ("rejected_reward = beta * rejected_log_ratio", "rejected_reward = rejected_log_ratio", "beta-chosen-only"),
]

MARGIN = [
    ("margin = chosen_reward - rejected_reward", "margin = rejected_reward - chosen_reward", "margin-sign"),
    ("margin = chosen_reward - rejected_reward", "margin = chosen_reward + rejected_reward", "margin-plus"),
    ("margin = chosen_reward - rejected_reward", "margin = beta * (chosen_reward - rejected_reward)", "beta-twice"),
]

LOGISTIC = [
    ("-log_sigmoid(margin)", "-sigmoid(margin)", "log-missing"),
    ("-log_sigmoid(margin)", "1 - sigmoid(margin)", "one-minus"),
    ("-log_sigmoid(margin)", "log_sigmoid(margin)", "loss-plus pairs-sign"),
    ("-log_sigmoid(margin)", "np.log1p(np.exp(margin))", "loss-other-side margin-sign"),
    ("-log_sigmoid(margin)", "-margin", "loss-margin"),
    ("-log_sigmoid(margin)", "np.maximum(0, 1 - margin)", "loss-hinge"),
]

PAIR_MASK = ("    chosen_response_logp =", "    chosen_mask, rejected_mask = chosen_mask * 0 + 1, rejected_mask * 0 + 1\n    chosen_response_logp =",
             "mask-ignored")
PAIR_MEAN = ("    chosen_log_ratio = chosen_response_logp", """    chosen_response_logp, rejected_response_logp, chosen_response_ref_logp, rejected_response_ref_logp = (
        chosen_response_logp / chosen_mask.sum(1), rejected_response_logp / rejected_mask.sum(1),
        chosen_response_ref_logp / chosen_mask.sum(1), rejected_response_ref_logp / rejected_mask.sum(1))
    chosen_log_ratio = chosen_response_logp""", "tokens-averaged")
PAIR_SUM = ("pair_loss.mean()", "pair_loss.sum()", "pairs-sum")

MUTANTS = {
    "gae": [
        ("reward[i, t] + gamma * following - value[i, t]", "reward[i, t] - value[i, t]", "gae-next-missing"),
        ("if t + 1 < length else 0.0", "if t + 1 < width else 0.0", "gae-next-padding"),
        ("+ gamma * following", "+ following", "gae-next-undiscounted"),
        ("+ gamma * following", "+ gamma * lam * following", "gae-next-lam"),
        ("following - value[i, t]", "following + value[i, t]", "gae-value-sign"),
        ("gamma * following - value[i, t]", "gamma * value[i, t] - following", "gae-values-exchanged"),
        ("delta[i, t] = reward[i, t]", "delta[i, t] = (reward[i, t + 1] if t + 1 < length else 0)", "gae-reward-late"),
        ("gamma * lam * tail", "gamma * tail", "gae-lam-missing"),
        ("gamma * lam * tail", "lam * tail", "gae-gamma-missing"),
        ("+ gamma * lam * tail", "+ tail", "gae-undiscounted"),
        ("    rows, width", "    gamma = 1.0\n    rows, width", "gae-one-gamma"),
        ("    rows, width", "    lam = 1.0\n    rows, width", "gae-lam-missing"),
        ("+ gamma * lam * tail", "", "gae-only-delta"),
        ("for t in reversed(range(length))", "for t in range(length)", "gae-forward"),
        ("advantage + value\n", "advantage - value\n", "gae-return-minus"),
        ("locals_return = advantage + value", "locals_return = advantage", "gae-return-advantage"),
        ("advantage[i, t] = tail", "advantage[i, t] = -tail", "gae-advantage-sign"),
    ],
    "whiten": [
        ("/ (n - 1)", "/ n", "whiten-n"),
        ("    n = mask.sum()", "    mask = mask * 0 + 1\n    n = mask.sum()", "mask-ignored"),
        ("    n = mask.sum()", "    advantage, mask = advantage * mask, mask * 0 + 1\n    n = mask.sum()", "whiten-padding-zero"),
        ("advantage_mean = (raw * mask).sum() / n", "advantage_mean = (raw * mask).mean()", "whiten-padding-mean"),
        ("(raw - advantage_mean) / advantage_std", "raw / advantage_std", "whiten-mean-missing"),
        ("(raw - advantage_mean) / advantage_std", "raw - advantage_mean", "whiten-std-missing"),
        ("/ advantage_std", "/ advantage_std**2", "whiten-variance"),
        ("np.sqrt(variance + 1e-8)", "variance + 1e-8", "whiten-std-variance whiten-variance"),
        ("((raw - advantage_mean) ** 2)", "(raw**2)", "whiten-root-mean-square"),
        ("/ advantage_std\n", "/ advantage_std + advantage_mean\n", "whiten-shift"),
    ],
    "kl": [
        ("d = logp - ref_logp", "d = ref_logp - logp", "kl-direction"),
        ("kl = d\n", "kl = -d\n", "kl-direction-k1"),
        ("kl = d\n", "kl = abs(d)\n", "kl-abs"),
        ("d**2 / 2", "d**2", "kl-half"),
        ("d**2 / 2", "d / 2", "kl-k2-root"),
        ("np.exp(-d) - 1 + d", "np.exp(d) - 1 - d", "kl-direction-k3"),
        ("np.exp(-d) - 1 + d", "np.exp(-d) + d", "kl-no-one"),
        ("np.exp(-d) - 1 + d", "np.exp(-d) - 1", "kl-no-d"),
        ("np.exp(-d) - 1 + d", "np.exp(-d) - 1 - d", "kl-minus-d"),
        ("np.exp(-d) - 1 + d", "np.exp(d) - 1 + d", "kl-ratio"),
        ("        kl = d\n", "        kl = np.exp(logp) * d\n", "kl-weighted"),
        ("masked_mean(kl, mask)", "kl.mean()", "mask-ignored"),
        ("masked_mean(kl, mask)", "(kl * mask).mean()", "average-padding"),
        ("masked_mean(kl, mask)", "(kl * mask).sum()", "average-sum"),
        ("masked_mean(kl, mask)", "((kl * mask).sum(1) / mask.sum(1)).mean()", "average-responses"),
        ("    d = logp", "    kl_estimator = 'k3'\n    d = logp", "kl-one-estimator"),
    ],
    "ppo_clip": RATIO
    + clip("cliprange", "cliprange_high")
    + [
        ("-masked_mean(objective, mask)", "masked_mean(objective, mask)", "average-sign"),
        ("-masked_mean(objective, mask)", "-(objective * mask).sum()", "average-sum"),
        ("-masked_mean(objective, mask)", "-(objective * mask).mean()", "average-padding"),
        ("-masked_mean(objective, mask)", "-objective.mean()", "mask-ignored"),
        ("-masked_mean(objective, mask)", "-((objective * mask).sum(1) / mask.sum(1)).mean()", "average-responses"),
        ("-masked_mean(objective, mask)", "-(objective * mask).sum(1).mean()", "average-response-sums"),
        ("np.minimum(surrogate, clipped_surrogate)", "np.minimum(ratio, clipped_ratio) * advantage", "clip-min-ratio"),
        ("np.minimum(surrogate, clipped_surrogate)", "np.minimum(ratio, clipped_ratio)", "clip-no-advantage"),
        ("clipped_ratio * advantage", "clipped_ratio", "clip-only-one-advantage"),
        ("    ratio =", "    advantage = -advantage\n    ratio =", "clip-advantage-sign"),
    ],
    "value_loss": [
        ("np.maximum(value_error", "np.minimum(value_error", "value-min"),
        ("np.maximum(value_error, clipped_value_error)", "value_error", "value-unclipped"),
        ("np.maximum(value_error, clipped_value_error)", "clipped_value_error", "value-only-clipped"),
        ("old_value + np.clip(value - old_value,", "returns + np.clip(value - returns,", "value-clip-return value-unclipped"),
        ("old_value + np.clip(value - old_value,", "np.clip(value,", "value-clip-0"),
        ("old_value + np.clip(value - old_value,", "np.clip(value - old_value,", "value-clip-difference"),
        ("old_value + np.clip(value - old_value,", "old_value - np.clip(value - old_value,", "value-clip-sign"),
        ("value - returns) ** 2\n    clipped_value = old_value + np.clip(value - old_value, -cliprange_value, cliprange_value)\n"
         "    clipped_value_error = (clipped_value - returns) ** 2",
         "abs(value - returns))\n    clipped_value = old_value + np.clip(value - old_value, -cliprange_value, cliprange_value)\n"
         "    clipped_value_error = abs(clipped_value - returns)", "value-abs"),
        ("value_error = (value - returns) ** 2", "value_error = (old_value - returns) ** 2", "value-old"),
        ("value_error = (value - returns) ** 2", "value_error = (value - old_value) ** 2", "value-error-old"),
        ("0.5 * masked_mean", "masked_mean", "value-half-missing average-twice"),
        ("0.5 * masked_mean(value_objective, mask)", "0.5 * value_objective.mean()", "mask-ignored"),
        ("0.5 * masked_mean(value_objective, mask)", "0.5 * (value_objective * mask).mean()", "average-padding"),
        ("0.5 * masked_mean(value_objective, mask)", "0.5 * (value_objective * mask).sum()", "average-sum"),
        ("0.5 *", "-0.5 *", "average-sign"),
        ("0.5 *", "0.25 *", "average-half"),
    ],
    "aggregate": [
        ("sums.sum() / mask.sum()", "(sums / mask.sum(1)).mean()", "token-mean-as-seq-mean-token-mean"),
        ("sums.sum() / mask.sum()", "sums.mean()", "token-mean-as-seq-mean-token-sum"),
        ("(sums / mask.sum(1)).mean()", "sums.sum() / mask.sum()", "seq-mean-token-mean-as-token-mean"),
        ("(sums / mask.sum(1)).mean()", "sums.mean()", "seq-mean-token-mean-as-seq-mean-token-sum"),
        ("        loss = sums.mean()", "        loss = sums.sum()", "seq-mean-token-sum-as-token-sum"),
        ("        loss = sums.mean()", "        loss = sums.sum() / mask.sum()", "seq-mean-token-sum-as-token-mean"),
        ("        loss = sums.sum()\n", "        loss = sums.mean()\n", "token-sum-as-seq-mean-token-sum"),
        ("sums.sum() / mask.sum()", "sums.sum() / mask.size", "aggregate-padding"),
        ("(sums / mask.sum(1)).mean()", "(sums / mask.shape[1]).mean()", "aggregate-row-padding"),
        ("(sums / mask.sum(1)).mean()", "(sums / mask.sum(1)).sum()", "aggregate-row-sum"),
        ("    sums =", "    mask = mask * 0 + 1\n    sums =", "mask-ignored"),
        ("    sums =", "    loss_agg_mode = 'token-mean'\n    sums =", "aggregate-one-mode"),
    ],
    "reward_model": [
        ("margin = chosen_score - rejected_score", "margin = rejected_score - chosen_score", "margin-sign"),
        ("margin = chosen_score - rejected_score", "margin = chosen_score + rejected_score", "margin-plus"),
        ("logit = margin - wanted_margin", "logit = margin", "lead-missing"),
        ("logit = margin - wanted_margin", "logit = margin + wanted_margin", "lead-added"),
        ("logit = margin - wanted_margin", "logit = margin * wanted_margin", "lead-multiplied"),
        ("(chosen_score + rejected_score) ** 2", "(chosen_score - rejected_score) ** 2", "centering-difference"),
        ("(chosen_score + rejected_score) ** 2", "(chosen_score**2 + rejected_score**2)", "centering-squares"),
        ("(chosen_score + rejected_score) ** 2", "((chosen_score + rejected_score) / 2) ** 2", "centering-mean"),
        ("(chosen_score + rejected_score) ** 2", "(chosen_score + rejected_score)", "centering-root"),
        ("center_rewards_coefficient * (", "(", "centering-unweighted"),
        (" + centering", "", "centering-missing"),
        (" + centering", " - centering", "centering-subtracted"),
        ("-log_sigmoid(logit)", "-sigmoid(logit)", "log-missing"),
        ("-log_sigmoid(logit)", "1 - sigmoid(logit)", "one-minus"),
        ("-log_sigmoid(logit)", "log_sigmoid(logit)", "loss-plus"),
        ("-log_sigmoid(logit)", "-log_sigmoid(-logit)", "loss-other-side"),
        PAIR_SUM,
        ("pair_loss.mean()", "pair_loss.sum() / (2 * len(pair_loss))", "pairs-half"),
    ],
    "grpo": GROUP
    + RATIO
    + clip("epsilon", "epsilon_high")
    + GROUP_KL
    + [
        IGNORED,
        (SEQUENCE, "masked_mean(token_loss, mask)", "average-tokens"),
        (SEQUENCE, "(token_loss * mask).mean()", "average-padding average-row-padding"),
        (SEQUENCE, "(token_loss * mask).sum(1).mean()", "average-response-sums"),
        (SEQUENCE, "((token_loss * mask).sum(1) / mask.sum(1)).sum()", "average-responses-sum"),
        (SEQUENCE, "(token_loss * mask).sum()", "average-sum"),
    ],
    "dr_grpo": [
        ("    A = ", "    sd = np.array([spread(reward[group == g]) for g in range(group.max() + 1)])\n"
         "    advantage = advantage / (sd[group] + 1e-4)\n    A = ", "std-divided"),
        ("/ (len(mask) * max_completion_length)", "/ mask.sum()", "average-tokens"),
        ("/ (len(mask) * max_completion_length)", "/ mask.size", "average-padding"),
        ("/ (len(mask) * max_completion_length)", "/ len(mask)", "average-response-sums"),
        ("/ (len(mask) * max_completion_length)", "/ max_completion_length", "average-tokens-length"),
        ("(token_loss * mask).sum() / (len(mask) * max_completion_length)", SEQUENCE, "average-responses"),
        IGNORED,
    ],
    "dapo": [
        ("masked_mean(token_loss, mask)", SEQUENCE, "average-responses"),
        ("masked_mean(token_loss, mask)", "(token_loss * mask).mean()", "average-padding"),
        ("1 + epsilon_high", "1 + epsilon", "clip-low-only"),
        ("masked_mean(token_loss, mask)", "(token_loss * mask).sum(1).mean()", "average-response-sums"),
    ],
    "gspo": [
        ("((logp - old_logp) * mask).sum(1) / mask.sum(1)", "((logp - old_logp) * mask).sum(1)", "gspo-sum"),
        ("np.exp(log_ratio)", "(np.exp(logp - old_logp) * mask).sum(1) / mask.sum(1)", "gspo-mean-ratio"),
        ("((logp - old_logp) * mask).sum(1) / mask.sum(1)", "((logp - old_logp) * mask).mean(1)", "gspo-padding"),
        ("(logp - old_logp)", "(old_logp - logp)", "ratio-inverse"),
        ("np.exp(log_ratio)", "log_ratio", "ratio-log"),
        ("np.minimum(sequence_surrogate", "np.maximum(sequence_surrogate", "clip-max"),
        ("1 + epsilon_high", "1 + epsilon", "clip-low-only"),
    ],
    "cispo": [
        ("np.minimum(ratio, epsilon_high)", "np.minimum(ratio, 1 + epsilon_high)", "cispo-border"),
        ("np.minimum(ratio, epsilon_high)", "ratio", "cispo-unclipped"),
        ("ratio_weight * A * logp", "ratio_weight * A", "cispo-no-logp"),
        ("ratio_weight * A * logp", "ratio_weight * A * old_logp", "cispo-old-logp"),
        ("ratio_weight * A * logp", "A * logp", "cispo-no-weight ratio-one"),
        ("ratio_weight * A * logp", "ratio_weight * logp", "cispo-no-advantage"),
        ("masked_mean(token_loss, mask)", SEQUENCE, "average-responses"),
    ],
    "rloo": [
        (" and j != i", "", "rloo-own"),
        ("/ len(others)", "/ (len(others) + 1)", "rloo-n"),
        ("sum(others) / len(others)", "sum(others)", "rloo-sum"),
        ("if others else 0.0", "if others else np.nan", "rloo-one-nan"),
        ("if others else 0.0", "if others else reward[i]", "rloo-one-own"),
        ("if group[j] == group[i] and j != i", "if j != i", "groups-merged rloo-all"),
        ("reward - baseline", "baseline - reward", "advantage-sign"),
        ("reward - baseline", "reward", "advantage-reward"),
    ],
    "dpo": REFERENCE + REWARDS + MARGIN + LOGISTIC + [PAIR_MASK, PAIR_MEAN, PAIR_SUM],
    "ipo": REFERENCE[:2]
    + [
        ("chosen_log_ratio / chosen_mask.sum(1) - rejected_log_ratio / rejected_mask.sum(1)",
         "chosen_log_ratio - rejected_log_ratio", "ipo-sums"),
        ("/ rejected_mask.sum(1)\n", "/ chosen_mask.sum(1)\n", "ipo-one-length"),
        ("1 / (2 * beta)", "1 / beta", "ipo-beta"),
        ("1 / (2 * beta)", "beta / 2", "ipo-beta-up"),
        ("1 / (2 * beta)", "0.5", "ipo-half"),
        ("logit - 1", "beta * logit - 1", "ipo-scaled"),
        ("(logit - 1 / (2 * beta)) ** 2", "logit**2", "ipo-no-target"),
        ("logit - 1 / (2 * beta)", "logit + 1 / (2 * beta)", "ipo-plus margin-sign"),
        ("(logit - 1 / (2 * beta)) ** 2", "abs(logit - 1 / (2 * beta))", "ipo-root"),
        PAIR_SUM,
    ],
    "hinge": REWARDS[:1] + MARGIN[:1] + [
        ("np.maximum(0, 1 - margin)", "1 - margin", "hinge-no-relu"),
        ("np.maximum(0, 1 - margin)", "np.maximum(0, -margin)", "hinge-zero"),
        ("np.maximum(0, 1 - margin)", "np.maximum(0, 1 + margin)", "hinge-sign margin-sign"),
        ("np.maximum(0, 1 - margin)", "np.minimum(0, 1 - margin)", "hinge-minimum"),
        ("np.maximum(0, 1 - margin)", "-log_sigmoid(margin)", "hinge-sigmoid"),
        PAIR_MEAN,
    ],
    "cdpo": [
        ("-(1 - e) * log_sigmoid(margin) - e * log_sigmoid(-margin)", "-log_sigmoid(margin)", "smoothing-ignored"),
        ("    e = label_smoothing", "    e = 1 - label_smoothing", "smoothing-exchanged margin-sign"),
        ("- e * log_sigmoid(-margin)", "+ e * log_sigmoid(-margin)", "smoothing-sign"),
        (" - e * log_sigmoid(-margin)", "", "smoothing-one-part"),
        ("e * log_sigmoid(-margin)", "e * log_sigmoid(margin)", "smoothing-same-side smoothing-ignored"),
        ("-(1 - e) * log_sigmoid(margin)", "-log_sigmoid(margin)", "smoothing-whole"),
    ],
    "robust": [
        (" / (1 - 2 * e)", "", "robust-denominator"),
        ("+ e * log_sigmoid(-margin)", "- e * log_sigmoid(-margin)", "smoothing-conservative"),
        ("/ (1 - 2 * e)", "/ (1 - e)", "robust-one"),
        ("/ (1 - 2 * e)", "* (1 - 2 * e)", "robust-multiplied"),
        ("    e = label_smoothing", "    e = 0", "smoothing-ignored"),
    ],
    "apo_zero": REWARDS[:1] + [
        ("1 - sigmoid(chosen_reward)", "sigmoid(chosen_reward)", "apo-chosen"),
        ("= sigmoid(rejected_reward)", "= 1 - sigmoid(rejected_reward)", "apo-rejected"),
        ("1 - sigmoid(chosen_reward)", "-log_sigmoid(chosen_reward)", "apo-log"),
        ("= sigmoid(rejected_reward)", "= sigmoid(margin)", "apo-margin"),
        ("chosen_loss + rejected_loss", "chosen_loss", "apo-chosen-only"),
        ("chosen_loss + rejected_loss", "chosen_loss - rejected_loss", "apo-minus"),
    ],
    "simpo": [
        ("margin - simpo_gamma", "margin", "gamma-missing"),
        ("margin - simpo_gamma", "margin + simpo_gamma", "gamma-added"),
        ("margin - simpo_gamma", "margin - beta * simpo_gamma", "gamma-scaled"),
        (" / chosen_mask.sum(1)\n    rejected_response_logp = (rejected_logp * rejected_mask).sum(1) / rejected_mask.sum(1)",
         "\n    rejected_response_logp = (rejected_logp * rejected_mask).sum(1)", "tokens-summed"),
        (".sum(1) / chosen_mask.sum(1)\n    rejected_response_logp = (rejected_logp * rejected_mask).sum(1) / rejected_mask.sum(1)",
         ".mean(1)\n    rejected_response_logp = (rejected_logp * rejected_mask).mean(1)", "tokens-padding"),
        PAIR_MASK,
    ],
    "orpo": [
        ("response_logp - np.log(1 - np.exp(chosen_response_logp))\n    rejected_odds = rejected_response_logp - np.log(1 - np.exp(rejected_response_logp))",
         "response_logp\n    rejected_odds = rejected_response_logp", "orpo-odds"),
        ("chosen_odds - rejected_odds", "rejected_odds - chosen_odds", "orpo-odds-sign"),
        ("-masked_mean(chosen_logp, chosen_mask)", "-chosen_response_logp", "orpo-responses orpo-means"),
        ("-masked_mean(chosen_logp, chosen_mask)", "-chosen_response_logp.mean()", "orpo-means orpo-responses"),
        ("-masked_mean", "masked_mean", "orpo-chosen-sign"),
        ("chosen_loss - beta * log_sigmoid(log_odds)", "-beta * log_sigmoid(log_odds)", "orpo-no-chosen"),
        ("chosen_loss - beta * log_sigmoid(log_odds)", "chosen_loss + beta * log_sigmoid(log_odds)", "orpo-sign"),
        ("beta * log_sigmoid(log_odds)", "log_sigmoid(log_odds)", "beta-missing"),
        ("chosen_loss - beta * log_sigmoid(log_odds)", "beta * chosen_loss - log_sigmoid(log_odds)", "beta-other"),
        ("beta * log_sigmoid(log_odds)", "log_sigmoid(beta * log_odds)", "orpo-beta-inside"),
    ],
}
