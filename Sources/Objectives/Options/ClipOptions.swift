extension Option {
  /// How far ratio and value may move before the loss stops counting on it.
  static let clipOptions: [Row] = [
    Row(
      .cliprange, "cliprange", .number(0...1e6), .number(0.2),
      "How far the ratio may leave 1 before the objective stops counting on it.",
      "TRL PPOConfig; Schulman et al. 2017, PPO, equation 7"),
    Row(
      .cliprangeHigh, "cliprange_high", .optionalNumber(0...1e6), .none,
      "The upper side of the clip when it differs from the lower one.",
      "TRL GRPOConfig epsilon_high; Yu et al. 2025, DAPO, section 3.1"),
    Row(
      .dualClip, "clip_ratio_c", .optionalNumber(1...1e6), .none,
      "Dual clip: a negative advantage counts at most this many times.",
      "verl actor.clip_ratio_c; Ye et al. 2020, equation 5"),
    Row(
      .logRatioClamp, "log_ratio_clamp", .optionalNumber(1e-6...700), .none,
      "Keeps the log-ratio within plus or minus this before it is exponentiated.",
      "verl compute_policy_loss, 20"),
    Row(
      .cliprangeValue, "cliprange_value", .optionalNumber(0...1e6), .number(0.2),
      "How far the value may leave the old one in the value loss; none does not clip.",
      "TRL PPOConfig"),
  ]
}
