extension Quantity {
  /// The description where an algorithm or its options change what the number is.
  public func description(for algorithm: Algorithm, under settings: Settings) -> Description {
    let usual = description(for: algorithm)
    guard let meaning = meaning(under: settings) else { return usual }
    return Description(usual.name, usual.latex, usual.axes, meaning)
  }

  /// What a response's log-probability is where it is not the sum of its tokens'.
  private func meaning(under settings: Settings) -> String? {
    let response: String
    switch self {
    case .chosenResponseLogp: response = "chosen"
    case .rejectedResponseLogp: response = "rejected"
    default: return nil
    }
    if PreferenceLoss.chosen(by: settings).averagesTokens {
      return "the mean log-probability of the \(response) response's tokens"
    }
    guard settings.optionalNumber(.lengthDesensitizing) ?? 1 != 1 else { return nil }
    return
      "the log-probability of the \(response) response, in which tokens beyond the shorter one's length count ld_alpha "
      + "times"
  }
}
