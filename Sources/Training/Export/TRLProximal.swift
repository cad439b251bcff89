import Objectives

extension TRLTranslator {
  /// What becomes of an option of the objective in TRL's PPOTrainer, which has few of them.
  func proximal(_ option: Option) -> TRLTranslation {
    let (name, value) = (option.name, settings.objective[option].text)
    let isStandard = settings.objective[option] == option.description.standard
    switch option {
    case .klCoef, .klEstimator, .gamma, .lam, .whitenRewards, .cliprange, .vfCoef: return same(name, value)
    case .missingEOSPenalty: return value == "none" ? .elsewhere : same(name, value)
    case .cliprangeValue: return value == "none" ? .line(name, "1e9", "no clipping") : same(name, value)
    case .scorePosition:
      return absent(name, value, "TRL's PPOTrainer pays the score one token after the last, where there is room")
    case .klTarget, .klHorizon: return .elsewhere
    default:
      return isStandard ? .elsewhere : absent(name, value, Self.proximalReasons[option] ?? "TRL has no such option")
    }
  }

  /// What TRL's PPOTrainer does instead.
  private static let proximalReasons: [Option: String] = [
    .useKLLoss: "TRL's PPOTrainer puts the KL into the reward",
    .adaptiveKL: "kl_coef stays what it is at this step",
    .whitenAdvantages: "TRL's PPOTrainer always whitens the advantages",
    .whitenScope: "TRL's PPOTrainer whitens over the batch",
    .whitenDegrees: "TRL's PPOTrainer takes 1 off n",
    .rewardClip: "TRL's PPOTrainer clips no scores",
    .missingEOS: "TRL's PPOTrainer takes the penalty off the score",
    .cliprangeHigh: "TRL's PPOTrainer clips both sides alike",
    .dualClip: "TRL's PPOTrainer has no dual clip",
    .logRatioClamp: "TRL's PPOTrainer clamps no log-ratios",
    .entropyCoef: "TRL's PPOTrainer has no entropy bonus",
    .aggregation: "TRL's PPOTrainer takes the mean over tokens",
  ]
}
