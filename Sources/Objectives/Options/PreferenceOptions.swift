extension Option {
  /// DPO and its family: pairs of responses, of which people preferred one.
  static let preferenceOptions: [Row] = [
    Row(
      .preferenceLoss, "loss_type", .choice(PreferenceLoss.all.map { $0.name }), .choice("sigmoid"),
      "What becomes of the difference between the two responses.",
      "TRL DPOConfig; one paper for each"),
    Row(
      .preferenceBeta, "beta", .number(1e-9...1e6), .number(0.1),
      "The weight of the log-ratios: large values keep the policy closer to the reference.",
      "TRL DPOConfig; Rafailov et al. 2023, DPO, equation 7"),
    Row(
      .labelSmoothing, "label_smoothing", .number(0...0.5), .number(0),
      "The share of pairs that are taken to be labelled the wrong way round.",
      "TRL DPOConfig; Mitchell 2023, cDPO; Chowdhury et al. 2024, robust DPO"),
    Row(
      .divergence, "f_divergence_type", .choice(PreferenceDivergence.allCases.map { $0.rawValue }),
      .choice("reverse_kl"),
      "Which divergence from the reference is held small; losses of single responses know the reverse KL alone.",
      "TRL DPOConfig; Wang et al. 2023, f-DPO, table 1"),
    Row(
      .alphaDivergenceCoefficient, "f_alpha_divergence_coef", .number(-1e3...1e3), .number(0.5),
      "The alpha of alpha_divergence: 1 is the reverse KL, 0 the forward one.",
      "TRL DPOConfig; 1 minus the alpha of Wang et al. 2023, f-DPO, table 1"),
    Row(
      .discopopTau, "discopop_tau", .number(1e-6...1e6), .number(0.05),
      "How sharply discopop changes from one loss to the other.",
      "TRL DPOConfig; Lu et al. 2024, DiscoPOP, equation 5"),
    Row(
      .lengthDesensitizing, "ld_alpha", .optionalNumber(0...1), .none,
      "What tokens weigh beyond the length of the shorter response; none counts all alike.",
      "TRL DPOConfig; Liu et al. 2024, LD-DPO"),
    Row(
      .simpoGamma, "simpo_gamma", .number(-1e6...1e6), .number(0.5),
      "The margin by which simpo wants the chosen response to lead.",
      "TRL CPOConfig; Meng et al. 2024, SimPO, equation 6"),
    Row(
      .ktoKL, "kto_kl", .choice(["detached", "live"]), .choice("detached"),
      "Whether kto_pair holds the batch's KL constant or differentiates it too.",
      "Ethayarajh et al. 2024, KTO (detached); TRL up to 0.8 kto_pair (live)"),
  ]
}
