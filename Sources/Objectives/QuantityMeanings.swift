extension Quantity {
  /// The description where an algorithm or its options change what the number is.
  public func description(for algorithm: Algorithm, under settings: Settings) -> Description {
    let usual = description(for: algorithm)
    guard let meaning = meaning(under: settings) else { return usual }
    return Description(usual.name, usual.latex, usual.axes, meaning)
  }

  private func meaning(under settings: Settings) -> String? {
    switch self {
    case .chosenResponseLogp: response("chosen", under: settings)
    case .rejectedResponseLogp: response("rejected", under: settings)
    case .gradientWeight where settings.flag(.pairWeighting):
      "what the pair's gradient is weighted by: minus the derivative of its loss by what it judges, times the pair's weight"
    case .gradientWeight where PreferenceLoss.parts(of: settings).count > 1:
      "what the gradient of the one of its losses that has such a weight is weighted by, before the losses are added"
    case .rewardLoss: rewardLoss(under: settings)
    default: nil
    }
  }

  /// What a response's log-probability is where it is not the sum of its tokens'.
  private func response(_ response: String, under settings: Settings) -> String? {
    if PreferenceLoss.chosen(by: settings).averagesTokens {
      return "the mean log-probability of the \(response) response's tokens"
    }
    guard settings.optionalNumber(.lengthDesensitizing) ?? 1 != 1 else { return nil }
    return
      "the log-probability of the \(response) response, in which tokens beyond the shorter one's length count ld_alpha "
      + "times"
  }

  /// What the Bradley-Terry loss is where more than the margin is in it.
  private func rewardLoss(under settings: Settings) -> String? {
    let (isCentred, isShifted) = (settings.number(.centerRewards) != 0, settings.number(.rewardMargin) != 0)
    guard isCentred || isShifted else { return nil }
    return "the Bradley-Terry loss, the mean of -log sigmoid(\(isShifted ? "margin less reward_margin" : "margin"))"
      + (isCentred ? ", with what keeps the scores near 0" : "")
  }
}
