extension Option {
  /// The KL from the reference, in the reward or in the loss, and how its weight adapts.
  static let klOptions: [Row] = [
    Row(
      .klCoef, "kl_coef", .number(0...1e6), .number(0.05),
      "The weight of the KL penalty, the beta of RLHF; 0 switches it off.",
      "TRL PPOConfig"),
    Row(
      .klEstimator, "kl_estimator", .choice(["k1", "k2", "k3", "k3+", "exact"]), .choice("k1"),
      "How a token's KL is estimated; k3+ has k3's value and k2's gradient, exact sums over the vocabulary.",
      "TRL PPOConfig; Schulman 2020, Approximating KL Divergence; verl kl_penalty (k3+)"),
    Row(
      .groupKLEstimator, "kl_estimator", .choice(["k1", "k2", "k3", "k3+"]), .choice("k3"),
      "How a token's KL is estimated, in the loss; k3+ has k3's value and k2's gradient.",
      "TRL GRPOTrainer (k3); Schulman 2020, Approximating KL Divergence; verl actor.kl_loss_type (k3+)"),
    Row(
      .klLogRatioClamp, "kl_log_ratio_clamp", .optionalNumber(1e-6...700), .none,
      "Keeps the log-ratio to the reference within plus or minus this before the KL is estimated from it.",
      "verl kl_penalty, 20 for k3"),
    Row(
      .klClamp, "kl_clamp", .optionalNumber(1e-6...1e6), .none,
      "Keeps an estimate of a token's KL, though no exact KL, within plus or minus this, beyond which it has no gradient.",
      "verl kl_penalty and OpenRLHF compute_approx_kl, 10"),
    Row(
      .useKLLoss, "use_kl_loss", .flag, .flag(false),
      "Puts the KL into the loss instead of into the reward.",
      "OpenRLHF --use_kl_loss; verl actor.use_kl_loss"),
    Row(
      .adaptiveKL, "adap_kl_ctrl", .flag, .flag(false),
      "Moves kl_coef after each batch so that the KL approaches kl_target.",
      "TRL up to 0.11 PPOConfig; Ziegler et al. 2019, section 2.2"),
    Row(
      .klTarget, "kl_target", .number(1e-6...1e6), .number(6),
      "The KL per response that an adaptive kl_coef aims at.",
      "Ziegler et al. 2019, section 2.2"),
    Row(
      .klHorizon, "kl_horizon", .number(1...1e9), .number(10000),
      "Over how many responses an adaptive kl_coef changes by a fifth of itself, the most it may.",
      "openai/lm-human-preferences AdaptiveKLController"),
  ]
}
