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
