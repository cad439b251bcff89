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
      .aggregation, "loss_agg_mode", .choice(["token-mean", "seq-mean-token-sum", "seq-mean-token-mean"]),
      .choice("token-mean"),
      "How the tokens' objectives become one number.",
      "verl agg_loss; TRL masked_mean (token-mean)"),
  ]
}
