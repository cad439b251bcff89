import Objectives

extension TRLTranslator {
  /// What becomes of an option of the objective in TRL's OnlineDPOTrainer, which has few of DPO's.
  func sampledPairs(_ option: Option) -> TRLTranslation {
    let (name, value) = (option.name, settings.objective[option].text)
    let isStandard = settings.objective[option] == option.description.standard
    switch option {
    case .preferenceLoss, .preferenceBeta: return same(name, value)
    case .missingEOSPenalty: return value == "none" ? .elsewhere : same(name, value)
    case .ipoAverage:
      let comparesMeans = settings.objective.choice(.preferenceLoss) == "ipo" && value == "mean"
      return comparesMeans
        ? absent(name, value, "TRL's OnlineDPOTrainer compares whole responses, as sum does") : .elsewhere
    default: return isStandard ? .elsewhere : absent(name, value, "TRL's OnlineDPOTrainer has no such option")
    }
  }
}
