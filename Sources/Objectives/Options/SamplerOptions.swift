import Autodiff

extension Option {
  /// Responses that another engine sampled, or an older policy: how they are corrected, and how a tiny world makes them.
  static let samplerOptions: [Row] = [
    Row(
      .samplerCorrection, "vllm_importance_sampling_correction", .flag, .flag(true),
      "Where sampling_logp is known, weighs each token's loss by how much more likely the policy made it than the engine "
        + "that sampled it.",
      "TRL GRPOConfig; Yao et al. 2025, Your Efficient RL Framework Secretly Brings You Off-Policy RL Training"),
    Row(
      .samplerMode, "vllm_importance_sampling_mode",
      .choice(["token_truncate", "token_mask", "sequence_truncate", "sequence_mask"]), .choice("sequence_mask"),
      "Whether each token has its weight or a response has one, the product of its tokens', and whether a weight out of "
        + "bounds is held at the bound or makes 0.",
      "TRL GRPOConfig"),
    Row(
      .samplerMaximum, "vllm_importance_sampling_clip_max", .optionalNumber(0...1e9), .number(3),
      "The largest weight; none has no upper bound.",
      "TRL GRPOConfig; Ring-1T 2025, IcePop (token_mask, 5)"),
    Row(
      .samplerMinimum, "vllm_importance_sampling_clip_min", .optionalNumber(0...1e9), .none,
      "The smallest weight; none has no lower bound.",
      "TRL GRPOConfig; Ring-1T 2025, IcePop (token_mask, 0.5)"),
    Row(
      .rolloutIS, "rollout_is", .choice(["none", "token", "sequence"]), .choice("none"),
      "Corrects as verl does, in the place of TRL's way, for another engine that sampled: by a weight of each token or response.",
      "verl algorithm.rollout_correction.rollout_is"),
    Row(
      .rolloutISThreshold, "rollout_is_threshold", .number(1e-6...1e9), .number(2),
      "The largest weight of rollout_is.",
      "verl algorithm.rollout_correction.rollout_is_threshold"),
    Row(
      .rolloutRS, "rollout_rs", .choice(["none"] + RejectionMode.all.map { $0.name }), .choice("none"),
      "Leaves out tokens or responses too far from the sampler by ratio, k1, k2 or k3; a mean over GRPO's responses takes "
        + "an empty one for 0.",
      "verl algorithm.rollout_correction.rollout_rs"),
    Row(
      .rolloutRSThreshold, "rollout_rs_threshold", .number(1e-6...1e9), .number(2),
      "The largest ratio to the sampler that rollout_rs keeps; for k1 that of sampler to policy, for k2 and k3 the largest "
        + "estimate.",
      "verl algorithm.rollout_correction.rollout_rs_threshold"),
    Row(
      .rolloutRSMinimum, "rollout_rs_threshold_lower", .optionalNumber(0...1e9), .none,
      "The smallest ratio that rollout_rs keeps; none for 1 over the largest; k2 and k3 have none.",
      "verl until 2026; now the first half of its rollout_rs_threshold, as in 0.5_2.0"),
    Row(
      .vespoPowerPositive, "vespo_k_pos", .number(0...1e3), .number(2),
      "The power k of vespo's weight where the advantage is not negative.",
      "TRL GRPOConfig"),
    Row(
      .vespoDecayPositive, "vespo_lambda_pos", .number(1e-4...1e3), .number(3),
      "How fast vespo's weight falls with the ratio, from its peak at k over lambda on, where the advantage is not negative.",
      "TRL GRPOConfig"),
    Row(
      .vespoPowerNegative, "vespo_k_neg", .number(0...1e3), .number(3),
      "The power k of vespo's weight where the advantage is negative.",
      "TRL GRPOConfig"),
    Row(
      .vespoDecayNegative, "vespo_lambda_neg", .number(1e-4...1e3), .number(2),
      "How fast vespo's weight falls with the ratio, from its peak at k over lambda on, where the advantage is negative.",
      "TRL GRPOConfig"),
    Row(
      .rolloutTemperature, "rollout_temperature", .optionalNumber(0.01...100), .none,
      "The temperature at which the engine samples; none for that of the policy.",
      "simulated here; TRL issue 6789"),
    Row(
      .rolloutTopP, "rollout_top_p", .number(0.01...1), .number(1),
      "The engine samples only among the likeliest tokens that together have this probability.",
      "simulated here; Holtzman et al. 2020; TRL issue 4159"),
    Row(
      .rolloutDtype, "rollout_dtype", .choice(ReducedPrecision.allCases.map { $0.rawValue }), .choice("float32"),
      "The precision of the engine's weights: bfloat16 has 8 significant bits, float8 (e4m3) 4, int8 127 steps up to a "
        + "row's largest.",
      "simulated here; Micikevicius et al. 2022, FP8 Formats for Deep Learning; Dettmers et al. 2022, LLM.int8()"),
    Row(
      .rolloutStaleness, "rollout_staleness", .integer(0...100), .integer(0),
      "The engine has the policy as it was so many iterations ago.",
      "simulated here; asynchronous rollouts"),
  ]
}

extension Settings {
  /// Whether an engine samples that is not the policy as it is: at another temperature, cut to the likeliest tokens, with fewer
  /// bits, or with parameters that are out of date.
  public var hasEngine: Bool {
    let isAsWarm = optionalNumber(.rolloutTemperature).map { $0 == number(.temperature) } ?? true
    let isAsPrecise = choice(.rolloutDtype) == ReducedPrecision.float32.rawValue
    return !(isAsWarm && isAsPrecise && number(.rolloutTopP) == 1 && integer(.rolloutStaleness) == 0)
  }
}
