extension Option {
  /// How the parts of PPO's loss are weighted and averaged.
  static let lossOptions: [Row] = [
    Row(
      .vfCoef, "vf_coef", .number(0...1e6), .number(0.1),
      "The weight of the value loss.",
      "TRL PPOConfig"),
    Row(
      .entropyCoef, "entropy_coef", .number(-1e6...1e6), .number(0),
      "The weight of the entropy bonus.",
      "Schulman et al. 2017, PPO, equation 9; verl actor.entropy_coeff"),
    Row(
      .adaptiveEntropy, "adap_ent_ctrl", .flag, .flag(false),
      "Moves entropy_coef after each update; the bonus counts only where the entropy is at most target_entropy.",
      "He et al. 2025, Skywork-OR1, section 3.2.5; its EntController"),
    Row(
      .targetEntropy, "target_entropy", .number(0...1e3), .number(0.2),
      "The mean entropy of a token, in nats, at which an adaptive bonus comes in.",
      "He et al. 2025, Skywork-OR1, section 3.2.5"),
    Row(
      .entropyDelta, "delta_ent_coef", .number(0...1e3), .number(0.0001),
      "By how much an adaptive entropy_coef moves after an update.",
      "Skywork-OR1, or1_scripts/train"),
    Row(
      .entropyMaximum, "max_ent_coef", .number(0...1e6), .number(0.005),
      "The largest that an adaptive entropy_coef becomes.",
      "Skywork-OR1, or1_scripts/train"),
    Row(
      .entropyMinimum, "min_ent_coef", .number(0...1e6), .number(0),
      "The smallest that an adaptive entropy_coef becomes.",
      "Skywork-OR1, or1_scripts/train"),
    Row(
      .aggregation, "loss_agg_mode", .choice(Aggregation.Mode.allCases.map { $0.rawValue }), .choice("token-mean"),
      "How the tokens' objectives become one number.",
      "verl agg_loss; TRL masked_mean (token-mean)"),
    Row(
      .lossScaleFactor, "loss_scale_factor", .optionalNumber(1e-6...1e9), .none,
      "By what seq-mean-token-sum-norm divides; none is the longest response at hand.",
      "verl actor.loss_scale_factor, where none is the length to which responses are padded"),
    Row(
      .valueAggregation, "vf_loss_agg_mode", .choice(Aggregation.Mode.allCases.map { $0.rawValue }),
      .choice("token-mean"),
      "How the squared errors of the values become one number.",
      "TRL PPOTrainer, OpenRLHF ValueLoss (token-mean); verl critic.loss_agg_mode, the actor's"),
  ]
}
