import Autodiff
import Objectives
import Recording

extension Misconception {
  private static let chosenSide: [Quantity] = [
    .chosenResponseLogp, .chosenResponseRefLogp, .chosenLogRatio, .chosenReward, .chosenLogp, .chosenRefLogp,
  ]

  /// What people get wrong where tokens become log-ratios of responses.
  static let pairReference: [Misconception] = [
    .term("reference-missing", .chosenLogRatio, .rejectedLogRatio, text: "the reference is not subtracted") { r in
      r.own(r.isChosen ? .chosenResponseLogp : .rejectedResponseLogp)
    },
    .term(
      "reference-added", .chosenLogRatio, .rejectedLogRatio,
      text: "the reference's log-probability is added; it should be subtracted"
    ) { r in
      r.own(r.isChosen ? .chosenResponseLogp : .rejectedResponseLogp)
        + r.own(r.isChosen ? .chosenResponseRefLogp : .rejectedResponseRefLogp)
    },
    .term(
      "reference-exchanged", .chosenLogRatio, .rejectedLogRatio, text: "each response has the other one's reference"
    ) { r in
      r.own(r.isChosen ? .chosenResponseLogp : .rejectedResponseLogp) - r.tape.sum(r.otherReference)
    },
    .term(
      "ratio-inverse", .chosenLogRatio, .rejectedLogRatio,
      text: "the log-ratios are upside down: reference minus policy"
    ) { r in
      -r.x
    },
    .term("reference-chosen-only", .rejectedLogRatio, text: "only the chosen response has its reference subtracted") {
      r in
      r.own(.rejectedResponseLogp)
    },
  ]

  /// What people get wrong about the sums over tokens.
  static let pairSums: [Misconception] = [
    .term(
      "tokens-averaged", .chosenResponseLogp, .rejectedResponseLogp, .chosenResponseRefLogp, .rejectedResponseRefLogp,
      text: "the tokens' log-probabilities are averaged; they should be summed"
    ) { r in r.tape.mean(r.ownTokens) },
    .maskIgnored,
  ]

  /// The same where tokens are averaged.
  static let pairMeans: [Misconception] = [
    .term(
      "tokens-summed", .chosenResponseLogp, .rejectedResponseLogp,
      text: "the tokens' log-probabilities are summed; they should be averaged"
    ) { r in r.tape.sum(r.ownTokens) },
    .term(
      "tokens-padding", .chosenResponseLogp, .rejectedResponseLogp,
      text: "the sums are divided by the width of the array, not by the tokens that count"
    ) { r in r.tape.sum(r.ownTokens) / r.width },
    .maskIgnored,
  ]

  /// What people get wrong about beta and the difference of the rewards.
  static let pairRewards: [Misconception] = [
    .term("beta-missing", .chosenReward, .rejectedReward, text: "beta is not used") { r in r.ownLogRatio },
    .term("beta-divides", .chosenReward, .rejectedReward, text: "it is divided by beta; it should be multiplied") { r in
      r.ownLogRatio / r.beta
    },
    .term("beta-twice", .margin, text: "beta is multiplied twice") { r in r.beta * r.x },
    .term("beta-chosen-only", .rejectedReward, text: "only the chosen log-ratio is multiplied by beta") { r in
      r.ownLogRatio
    },
    .term("margin-sign", .margin, text: "the margin is rejected minus chosen") { r in -r.x },
    .term("margin-plus", .margin, text: "the margin adds the two rewards; it should subtract them") { r in
      r.own(.chosenReward) + r.own(.rejectedReward)
    },
    .term("margin-chosen", .margin, text: "the rejected response is missing from the margin") { r in
      r.own(.chosenReward)
    },
  ]

  /// What people get wrong where a margin becomes a loss by a logistic function.
  static let pairLogistic: [Misconception] = [
    .pairLoss("log-missing", "the log is missing: the loss is −σ of the margin") { z in -sigmoid(z) },
    .pairLoss("one-minus", "the loss is 1 − σ of the margin; it should be −log σ") { z in 1 - sigmoid(z) },
    .pairLoss("loss-plus", "the minus is missing: the loss is log σ of the margin") { z in logSigmoid(z) },
    .pairLoss("loss-other-side", "the loss is −log σ of minus the margin") { z in -logSigmoid(-z) },
    .pairLoss("loss-hinge", "the loss is the hinge's") { z in relu(1 - z) },
    .pairLoss("loss-margin", "the loss is minus the margin: −log σ is missing") { z in -z },
    .pairLoss("loss-two", "both log σ of the margin and of minus the margin are in the loss") { z in
      -logSigmoid(z) - logSigmoid(-z)
    },
  ]

  static func pairLoss(_ id: String, _ text: String, _ value: @escaping @Sendable (Scalar) -> Scalar) -> Misconception {
    .term(id, .pairLoss, text: text) { r in value(r.judged) }
  }

  fileprivate static func isChosen(_ quantity: Int) -> Bool {
    chosenSide.contains { $0.rawValue == quantity }
  }
}

extension Rewriting {
  /// Whether the term is of the chosen response, by its name.
  var isChosen: Bool { Misconception.isChosen(key.name) }

  var beta: Double { settings.number(.preferenceBeta) }

  fileprivate var ownLogRatio: Scalar { own(isChosen ? .chosenLogRatio : .rejectedLogRatio) }

  /// The tokens that the term sums up.
  fileprivate var ownTokens: [Scalar] {
    let quantity: Quantity =
      switch Quantity(rawValue: key.name) {
      case .chosenResponseLogp: .chosenLogp
      case .rejectedResponseLogp: .rejectedLogp
      case .chosenResponseRefLogp: .chosenRefLogp
      default: .rejectedRefLogp
      }
    return rows(quantity, isChosen ? .chosen : .rejected)[i]
  }

  /// The reference's log-probabilities of the other response's tokens.
  fileprivate var otherReference: [Scalar] {
    rows(isChosen ? .rejectedRefLogp : .chosenRefLogp, isChosen ? .rejected : .chosen)[i]
  }

  /// What the loss judges: the logit where it is another number than the margin.
  var judged: Scalar {
    let logit = own(.logit)
    return logit.value.isNaN ? own(.margin) : logit
  }
}
