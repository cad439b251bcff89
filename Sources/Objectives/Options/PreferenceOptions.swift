extension Option {
  /// DPO and its family: pairs of responses, of which people preferred one.
  static let preferenceOptions: [Row] = [
    Row(
      .preferenceLoss, "loss_type", .choices(PreferenceLoss.all.map { $0.name }), .choice("sigmoid"),
      "What becomes of the difference between the two responses; several with commas between them are weighed and added.",
      "TRL DPOConfig; one paper for each"),
    Row(
      .lossWeights, "loss_weights", .weights([]), .choice("1"),
      "What each of several losses weighs, 0.8,0.2,1 say; the last one for all that follow.",
      "TRL DPOConfig; Wang et al. 2024, MPO, equation 2; RPO is sigmoid,sft"),
    Row(
      .preferenceBeta, "beta", .number(1e-9...1e6), .number(0.1),
      "The weight of the log-ratios: large values keep the policy closer to the reference.",
      "TRL DPOConfig; Rafailov et al. 2023, DPO, equation 7"),
    Row(
      .labelSmoothing, "label_smoothing", .number(0...0.5), .number(0),
      "The share of pairs that are taken to be labelled the wrong way round; cdpo, robust, exo_pair, simpo, aot and aot_unpaired allow for it.",
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
      .ipoAverage, "ipo_agg_mode", .choice(["mean", "sum"]), .choice("mean"),
      "Whether ipo compares the scores per token or those of whole responses.",
      "TRL DPOTrainer (mean); Azar et al. 2023, IPO, equation 17, and OpenRLHF DPOLoss (sum)"),
    Row(
      .lengthDesensitizing, "ld_alpha", .optionalNumber(0...1), .none,
      "What tokens weigh beyond the length of the shorter response; none counts all alike.",
      "TRL DPOConfig; Liu et al. 2024, LD-DPO"),
    Row(
      .pairWeighting, "use_weighting", .flag, .flag(false),
      "Weighs each pair by how likely the policy now finds its two responses, per token.",
      "TRL DPOConfig; Zhou et al. 2024, WPO, equation 2"),
    Row(
      .preferenceMargin, "reward_margin", .number(-1e6...1e6), .number(0),
      "By how much the implicit reward of the chosen response is wanted to lead, in a pair that brings no margin of its own.",
      "Amini et al. 2024, ODPO, equation 8; Touvron et al. 2023, Llama 2, equation 2"),
    Row(
      .simpoGamma, "simpo_gamma", .number(-1e6...1e6), .number(0.5),
      "The margin by which simpo wants the chosen response to lead.",
      "TRL CPOConfig; Meng et al. 2024, SimPO, equation 6"),
    Row(
      .ktoKL, "kto_kl", .choice(["detached", "live"]), .choice("detached"),
      "Whether kto_pair holds the batch's KL constant or differentiates it too.",
      "Ethayarajh et al. 2024, KTO (detached); TRL up to 0.8 kto_pair (live)"),
    Row(
      .syncReference, "sync_ref_model", .flag, .flag(false),
      "Moves the reference towards the policy every ref_model_sync_steps steps.",
      "TRL DPOConfig; Gorbatovski et al. 2024, TR-DPO"),
    Row(
      .referenceMixup, "ref_model_mixup_alpha", .number(0...1), .number(0.6),
      "How far the reference then moves: 1 makes it the policy.",
      "TRL DPOConfig; Gorbatovski et al. 2024, TR-DPO, equation 5"),
    Row(
      .referenceSyncSteps, "ref_model_sync_steps", .integer(1...1_000_000), .integer(4),
      "How many optimizer steps lie between two such moves.",
      "TRL DPOConfig, 512 there; Gorbatovski et al. 2024, TR-DPO, equation 6"),
  ]
}
