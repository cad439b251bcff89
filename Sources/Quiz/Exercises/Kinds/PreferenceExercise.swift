import Objectives

extension Exercise {
  /// A member of DPO's family.
  ///
  /// - Parameters:
  ///   - name: What it is called.
  ///   - title: What is computed.
  ///   - loss: The `loss_type`.
  ///   - conventions: What one must know besides.
  ///   - options: What the function gets beside beta.
  ///   - terms: What is compared between the rewards and the pair's loss.
  ///   - hasReference: Whether there is a reference.
  ///   - showsMargin: Whether rewards and margins are part of the loss.
  ///   - misconceptions: What people get wrong about it, beside tokens, reference and averages.
  static func preference(
    _ name: String, _ title: String, _ loss: OptionValue, conventions: [String] = [], options: [Option] = [],
    terms: [Term] = [], hasReference: Bool = true, showsMargin: Bool = true, misconceptions: [Misconception]
  ) -> Exercise {
    let sums: [Term] = [
      Term(.chosenResponseLogp, .pair), Term(.rejectedResponseLogp, .pair),
    ]
    let ratios: [Term] =
      hasReference
      ? [
        Term(.chosenResponseRefLogp, .pair), Term(.rejectedResponseRefLogp, .pair),
        Term(.chosenLogRatio, .pair), Term(.rejectedLogRatio, .pair),
      ] : []
    let rewards: [Term] =
      showsMargin
      ? [
        Term(.chosenReward, .pair), Term(.rejectedReward, .pair), Term(.margin, .pair),
      ] : []
    return Exercise(
      name: name, title: title, conventions: conventions, arguments: preferenceArguments(hasReference: hasReference),
      options: [.preferenceBeta] + options,
      terms: sums + ratios + rewards + terms + [Term(.pairLoss, .pair), Term(.loss, .number)],
      settings: [(.preferenceLoss, loss)],
      makeCases: preferenceCases,
      misconceptions: misconceptions
        + (hasReference ? Misconception.pairReference + Misconception.pairSums : Misconception.pairMeans)
        + Misconception.pairAverages)
  }

  private static func preferenceArguments(hasReference: Bool) -> [Argument] {
    func side(_ side: Side, _ name: String, _ logp: Quantity, _ reference: Quantity) -> [Argument] {
      [
        Argument(
          "\(name)_logp", .term(logp), .token, of: side,
          "the policy's log-probabilities of the \(name) responses' tokens")
      ]
        + (hasReference
          ? [Argument("\(name)_ref_logp", .term(reference), .token, of: side, "the reference's")] : [])
        + [Argument("\(name)_mask", .mask, .token, of: side, "1 for their tokens, 0 for padding")]
    }
    return side(.chosen, "chosen", .chosenLogp, .chosenRefLogp)
      + side(.rejected, "rejected", .rejectedLogp, .rejectedRefLogp)
  }

  @Sendable
  private static func preferenceCases(_ maker: inout CaseMaker) -> [ExerciseCase] {
    func options(_ beta: Double, _ smoothing: Double, _ gamma: Double) -> [(Option, OptionValue)] {
      [(.preferenceBeta, .number(beta)), (.labelSmoothing, .number(smoothing)), (.simpoGamma, .number(gamma))]
    }
    return [
      maker.pairs("four pairs", count: 4, options(0.1, 0.1, 0.5)),
      maker.pairs(
        "another beta", count: 3,
        options(maker.decimal(0.3, 0.9), maker.decimal(0.15, 0.35), maker.decimal(0.7, 1.4))),
      maker.pairs("one pair", count: 1, options(0.5, 0.2, 0.3)),
      maker.pairs("far from the reference", count: 5, spread: 1.5, options(2, 0.05, 1.2)),
      maker.pairs("responses of one token", count: 3, longest: 1, options(0.25, 0.3, 0.8)),
    ]
  }
}
