extension Option {
  /// KTO: single responses, judged desirable or undesirable.
  static let judgementOptions: [Row] = [
    Row(
      .judgementLoss, "loss_type", .choice(["kto", "apo_zero_unpaired"]), .choice("kto"),
      "Whether a response's log-ratio is compared with the estimated KL from the reference (kto) or with 0.",
      "TRL KTOConfig; D'Oosterlinck et al. 2024, APO, equation 7, of which apo_zero_unpaired is the unpaired form"),
    Row(
      .desirableWeight, "desirable_weight", .number(0...1e6), .number(1),
      "What a desirable response weighs.",
      "TRL KTOConfig; Ethayarajh et al. 2024, KTO, equation 8"),
    Row(
      .undesirableWeight, "undesirable_weight", .number(0...1e6), .number(1),
      "What an undesirable response weighs.",
      "TRL KTOConfig; Ethayarajh et al. 2024, KTO, equation 8"),
  ]
}
