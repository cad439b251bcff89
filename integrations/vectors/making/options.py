"""The sets of options under which each batch is computed."""

import itertools

from making.standards import STANDARDS


def product(**choices):
    names = list(choices)
    return [dict(zip(names, values)) for values in itertools.product(*choices.values())]


def without_defaults(algorithm, sets):
    """Each set once, without what is the standard value."""
    result = []
    for options in sets:
        own = {k: v for k, v in options.items() if v != STANDARDS[algorithm].get(k)}
        if own not in result:
            result.append(own)
    return result


WIDE = {"max_completion_length": 12}
GRPO_LOSSES = [
    {}, {"loss_type": "grpo"}, {"loss_type": "bnpo"}, {"loss_type": "dr_grpo"} | WIDE, {"loss_type": "luspo"},
    {"loss_type": "luspo", "importance_sampling_level": "sequence"},
    {"loss_type": "grpo", "importance_sampling_level": "sequence"},
    {"importance_sampling_level": "sequence"}, {"loss_type": "dr_grpo", "importance_sampling_level": "sequence"} | WIDE,
    {"loss_type": "grpo", "importance_sampling_level": "sequence", "epsilon": 3e-4, "epsilon_high": 4e-4},
    {"epsilon_high": 0.28}, {"loss_type": "grpo", "epsilon": 0.1, "epsilon_high": 0.4}, {"epsilon": 0.05}, {"delta": 1.1},
    {"loss_type": "grpo", "delta": 1.5, "epsilon_high": 0.3}, {"loss_type": "cispo", "epsilon_high": 1.15},
    {"loss_type": "cispo", "epsilon_high": 1.3, "cispo_weight_min": 0.8},
    {"loss_type": "cispo", "epsilon_high": 1.05, "importance_sampling_level": "sequence"}, {"loss_type": "sapo"},
    {"loss_type": "sapo", "sapo_temperature_pos": 2, "sapo_temperature_neg": 0.5}, {"loss_type": "gmpo", "epsilon": 0.4},
    {"loss_type": "gmpo", "epsilon": 0.15, "epsilon_high": 0.3}, {"loss_type": "gpg", "advantage_estimator": "gpg"},
    {"loss_type": "dppo_tv", "epsilon": 0.05, "epsilon_high": 0.08}, {"loss_type": "dppo_tv", "epsilon": 0.1, "delta": 1.2},
    {"loss_type": "dppo_kl", "epsilon": 0.02, "epsilon_high": 0.05},
    {"loss_type": "clip_cov", "clip_cov_ratio": 0.15, "clip_cov_lb": 0.05},
    {"loss_type": "kl_cov", "kl_cov_ratio": 0.2, "ppo_kl_coef": 0.7}, {"beta": 0.04}, {"loss_type": "grpo", "beta": 0.04},
    {"loss_type": "grpo", "beta": 0.1, "kl_estimator": "k1"}, {"beta": 0.1, "kl_estimator": "k2"},
    {"beta": 0.1, "kl_estimator": "k3+"},
    {"loss_type": "dr_grpo", "beta": 0.04, "scale_rewards": "none"} | WIDE, {"loss_type": "luspo", "beta": 0.04},
    {"loss_type": "bnpo", "beta": 0.2}, {"beta": 0.04, "use_bias_correction_kl": True},
    {"loss_type": "grpo", "beta": 0.3, "use_bias_correction_kl": True, "importance_sampling_level": "sequence"},
    {"beta": 0.2, "kl_log_ratio_clamp": 0.25}, {"beta": 0.2, "kl_clamp": 0.05}, {"entropy_coef": 0.01},
    {"loss_type": "grpo", "entropy_coef": 0.1},
    {"top_entropy_quantile": 0.5}, {"loss_type": "grpo", "top_entropy_quantile": 0.2},
    {"top_entropy_quantile": 0.5, "entropy_coef": 0.1},
    {"off_policy_mask_threshold": 0.05}, {"loss_type": "grpo", "off_policy_mask_threshold": 0.2},
    {"scale_rewards": "none"}, {"scale_rewards": "batch"}, {"advantage_estimator": "rloo"},
    {"advantage_estimator": "reinforce_plus_plus"},
]  # fmt: skip
GRPO_ADVANTAGES = product(
    advantage_estimator=["grpo", "rloo", "reinforce_plus_plus", "reinforce_plus_plus_baseline", "opo", "gpg", "maxrl"],
    loss_type=["dapo", "grpo"],
) + product(scale_rewards=["group", "batch", "none"], scale_rewards_epsilon=[1e-4, 1e-6, 1e-9], group_of_one=["zero", "reward"])
GRPO_MASKED = product(
    loss_type=["grpo", "dapo", "dr_grpo", "luspo", "bnpo"], mask_truncated_completions=[False, True], beta=[0, 0.04],
    max_completion_length=[12]
) + [
    {"loss_type": "grpo", "importance_sampling_level": "sequence"},
    {"importance_sampling_level": "sequence", "mask_truncated_completions": True},
    {"loss_type": "gmpo", "epsilon": 0.3}, {"loss_type": "sapo"}, {"loss_type": "cispo", "epsilon_high": 1.2},
    {"loss_type": "gpg"},
    {"top_entropy_quantile": 0.4}, {"entropy_coef": 0.05}, {"entropy_coef": 0.05, "mask_truncated_completions": True},
    {"advantage_estimator": "reinforce_plus_plus"}, {"advantage_estimator": "reinforce_plus_plus_baseline"},
    {"advantage_estimator": "opo"}, {"off_policy_mask_threshold": 0.02},
]  # fmt: skip
GRPO_SAMPLED = (
    product(
        vllm_importance_sampling_mode=["token_truncate", "token_mask", "sequence_truncate", "sequence_mask"],
        vllm_importance_sampling_clip_max=[1.2, None], vllm_importance_sampling_clip_min=[0.8, None],
        loss_type=["dapo", "grpo"],
    )
    + product(rollout_is=["token", "sequence"], rollout_is_threshold=[1.1, 2], loss_type=["dapo", "grpo"])
    + product(rollout_rs=["token", "sequence", "geometric"], rollout_rs_threshold=[1.3], rollout_rs_threshold_lower=[None, 0.9])
    + product(rollout_rs=["token", "geometric"], rollout_rs_threshold=[1.4], rollout_is=["token"], loss_type=["grpo", "dapo"])
    + [
        {"loss_type": "vespo"}, {"loss_type": "vespo", "vespo_k_pos": 1, "vespo_lambda_neg": 3},
        {"loss_type": "vespo", "vllm_importance_sampling_mode": "token_truncate"},
        {"vllm_importance_sampling_correction": False},
        {"vllm_importance_sampling_mode": "token_truncate", "beta": 0.04}, {"off_policy_mask_threshold": 0.05},
        {"loss_type": "cispo", "epsilon_high": 1.2, "vllm_importance_sampling_mode": "token_mask"},
        {"loss_type": "sapo", "vllm_importance_sampling_mode": "token_truncate"},
    ]
)  # fmt: skip
GRPO_JUDGED = product(
    reward_weights=["1", "1,0.5", "0.2,2,0.1"], multi_objective_aggregation=["sum_then_normalize", "normalize_then_sum"],
    scale_rewards=["group", "batch", "none"],
)  # fmt: skip
GRPO_USERS = product(
    advantage_baseline=["own_group", "across_groups", "pooled", "reference", "ema"], scale_rewards=["group", "batch", "none"],
    loss_type=["dapo", "grpo"],
)  # fmt: skip

PPO = [
    {}, {"kl_coef": 0.2}, {"kl_coef": 0}, {"kl_estimator": "k2"}, {"kl_estimator": "k3"},
    {"kl_estimator": "k3", "kl_coef": 0.5, "kl_clamp": 0.1},
    {"kl_estimator": "k3", "kl_log_ratio_clamp": 0.2}, {"use_kl_loss": True},
    {"use_kl_loss": True, "kl_estimator": "k2", "kl_coef": 0.3},
    {"use_kl_loss": True, "kl_estimator": "k3", "kl_coef": 0.3},
    {"use_kl_loss": True, "kl_estimator": "k3+", "kl_coef": 0.3}, {"gamma": 0.9},
    {"lam": 1}, {"lam": 0}, {"gamma": 0.95, "lam": 0.8}, {"whiten_rewards": True}, {"whiten_rewards": True, "whiten_ddof": 0},
    {"whiten_advantages": False}, {"whiten_ddof": 0}, {"whiten_advantages": False, "gamma": 0.9, "lam": 0.5},
    {"cliprange": 0.05},
    {"cliprange_high": 0.28}, {"cliprange": 0.1, "cliprange_high": 0.4}, {"clip_ratio_c": 3},
    {"clip_ratio_c": 1.2, "cliprange": 0.1},
    {"log_ratio_clamp": 0.3}, {"log_ratio_clamp": 20}, {"cliprange_value": None}, {"cliprange_value": 0.05},
    {"vf_coef": 0.5}, {"vf_coef": 0},
    {"entropy_coef": 0.01}, {"entropy_coef": 0.1, "loss_agg_mode": "seq-mean-token-mean"},
    {"loss_agg_mode": "seq-mean-token-mean"},
    {"loss_agg_mode": "seq-mean-token-sum"}, {"loss_agg_mode": "seq-mean-token-sum-norm"}, {"loss_agg_mode": "token-sum"},
    {"loss_agg_mode": "seq-mean-token-sum-norm", "loss_scale_factor": 8}, {"vf_loss_agg_mode": "seq-mean-token-mean"},
    {"vf_loss_agg_mode": "seq-mean-token-sum", "loss_agg_mode": "seq-mean-token-sum"}, {"reward_clip_range": 0.5},
    {"missing_eos_penalty": 1}, {"missing_eos_penalty": 1, "missing_eos": "replace"},
    {"adap_ent_ctrl": True, "entropy_coef": 0.1},
    {"adap_ent_ctrl": True, "entropy_coef": 0.1, "target_entropy": 2},
]  # fmt: skip
PPO_SAMPLED = product(
    rollout_is=["token", "sequence"], rollout_is_threshold=[1.1, 2], loss_agg_mode=["token-mean", "seq-mean-token-mean"]
)
PPO_AFTER_LAST = [
    {"score_position": "after_last"} | changed
    for changed in (
        {}, {"kl_coef": 0.3}, {"kl_estimator": "k3"}, {"gamma": 0.9}, {"lam": 0.5, "gamma": 0.95}, {"whiten_rewards": True},
        {"whiten_ddof": 0}, {"whiten_advantages": False}, {"cliprange_value": None},
        {"cliprange_value": 0.05, "vf_coef": 1}, {"cliprange": 0.05},
    )
]  # fmt: skip
REMAX = [
    {}, {"kl_coef": 0}, {"kl_coef": 0.3}, {"gamma": 0.9}, {"kl_estimator": "k3"}, {"kl_estimator": "k2", "kl_coef": 0.4},
    {"loss_agg_mode": "seq-mean-token-mean"}, {"loss_agg_mode": "seq-mean-token-sum"},
    {"loss_agg_mode": "seq-mean-token-sum-norm"},
    {"loss_agg_mode": "token-sum"}, {"reward_clip_range": 0.4}, {"missing_eos_penalty": 1},
]  # fmt: skip
DPO = (
    product(
        loss_type=["sigmoid", "sigmoid_norm", "hinge", "ipo", "nca_pair", "bco_pair", "sppo_hard", "apo_zero", "apo_down"],
        beta=[0.1, 0.5],
    )
    + product(loss_type=["robust", "exo_pair", "cdpo", "aot", "aot_unpaired", "simpo"], label_smoothing=[0.1, 0.25])
    + product(loss_type=["discopop"], discopop_tau=[0.05, 0.5], beta=[0.1, 1])
    + product(loss_type=["sigmoid", "hinge", "ipo"], f_divergence_type=["forward_kl", "js_divergence", "alpha_divergence"],
    beta=[0.3])
    + product(f_divergence_type=["alpha_divergence"], f_alpha_divergence_coef=[0.2, 1, 2])
    + product(loss_type=["sigmoid", "ipo", "hinge"], ld_alpha=[0, 0.4, 1])
    + product(loss_type=["sigmoid", "ipo", "apo_zero"], use_weighting=[True])
    + product(loss_type=["sigmoid", "hinge"], reward_margin=[0.4, -0.3], beta=[0.5])
    + product(loss_type=["kto_pair"], kto_kl=["detached", "live"])
    + [
        {"loss_type": "apo_down", "f_divergence_type": "forward_kl", "beta": 0.5},
        {"loss_type": "apo_down", "f_divergence_type": "js_divergence"},
        {"loss_type": "ipo", "ipo_agg_mode": "sum"}, {"loss_type": "simpo", "beta": 2},
        {"loss_type": "simpo", "simpo_gamma": 1.5, "beta": 2},
        {"loss_type": "orpo"}, {"loss_type": "orpo", "beta": 1}, {"loss_type": "sft"}, {"loss_type": "aot"},
        {"loss_type": "aot_unpaired"},
        {"loss_type": "sigmoid,sft", "loss_weights": "1,0.005"},
        {"loss_type": "sigmoid,bco_pair,sft", "loss_weights": "0.8,0.2,1"},
        {"loss_type": "hinge,nca_pair", "loss_weights": "0.5"}, {"loss_type": "sigmoid", "loss_weights": "0.5"},
    ]
)  # fmt: skip
KTO = product(loss_type=["kto", "apo_zero_unpaired"], beta=[0.1, 0.5], desirable_weight=[1, 1.5], undesirable_weight=[1, 0.75])
SFT = [{}]
REWARDS = product(center_rewards_coefficient=[0, 0.01, 0.5], reward_margin=[0, 0.7, -0.2])
