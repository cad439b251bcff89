extension Option {
  /// GRPO and its family: groups of answers that are compared with each other.
  static let groupOptions: [Row] = [
    Row(
      .groupLoss, "loss_type", .choice(GroupLoss.all.map { $0.name }), .choice("dapo"),
      "What becomes of ratio and advantage, and over what the tokens' losses are averaged.",
      "TRL GRPOConfig; one paper for each"),
    Row(
      .groupBeta, "beta", .number(0...1e6), .number(0),
      "The weight of the KL from the reference in the loss; 0 needs no reference.",
      "TRL GRPOConfig; Shao et al. 2024, DeepSeekMath, equation 3 (0.04)"),
    Row(
      .epsilon, "epsilon", .number(0...1e6), .number(0.2),
      "How far the ratio may fall below 1, and rise above it without epsilon_high; for gmpo its logarithm below and above 0, for "
        + "dppo_tv and dppo_kl how far the probability or its KL may move, for cispo, without epsilon_high, the largest weight.",
      "TRL GRPOConfig; Shao et al. 2024, DeepSeekMath, equation 3"),
    Row(
      .epsilonHigh, "epsilon_high", .optionalNumber(0...1e6), .none,
      "How far the ratio may rise above 1; for cispo, the largest weight itself.",
      "TRL GRPOConfig; Yu et al. 2025, DAPO, section 3.1 (0.28); MiniMax 2025, CISPO"),
    Row(
      .cispoMinimum, "cispo_weight_min", .optionalNumber(0...1e6), .none,
      "For cispo, the smallest weight of a token; none has no lower bound.",
      "MiniMax 2025, MiniMax-M1; verl compute_policy_loss_cispo, 1 - clip_ratio_low"),
    Row(
      .delta, "delta", .optionalNumber(0...1e6), .none,
      "Two-sided clip: the ratio counts at most this much, also where the advantage is negative.",
      "TRL GRPOConfig; Prime Intellect 2025, INTELLECT-2, section 3.4"),
    Row(
      .importanceSamplingLevel, "importance_sampling_level", .choice(["token", "sequence"]), .choice("token"),
      "Whether each token has its ratio, or a response has one: the geometric mean of its tokens'.",
      "TRL GRPOConfig; Zheng et al. 2025, GSPO, equation 7"),
    Row(
      .advantageEstimator, "advantage_estimator",
      .choice(["grpo", "rloo", "reinforce_plus_plus", "reinforce_plus_plus_baseline", "opo", "gpg", "maxrl"]),
      .choice("grpo"),
      "What a reward is compared with: its group, the others of its group, the whole batch's tokens, its group and then these, its "
        + "group by length (opo), its group in units of the share that earned anything (gpg) or of its mean (maxrl).",
      "Shao et al. 2024; Ahmadian et al. 2024, RLOO; Hu 2025, REINFORCE++; Hao et al. 2025, OPO; Chu et al. 2025, GPG; "
        + "Tajwar et al. 2026, MaxRL; verl algorithm.adv_estimator"),
    Row(
      .advantageBaseline, "advantage_baseline", .choice(["own_group", "across_groups", "pooled", "reference", "ema"]),
      .choice("own_group"),
      "What grpo takes off a reward: its group's mean, the mean of the groups' means, the mean of all, what the "
        + "reference earns in that group, or the group's running mean.",
      "Shao et al. 2024 (own_group)"),
    Row(
      .baselineDecay, "baseline_decay", .number(0...1), .number(0.9),
      "How much of a group's running mean remains after each batch.",
      "Williams 1992, reinforcement comparison"),
    Row(
      .scaleRewards, "scale_rewards", .choice(["group", "batch", "none"]), .choice("group"),
      "By what deviation advantage_estimator grpo divides: their group's, all rewards', or none; with another "
        + "baseline than the group's mean or, for all rewards, theirs, by the deviation from it.",
      "TRL GRPOConfig; Liu et al. 2025, Dr. GRPO (none)"),
    Row(
      .scaleEpsilon, "scale_rewards_epsilon", .number(1e-30...1), .number(1e-4),
      "What is added to that deviation, so that nothing is divided by 0.",
      "TRL GRPOTrainer, 1e-4; verl compute_grpo_outcome_advantage, 1e-6; OpenRLHF, 1e-9"),
    Row(
      .groupOfOne, "group_of_one", .choice(["zero", "reward"]), .choice("zero"),
      "What grpo makes of an answer that is alone in its group: nothing, since it is its own mean, or its reward, as if the mean "
        + "were 0 and the deviation 1.",
      "TRL GRPOTrainer (zero); verl compute_grpo_outcome_advantage (reward)"),
    Row(
      .rewardWeights, "reward_weights", .weights([], isSigned: true), .choice("1"),
      "What the rewards of each function are multiplied by where answers have several, 1,0.5 say, in the order of the "
        + "functions; the last one counts for all that follow.",
      "TRL GRPOConfig"),
    Row(
      .multiObjective, "multi_objective_aggregation", .choice(["sum_then_normalize", "normalize_then_sum"]),
      .choice("sum_then_normalize"),
      "Whether the rewards of several functions are summed and then compared, or each is compared within its group first.",
      "TRL GRPOConfig; Liu et al. 2026, GDPO (normalize_then_sum)"),
    Row(
      .maxCompletionLength, "max_completion_length", .integer(1...1_000_000), .integer(512),
      "The most tokens of a response, by which dr_grpo divides; 8 at most in a tiny world.",
      "TRL GRPOConfig; Liu et al. 2025, Dr. GRPO"),
    Row(
      .maskTruncated, "mask_truncated_completions", .flag, .flag(false),
      "Leaves out responses that were cut off before they ended.",
      "TRL GRPOConfig; Yu et al. 2025, DAPO, section 3.4"),
    Row(
      .biasCorrectionKL, "use_bias_correction_kl", .flag, .flag(false),
      "Multiplies the KL by the ratio, so that its gradient is that of the KL from the policy to the reference, also on "
        + "samples of an older policy.",
      "TRL GRPOConfig, true there; DeepSeek-AI 2025, DeepSeek-V3.2, equation 7"),
    Row(
      .topEntropyQuantile, "top_entropy_quantile", .number(0...1), .number(1),
      "The share of tokens, those of highest entropy, that the policy learns from.",
      "TRL GRPOConfig; Wang et al. 2025, Beyond the 80/20 Rule"),
    Row(
      .offPolicyMaskThreshold, "off_policy_mask_threshold", .optionalNumber(-1e6...1e6), .none,
      "Leaves out responses of negative advantage whose tokens became less likely by more than this, in nats on "
        + "average.",
      "TRL GRPOConfig; DeepSeek-AI 2025, DeepSeek-V3.2, section 3.1"),
    Row(
      .sapoTemperaturePositive, "sapo_temperature_pos", .number(1e-6...1e6), .number(1),
      "How sharply sapo's gate closes for a positive advantage.",
      "TRL GRPOConfig; Gao et al. 2025, SAPO"),
    Row(
      .sapoTemperatureNegative, "sapo_temperature_neg", .number(1e-6...1e6), .number(1.05),
      "How sharply sapo's gate closes otherwise.",
      "TRL GRPOConfig; Gao et al. 2025, SAPO"),
    Row(
      .clipCovRatio, "clip_cov_ratio", .number(0...1), .number(0.0002),
      "The share of tokens, one at least, that clip_cov leaves out.",
      "verl policy_loss.clip_cov_ratio; Cui et al. 2025, The Entropy Mechanism"),
    Row(
      .clipCovMinimum, "clip_cov_lb", .number(-1e6...1e6), .number(1),
      "Above which covariance clip_cov leaves tokens out.",
      "verl policy_loss.clip_cov_lb"),
    Row(
      .clipCovMaximum, "clip_cov_ub", .number(-1e6...1e6), .number(5),
      "Below which covariance clip_cov leaves tokens out.",
      "verl policy_loss.clip_cov_ub"),
    Row(
      .klCovRatio, "kl_cov_ratio", .number(0...1), .number(0.0002),
      "The share of tokens, one at least, whose movement kl_cov punishes.",
      "verl policy_loss.kl_cov_ratio; Cui et al. 2025, The Entropy Mechanism"),
    Row(
      .ppoKLCoef, "ppo_kl_coef", .number(0...1e6), .number(1),
      "How much kl_cov punishes the movement of those tokens.",
      "verl policy_loss.ppo_kl_coef"),
    Row(
      .numGenerations, "num_generations", .integer(1...256), .integer(4),
      "How many answers are sampled to each prompt, to be compared.",
      "TRL GRPOConfig, 8 there; Shao et al. 2024, DeepSeekMath, section 4.2 (64)"),
    Row(
      .generationBatchSize, "generation_batch_size", .integer(1...256), .integer(16),
      "Answers per batch, a multiple of num_generations; the prompts take turns.",
      "TRL GRPOConfig"),
    Row(
      .numIterations, "num_iterations", .integer(1...100), .integer(2),
      "How often each batch is learned from before it is thrown away.",
      "TRL GRPOConfig, 1 there; Shao et al. 2024, DeepSeekMath, algorithm 1, mu"),
    Row(
      .dynamicSampling, "dynamic_sampling", .flag, .flag(false),
      "Samples a group again as long as all of its rewards are the same.",
      "Yu et al. 2025, DAPO, section 3.2; verl algorithm.filter_groups"),
    Row(
      .maxGenerationBatches, "max_num_gen_batches", .integer(1...100), .integer(10),
      "How often a group is sampled at most; what comes last is then kept as it is.",
      "verl algorithm.filter_groups.max_num_gen_batches, which stops with an error"),
    Row(
      .softPunishCache, "soft_punish_cache", .optionalNumber(1...1_000_000), .none,
      "Answers within this many tokens of max_completion_length lose reward, up to 1; none does not punish.",
      "TRL get_soft_overlong_punishment; Yu et al. 2025, DAPO, equation 13"),
    Row(
      .groupWeights, "group_weights", .weights(["dro"]), .choice("1"),
      "What the advantages of each group of users are multiplied by, 1,1,3 say, the last one for all that follow; "
        + "dro raises the weights of groups that earn little.",
      "Sagawa et al. 2020, group DRO, algorithm 1 (dro)"),
    Row(
      .groupStepSize, "group_step_size", .number(0...1e3), .number(0.5),
      "How fast dro changes the weights.",
      "Sagawa et al. 2020, group DRO, algorithm 1 (0.01)"),
    Row(
      .groupLabelNoise, "group_label_noise", .number(0...1), .number(0),
      "The share of each kind of users who are labelled as another kind: their own likes reward them, but they are "
        + "compared and weighted with the wrong group.",
      "Wang et al. 2020, Robust Optimization for Fairness with Noisy Protected Groups"),
  ]
}
