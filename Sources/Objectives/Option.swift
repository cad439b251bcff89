/// Every setting of every algorithm: the one table behind scenario files, `--set`, `set`, `help` and the README.
///
/// Names are TRL's where TRL has the option; the source says whose otherwise.
public enum Option: Int, CaseIterable, Sendable {
  case klCoef, klEstimator, useKLLoss, adaptiveKL, klTarget, klHorizon
  case gamma, lam, whitenRewards, whitenAdvantages, whitenScope, whitenDegrees
  case rewardClip, missingEOS, missingEOSPenalty, scorePosition
  case cliprange, cliprangeHigh, dualClip, logRatioClamp
  case cliprangeValue, vfCoef, entropyCoef, aggregation
  case batches, batchSize, epochs, minibatches, responseLength, temperature
  case trainEpochs, trainBatchSize
  case optimizer, learningRate, adamBeta1, adamBeta2, adamEpsilon, weightDecay, maxGradNorm
  case sftSteps, sftLearningRate, rewardSteps, rewardLearningRate, centerRewards
  // GRPO
  case groupLoss, groupBeta, epsilon, epsilonHigh, delta, importanceSamplingLevel
  case advantageEstimator, advantageBaseline, baselineDecay, scaleRewards
  case maxCompletionLength, maskTruncated, biasCorrectionKL, topEntropyQuantile, offPolicyMaskThreshold
  case sapoTemperaturePositive, sapoTemperatureNegative
  case numGenerations, generationBatchSize, numIterations, dynamicSampling, maxGenerationBatches, softPunishCache
  case groupWeights, groupStepSize
  // DPO
  case preferenceLoss, preferenceBeta, labelSmoothing, divergence, alphaDivergenceCoefficient
  case discopopTau, lengthDesensitizing, simpoGamma
  // States and actions, and the plain policy gradient
  case truncation, whitenEpsilon, schedule, returnBaseline

  public struct Description: Sendable {
    public let name: String
    public let kind: Kind
    public let standard: OptionValue
    /// One sentence for `help` and the README.
    public let sentence: String
    public let source: String
  }

  public enum Kind: Sendable {
    case number(ClosedRange<Double>)
    /// Numbers with commas between them, each more than 0, or one of these names.
    case weights([String])
    /// A number, or `none` to switch the feature off.
    case optionalNumber(ClosedRange<Double>)
    case integer(ClosedRange<Int>)
    case flag
    case choice([String])
  }

  public var name: String { description.name }

  /// The options that mean something for an algorithm, in the table's order.
  public static func all(for algorithm: Algorithm) -> [Option] {
    allCases.filter { $0.algorithms.contains(algorithm) }
  }

  /// The option that an algorithm calls by this name; another algorithm may call another one so.
  public static func named(_ name: String, for algorithm: Algorithm) -> Option? {
    allCases.first { $0.name == name && $0.algorithms.contains(algorithm) }
  }

  /// The algorithms for which the option means something.
  public var algorithms: [Algorithm] {
    alignmentAlgorithms + [.classicPPO, .reinforce].filter { Self.ancestral(for: $0).contains(self) }
  }

  private var alignmentAlgorithms: [Algorithm] {
    switch self {
    case .klCoef, .klEstimator, .useKLLoss, .adaptiveKL, .klTarget, .klHorizon, .gamma, .lam, .whitenRewards,
      .whitenAdvantages, .whitenScope, .whitenDegrees, .rewardClip, .missingEOS, .missingEOSPenalty, .scorePosition,
      .cliprange, .cliprangeHigh, .dualClip, .logRatioClamp, .cliprangeValue, .vfCoef, .aggregation,
      .batchSize, .epochs, .rewardSteps, .rewardLearningRate:
      [.ppo]
    case .centerRewards: [.ppo, .rewardModel]
    case .responseLength: [.ppo, .dpo]
    case .trainEpochs, .trainBatchSize: [.dpo, .sft, .rewardModel]
    case .entropyCoef, .temperature, .batches, .minibatches: [.ppo, .grpo]
    case .optimizer, .learningRate, .adamBeta1, .adamBeta2, .adamEpsilon, .weightDecay, .maxGradNorm:
      [.ppo, .grpo, .dpo, .sft, .rewardModel]
    case .sftSteps, .sftLearningRate: [.ppo, .grpo, .dpo]
    case .groupLoss, .groupBeta, .epsilon, .epsilonHigh, .delta, .importanceSamplingLevel, .advantageEstimator,
      .advantageBaseline, .baselineDecay, .scaleRewards, .maxCompletionLength, .maskTruncated, .biasCorrectionKL,
      .topEntropyQuantile, .offPolicyMaskThreshold, .sapoTemperaturePositive, .sapoTemperatureNegative,
      .numGenerations, .generationBatchSize, .numIterations, .dynamicSampling, .maxGenerationBatches,
      .softPunishCache, .groupWeights, .groupStepSize:
      [.grpo]
    case .preferenceLoss, .preferenceBeta, .labelSmoothing, .divergence, .alphaDivergenceCoefficient, .discopopTau,
      .lengthDesensitizing, .simpoGamma:
      [.dpo]
    case .truncation, .whitenEpsilon, .schedule, .returnBaseline: []
    }
  }

  public var description: Description {
    switch self {
    case .klCoef:
      row(
        "kl_coef", .number(0...1e6), 0.05, "The weight of the KL penalty, the beta of RLHF; 0 switches it off.",
        "TRL PPOConfig")
    case .klEstimator:
      row(
        "kl_estimator", .choice(["k1", "k2", "k3", "exact"]), "k1",
        "How a token's KL is estimated; exact sums over the vocabulary.",
        "TRL PPOConfig; Schulman 2020, Approximating KL Divergence")
    case .useKLLoss:
      row(
        "use_kl_loss", false, "Puts the KL into the loss instead of into the reward.",
        "OpenRLHF --use_kl_loss; verl actor.use_kl_loss")
    case .adaptiveKL:
      row(
        "adap_kl_ctrl", false, "Moves kl_coef after each batch so that the KL approaches kl_target.",
        "TRL up to 0.11 PPOConfig; Ziegler et al. 2019, section 2.2")
    case .klTarget:
      row(
        "kl_target", .number(1e-6...1e6), 6, "The KL per response that an adaptive kl_coef aims at.",
        "Ziegler et al. 2019, section 2.2")
    case .klHorizon:
      row(
        "kl_horizon", .number(1...1e9), 10000,
        "Over how many responses an adaptive kl_coef changes by a fifth of itself, the most it may.",
        "openai/lm-human-preferences AdaptiveKLController")
    case .gamma:
      row(
        "gamma", .number(0...1), 1, "The discount of later rewards.",
        "TRL PPOConfig; Schulman et al. 2015, GAE, equation 16")
    case .lam:
      row(
        "lam", .number(0...1), 0.95, "GAE's lambda: 0 trusts the critic, 1 trusts the sampled return.",
        "TRL PPOConfig; Schulman et al. 2015, GAE, equation 16")
    case .whitenRewards:
      row("whiten_rewards", false, "Scales the rewards to variance 1, keeping their mean.", "TRL PPOConfig")
    case .whitenAdvantages:
      row(
        "whiten_advantages", true, "Shifts the advantages to mean 0 and scales them to variance 1.",
        "TRL PPOTrainer, masked_whiten; openai/lm-human-preferences")
    case .whitenScope:
      row(
        "whiten_scope", .choice(["batch", "minibatch"]), "batch", "Over what the advantages are whitened.",
        "TRL PPOTrainer (batch); CleanRL ppo.py norm_adv, openai/lm-human-preferences (minibatch)")
    case .whitenDegrees:
      row(
        "whiten_ddof", .integer(0...1), 1, "What is taken off n in the variance of whitening.",
        "TRL masked_var (1); OpenRLHF, openai/lm-human-preferences (0)")
    case .rewardClip:
      row(
        "reward_clip_range", .optionalNumber(1e-9...1e9), nil, "Keeps the score within plus or minus this.",
        "OpenRLHF --reward_clip_range")
    case .missingEOS:
      row(
        "missing_eos", .choice(["subtract", "replace"]), "subtract",
        "Whether missing_eos_penalty is taken off the score or takes its place.",
        "TRL PPOTrainer (subtract); Huang et al. 2024, N+ details, 4 (replace by -1)")
    case .missingEOSPenalty:
      row("missing_eos_penalty", .optionalNumber(0...1e6), nil, "What a response without <eos> pays.", "TRL PPOConfig")
    case .scorePosition:
      row(
        "score_position", .choice(["last_token", "after_last", "last_column"]), "last_token",
        "Where the score lands: on the last token, one slot after it if there is room, or in the last column.",
        "OpenRLHF, verl (last_token); TRL (after_last); openai/lm-human-preferences (last_column)")
    case .cliprange:
      row(
        "cliprange", .number(0...1e6), 0.2, "How far the ratio may leave 1 before the objective stops counting on it.",
        "TRL PPOConfig; Schulman et al. 2017, PPO, equation 7")
    case .cliprangeHigh:
      row(
        "cliprange_high", .optionalNumber(0...1e6), nil,
        "The upper side of the clip when it differs from the lower one.",
        "TRL GRPOConfig epsilon_high; Yu et al. 2025, DAPO, section 3.1")
    case .dualClip:
      row(
        "clip_ratio_c", .optionalNumber(1...1e6), nil,
        "Dual clip: a negative advantage counts at most this many times.",
        "verl actor.clip_ratio_c; Ye et al. 2020, equation 5")
    case .logRatioClamp:
      row(
        "log_ratio_clamp", .optionalNumber(1e-6...700), nil,
        "Keeps the log-ratio within plus or minus this before it is exponentiated.", "verl compute_policy_loss, 20")
    case .cliprangeValue:
      row(
        "cliprange_value", .optionalNumber(0...1e6), 0.2,
        "How far the value may leave the old one in the value loss; none does not clip.", "TRL PPOConfig")
    case .vfCoef:
      row("vf_coef", .number(0...1e6), 0.1, "The weight of the value loss.", "TRL PPOConfig")
    case .entropyCoef:
      row(
        "entropy_coef", .number(-1e6...1e6), 0, "The weight of the entropy bonus.",
        "Schulman et al. 2017, PPO, equation 9; verl actor.entropy_coeff")
    case .aggregation:
      row(
        "loss_agg_mode", .choice(["token-mean", "seq-mean-token-sum", "seq-mean-token-mean"]), "token-mean",
        "How the tokens' objectives become one number.", "verl agg_loss; TRL masked_mean (token-mean)")
    case .batches:
      row(
        "num_total_batches", .integer(1...1000), 3, "How many times responses are sampled and learned from.",
        "TRL OnPolicyConfig")
    case .batchSize:
      row("batch_size", .integer(1...256), 6, "Responses per batch; the prompts take turns.", "TRL OnPolicyConfig")
    case .epochs:
      row(
        "num_ppo_epochs", .integer(1...100), 2, "How often each batch is learned from before it is thrown away.",
        "TRL PPOConfig, 4 there")
    case .minibatches:
      row(
        "num_mini_batches", .integer(1...256), 2,
        "Into how many parts an epoch splits the batch; each is one optimizer step.", "TRL OnPolicyConfig, 1 there")
    case .responseLength:
      row(
        "response_length", .integer(1...8), 4, "The most tokens that are sampled for one response.",
        "TRL OnPolicyConfig, 53 there")
    case .temperature:
      row(
        "temperature", .number(0.01...100), 1, "Divides the logits, when sampling and when learning.",
        "TRL OnPolicyConfig, 0.7 there")
    case .trainEpochs:
      row(
        "num_train_epochs", .integer(1...1000), 10, "How often all examples are learned from.",
        "transformers TrainingArguments, 3 there; 1 in TRL DPOConfig")
    case .trainBatchSize:
      row(
        "batch_size", .integer(1...256), 4, "How many examples one optimizer step learns from.",
        "transformers TrainingArguments per_device_train_batch_size, 8 there")
    case .optimizer:
      row(
        "optim", .choice(["adam", "adamw", "sgd"]), "adam", "What turns the gradient into a step.",
        "transformers TrainingArguments")
    case .learningRate:
      row(
        "learning_rate", .number(0...1e3), 0.15, "The size of an optimizer step.",
        "transformers TrainingArguments; 3e-6 for a language model in TRL")
    case .adamBeta1:
      row("adam_beta1", .number(0...0.999999), 0.9, "Adam's memory of the gradient.", "Kingma and Ba 2014, algorithm 1")
    case .adamBeta2:
      row(
        "adam_beta2", .number(0...0.999999), 0.999, "Adam's memory of the squared gradient.",
        "Kingma and Ba 2014, algorithm 1")
    case .adamEpsilon:
      row(
        "adam_epsilon", .number(1e-30...1), 1e-8, "Keeps Adam from dividing by zero.",
        "Kingma and Ba 2014, algorithm 1; 1e-5 in CleanRL and openai/lm-human-preferences")
    case .weightDecay:
      row(
        "weight_decay", .number(0...1e3), 0, "AdamW pulls every parameter towards 0 by this times the learning rate.",
        "Loshchilov and Hutter 2017")
    case .maxGradNorm:
      row(
        "max_grad_norm", .optionalNumber(1e-9...1e9), 1, "Longer gradients are scaled down to this length.",
        "transformers TrainingArguments; torch.nn.utils.clip_grad_norm_")
    case .sftSteps:
      row(
        "sft_steps", .integer(0...1000), 12, "Gradient steps that the reference takes on the demonstrations.",
        "the film-review world")
    case .sftLearningRate:
      row("sft_learning_rate", .number(0...1e3), 12, "The size of one of these steps.", "the film-review world")
    case .rewardSteps:
      row(
        "reward_steps", .integer(0...1000), 12, "Gradient steps that the reward model takes on the preference pairs.",
        "the film-review world")
    case .rewardLearningRate:
      row("reward_learning_rate", .number(0...1e3), 1, "The size of one of these steps.", "the film-review world")
    case .centerRewards:
      row(
        "center_rewards_coefficient", .number(0...1e3), 0.01,
        "The weight of the squared sum of a pair's scores, which keeps scores near 0.",
        "TRL RewardConfig; Eisenstein et al. 2023")
    case .groupLoss:
      row(
        "loss_type", .choice(GroupLoss.all.map { $0.name }), "dapo",
        "What becomes of ratio and advantage, and over what the tokens' losses are averaged.",
        "TRL GRPOConfig; one paper for each")
    case .groupBeta:
      row(
        "beta", .number(0...1e6), 0, "The weight of the KL from the reference in the loss; 0 needs no reference.",
        "TRL GRPOConfig; Shao et al. 2024, DeepSeekMath, equation 3 (0.04)")
    case .epsilon:
      row(
        "epsilon", .number(0...1e6), 0.2, "How far the ratio may fall below 1, and rise above it without epsilon_high.",
        "TRL GRPOConfig; Shao et al. 2024, DeepSeekMath, equation 3")
    case .epsilonHigh:
      row(
        "epsilon_high", .optionalNumber(0...1e6), nil,
        "How far the ratio may rise above 1; for cispo, the largest weight itself.",
        "TRL GRPOConfig; Yu et al. 2025, DAPO, section 3.1 (0.28); MiniMax 2025, CISPO")
    case .delta:
      row(
        "delta", .optionalNumber(0...1e6), nil,
        "Two-sided clip: the ratio counts at most this much, also where the advantage is negative.",
        "TRL GRPOConfig; Prime Intellect 2025, INTELLECT-2, section 3.4")
    case .importanceSamplingLevel:
      row(
        "importance_sampling_level", .choice(["token", "sequence"]), "token",
        "Whether each token has its ratio, or a response has one: the geometric mean of its tokens'.",
        "TRL GRPOConfig; Zheng et al. 2025, GSPO, equation 7")
    case .advantageEstimator:
      row(
        "advantage_estimator", .choice(["grpo", "rloo", "reinforce_plus_plus"]), "grpo",
        "What a reward is compared with: its group, the others of its group, or the whole batch's tokens.",
        "Shao et al. 2024; Ahmadian et al. 2024, RLOO; Hu 2025, REINFORCE++; verl algorithm.adv_estimator")
    case .advantageBaseline:
      row(
        "advantage_baseline", .choice(["own_group", "across_groups", "pooled", "reference", "ema"]), "own_group",
        "What grpo takes off a reward: its group's mean, the mean of the groups' means, the mean of all, what the "
          + "reference earns in that group, or the group's running mean.",
        "Shao et al. 2024 (own_group)")
    case .baselineDecay:
      row(
        "baseline_decay", .number(0...1), 0.9, "How much of a group's running mean remains after each batch.",
        "Williams 1992, reinforcement comparison")
    case .scaleRewards:
      row(
        "scale_rewards", .choice(["group", "batch", "none"]), "group",
        "By what deviation the advantages are divided: their group's, all rewards', or none.",
        "TRL GRPOConfig; Liu et al. 2025, Dr. GRPO (none)")
    case .maxCompletionLength:
      row(
        "max_completion_length", .integer(1...1_000_000), 512,
        "The most tokens of a response, by which dr_grpo divides; 8 at most in a tiny world.",
        "TRL GRPOConfig; Liu et al. 2025, Dr. GRPO")
    case .maskTruncated:
      row(
        "mask_truncated_completions", false, "Leaves out responses that were cut off before they ended.",
        "TRL GRPOConfig; Yu et al. 2025, DAPO, section 3.4")
    case .biasCorrectionKL:
      row(
        "use_bias_correction_kl", false,
        "Multiplies the KL by the ratio, so that its gradient is that of the KL from the policy to the reference, "
          + "also on samples of an older policy.",
        "TRL GRPOConfig, true there; DeepSeek-AI 2025, DeepSeek-V3.2, equation 7")
    case .topEntropyQuantile:
      row(
        "top_entropy_quantile", .number(0...1), 1,
        "The share of tokens, those of highest entropy, that the policy learns from.",
        "TRL GRPOConfig; Wang et al. 2025, Beyond the 80/20 Rule")
    case .offPolicyMaskThreshold:
      row(
        "off_policy_mask_threshold", .optionalNumber(-1e6...1e6), nil,
        "Leaves out responses of negative advantage whose tokens became less likely than this, on average in nats.",
        "TRL GRPOConfig; DeepSeek-AI 2025, DeepSeek-V3.2, section 3.1")
    case .sapoTemperaturePositive:
      row(
        "sapo_temperature_pos", .number(1e-6...1e6), 1, "How sharply sapo's gate closes for a positive advantage.",
        "TRL GRPOConfig; Gao et al. 2025, SAPO")
    case .sapoTemperatureNegative:
      row(
        "sapo_temperature_neg", .number(1e-6...1e6), 1.05, "How sharply sapo's gate closes otherwise.",
        "TRL GRPOConfig; Gao et al. 2025, SAPO")
    case .numGenerations:
      row(
        "num_generations", .integer(1...256), 4, "How many answers are sampled to each prompt, to be compared.",
        "TRL GRPOConfig, 8 there; Shao et al. 2024, DeepSeekMath, section 4.2 (64)")
    case .generationBatchSize:
      row(
        "generation_batch_size", .integer(1...256), 16,
        "Answers per batch, a multiple of num_generations; the prompts take turns.", "TRL GRPOConfig")
    case .numIterations:
      row(
        "num_iterations", .integer(1...100), 2, "How often each batch is learned from before it is thrown away.",
        "TRL GRPOConfig, 1 there; Shao et al. 2024, DeepSeekMath, algorithm 1, mu")
    case .dynamicSampling:
      row(
        "dynamic_sampling", false, "Samples a group again as long as all of its rewards are the same.",
        "Yu et al. 2025, DAPO, section 3.2; verl algorithm.filter_groups")
    case .maxGenerationBatches:
      row(
        "max_num_gen_batches", .integer(1...100), 10,
        "How often a group is sampled at most; what comes last is then kept as it is.",
        "verl algorithm.filter_groups.max_num_gen_batches, which stops with an error")
    case .softPunishCache:
      row(
        "soft_punish_cache", .optionalNumber(1...1_000_000), nil,
        "Answers within this many tokens of max_completion_length lose reward, up to 1; none does not punish.",
        "TRL get_soft_overlong_punishment; Yu et al. 2025, DAPO, equation 13")
    case .groupWeights:
      row(
        "group_weights", .weights(["dro"]), "1",
        "What the advantages of each group of users are multiplied by, 1,1,3 say, the last one for all that follow; "
          + "dro raises the weights of groups that earn little.",
        "Sagawa et al. 2020, group DRO, algorithm 1 (dro)")
    case .groupStepSize:
      row(
        "group_step_size", .number(0...1e3), 0.5, "How fast dro changes the weights.",
        "Sagawa et al. 2020, group DRO, algorithm 1 (0.01)")
    case .preferenceLoss:
      row(
        "loss_type", .choice(PreferenceLoss.all.map { $0.name }), "sigmoid",
        "What becomes of the difference between the two responses.", "TRL DPOConfig; one paper for each")
    case .preferenceBeta:
      row(
        "beta", .number(1e-9...1e6), 0.1,
        "The weight of the log-ratios: large values keep the policy closer to the reference.",
        "TRL DPOConfig; Rafailov et al. 2023, DPO, equation 7")
    case .labelSmoothing:
      row(
        "label_smoothing", .number(0...0.5), 0, "The share of pairs that are taken to be labelled the wrong way round.",
        "TRL DPOConfig; Mitchell 2023, cDPO; Chowdhury et al. 2024, robust DPO")
    case .divergence:
      row(
        "f_divergence_type", .choice(PreferenceDivergence.allCases.map { $0.rawValue }), "reverse_kl",
        "Which divergence from the reference is held small.", "TRL DPOConfig; Wang et al. 2023, f-DPO, table 1")
    case .alphaDivergenceCoefficient:
      row(
        "f_alpha_divergence_coef", .number(-1e3...1e3), 0.5,
        "The alpha of alpha_divergence: 1 is the reverse KL, 0 the forward one.",
        "TRL DPOConfig; 1 minus the alpha of Wang et al. 2023, f-DPO, table 1")
    case .discopopTau:
      row(
        "discopop_tau", .number(1e-6...1e6), 0.05, "How sharply discopop changes from one loss to the other.",
        "TRL DPOConfig; Lu et al. 2024, DiscoPOP, equation 5")
    case .lengthDesensitizing:
      row(
        "ld_alpha", .optionalNumber(0...1), nil,
        "What tokens weigh beyond the length of the shorter response; none counts all alike.",
        "TRL DPOConfig; Liu et al. 2024, LD-DPO")
    case .simpoGamma:
      row(
        "simpo_gamma", .number(-1e6...1e6), 0.5, "The margin by which simpo wants the chosen response to lead.",
        "TRL CPOConfig; Meng et al. 2024, SimPO, equation 6")
    case .truncation:
      row(
        "truncation", .choice(["bootstrap", "terminate"]), "bootstrap",
        "What an episode that the step limit cut off was still worth: what the critic says, or nothing.",
        "Pardo et al. 2018, Time Limits in RL (bootstrap); CleanRL ppo.py (terminate)")
    case .whitenEpsilon:
      row(
        "whiten_eps", .choice(["variance", "deviation"]), "variance",
        "To what whitening adds 1e-8, so that it never divides by 0.",
        "TRL masked_whiten (variance); CleanRL ppo.py norm_adv (deviation)")
    case .schedule:
      row(
        "lr_scheduler_type", .choice(["constant", "linear"]), "constant",
        "Whether the learning rate stays, or falls in equal parts to the last batch.",
        "transformers TrainingArguments; CleanRL ppo.py anneal_lr (linear)")
    case .returnBaseline:
      row(
        "baseline", .choice(["none", "mean"]), "none",
        "What is taken off every return: nothing, or the batch's mean return.",
        "Williams 1992, REINFORCE, section 4")
    }
  }

  private func row(_ name: String, _ kind: Kind, _ standard: Double?, _ sentence: String, _ source: String)
    -> Description
  {
    var value = OptionValue.none
    if let standard {
      if case .integer = kind { value = .integer(Int(standard)) } else { value = .number(standard) }
    }
    return Description(name: name, kind: kind, standard: value, sentence: sentence, source: source)
  }

  private func row(_ name: String, _ kind: Kind, _ standard: String, _ sentence: String, _ source: String)
    -> Description
  {
    Description(name: name, kind: kind, standard: .choice(standard), sentence: sentence, source: source)
  }

  private func row(_ name: String, _ standard: Bool, _ sentence: String, _ source: String) -> Description {
    Description(name: name, kind: .flag, standard: .flag(standard), sentence: sentence, source: source)
  }
}
