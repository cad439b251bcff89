public import Autodiff

extension Settings {
  /// An option's number as part of a formula, which then shows the option's symbol.
  public func value(_ option: Option) -> Constant { optionalValue(option) ?? Constant(0) }

  /// The same for an option that may be off; nil where it is.
  public func optionalValue(_ option: Option) -> Constant? {
    optionalNumber(option).map { Constant($0, symbol: option.rawValue) }
  }
}

/// The numbers in formulas that are neither terms nor options: mostly how many there are of something.
public enum Count: Int, CaseIterable, Sendable {
  case numbers, responses, tokens, longest, stepTokens, groups, share, step, updates, remaining
  case groupSize, groupTokens, judged, functionWeight, lossWeight, length, countedLength, chosenLength, rejectedLength,
    slope, logit

  /// How a count is written and explained.
  public struct Description: Sendable {
    /// How a formula writes it.
    public let latex: String
    /// How a terminal does.
    public let text: String
    /// What its indices count, if each of several has its own.
    public let axes: [Quantity.Axis]
    /// One clause that completes «this is …».
    public let meaning: String
  }

  public var description: Description {
    switch self {
    case .numbers: row("N", "n", [], "how many numbers are averaged")
    case .responses: row("N_y", "responses", [], "how many responses there are")
    case .tokens: row("N_t", "tokens", [], "how many tokens count")
    case .longest:
      row("T_{\\text{longest}}", "longest", [], "how many tokens count in the response that has most of them")
    case .stepTokens: row("N_{\\text{step}}", "step_tokens", [], "how many tokens count in the whole optimizer step")
    case .groups: row("K", "groups", [], "how many groups there are")
    case .share: row("\\kappa", "share", [], "the batch's share of the optimizer step")
    case .step: row("n", "step", [], "the number of the optimizer step, from 1")
    case .updates: row("N_u", "updates", [], "how many updates there were")
    case .remaining: row("\\kappa_{\\text{left}}", "remaining", [], "the part of the run that is still to come")
    case .groupSize: row("G", "size", [.group], "how many answers the group has")
    case .groupTokens: row("N^c", "group_tokens", [.group], "how many tokens of the group's responses count")
    case .judged:
      row("G_k", "judged", [.group, .rewardFunction], "how many answers of the group the reward function judged")
    case .functionWeight: row("w^R", "reward_weight", [.rewardFunction], "the weight of the reward function")
    case .lossWeight: row("w^\\ell", "loss_weight", [.lossType], "the weight of the loss")
    case .length: row("T", "length", [.sequence], "how many tokens the response has")
    case .countedLength: row("T^c", "counted", [.sequence], "how many of the response's tokens count")
    case .chosenLength: row("T^w", "chosen_length", [.pair], "how many tokens the chosen response has")
    case .rejectedLength: row("T^l", "rejected_length", [.pair], "how many tokens the rejected response has")
    case .slope: row("g_w", "grad", [.vocabulary], "the derivative of the loss by this weight")
    case .logit:
      row(
        "\\theta_{\\text{SFT}}", "logit", [.previousToken, .nextToken],
        "the logit of a model of demonstrations while it still learns")
    }
  }

  private func row(_ latex: String, _ text: String, _ axes: [Quantity.Axis], _ meaning: String) -> Description {
    Description(latex: latex, text: text, axes: axes, meaning: meaning)
  }

  /// The first number that no option has; symbols of counts begin there.
  private static let first = 10_000

  /// The number by which the tape knows it.
  public var symbol: Int { Self.first + rawValue }

  /// The count as part of a formula.
  ///
  /// - Parameters:
  ///   - number: Its value.
  ///   - i: Which response, group or pair it belongs to, if each has its own.
  ///   - j: Its second index, if it has two.
  public func value(_ number: Double, _ i: Int = -1, _ j: Int = -1) -> Constant {
    Constant(number, symbol: symbol, i, j)
  }

  public func value(_ number: Int, _ i: Int = -1, _ j: Int = -1) -> Constant { value(Double(number), i, j) }
}
