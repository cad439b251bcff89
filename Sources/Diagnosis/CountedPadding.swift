import Documents
import Objectives
import Recording
import Reporting
import Simulation

extension Puzzle {
  /// Sequences of one length that end in tokens with one and the same number: padding that the mask does not leave out.
  static let countedPadding = Puzzle(name: "counted-padding") { patient in
    guard let padding = CountedPadding(patient) else { return nil }
    let losses = padding.losses(patient)
    let isFelt = losses.map { ($0.with - $0.without).magnitude > 1e-6 * $0.without.magnitude } ?? true
    return Finding(
      name: "counted-padding", verdict: isFelt ? .bug : .caution,
      title: "\(padding.count) of \(padding.all) tokens are padding, and count",
      explanation: "\(padding.description) Such tokens teach nothing. "
        + (losses.map { losses in
          isFelt
            ? "They are counted: without them the loss is \(NumberText.short(losses.without)), and not \(NumberText.short(losses.with))."
            : "The loss is the same without them, but whatever is averaged over tokens is not."
        } ?? """
          They are counted: an average over tokens is \(NumberText.short(padding.share, digits: 3)) of what it should be, \
          and so is every gradient.
          """),
      inference: "that these are padding follows from the equal lengths and from \(padding.sign)",
      evidence: patient.evidence(
        [
          "count(logp)", "max(logp)", "count(chosen_logp)", "max(chosen_logp)", "count(rejected_logp)",
          "max(rejected_logp)", "loss",
        ], at: patient.updates.last?.beat ?? patient.end),
      advice: "Cut each sequence after its end, or give loss_mask 0 where there is padding.", topic: .averaging)
  }
}

/// Tokens at the end of a batch's sequences that no model was asked about.
private struct CountedPadding {
  /// How many tokens are padding, and how many there are.
  private(set) var (count, all) = (0, 0)
  private let rows: [Row]
  /// How much of each sequence is padding.
  private var ends: [Int] = []
  private let token: String
  /// What each column, such as logp, has at all of them; nil where each has numbers of its own, as if it were text.
  private let constants: [Double]?

  /// The share of tokens that are none.
  var share: Double { Double(all - count) / Double(all) }

  /// Nil where sequences have lengths of their own, or end in numbers that differ.
  init?(_ patient: Examination) {
    rows = Row.all(of: patient)
    guard rows.count >= 2, rows.hasOneLength, let end = rows.lazy.compactMap({ $0.end }).first else { return nil }
    (token, constants) = end
    for row in rows {
      all += row.counted.count { $0 }
      let length = row.lengthOfEnd(token, constants)
      // What has numbers of its own may begin with the end of the text itself.
      ends.append(length < 2 ? 0 : constants == nil ? length - 1 : length)
      count += ends[ends.count - 1]
    }
    // All of them, a model that is certain of its whole answers.
    guard 2 * padded >= rows.count, count < all else { return nil }
  }

  /// What tells them from text.
  var sign: String {
    guard let constants else { return "the special token that stands there again and again" }
    return constants.allSatisfy { $0 == 0 }
      ? "a probability of exactly 1" : "the one number that all of them have"
  }

  private var padded: Int { ends.count { $0 > 0 } }

  /// The loss with the padding and without it, where sequences are given; nil where they were sampled, and can be masked.
  func losses(_ patient: Examination) -> (with: Double, without: Double)? {
    guard var batch = patient.batch, let update = patient.updates.last, let contents = batch.contents.cut(ends) else {
      return nil
    }
    batch.contents = contents
    let trace = batch.record()
    guard let loss = trace.differentiations.last(where: { trace.quantity(of: $0.term) == .loss }) else { return nil }
    return (patient.trace.value(update.loss), trace.value(loss.term))
  }

  /// `All 4 responses have 16 tokens, and 3 of them end in «<pad>» with logp and old_logp exactly 0.`
  var description: String {
    let lengths = Set(rows.map { $0.tokens.count }).sorted().map { "\($0)" }.joined(separator: " or ")
    let start = "All \(rows.count) responses have \(lengths) tokens, and \(padded) of them end in «\(token)»"
    guard let constants else { return "\(start), again and again." }
    let names = rows[0].columns.map { $0.name }
    let numbers =
      Set(constants).count == 1
      ? "\(names.joined(separator: " and ")) exactly \(NumberText.short(constants[0]))"
      : zip(names, constants).map { "\($0) exactly \(NumberText.short($1))" }.joined(separator: " and ")
    return "\(start) with \(numbers)."
  }

  /// A sequence with the numbers that models gave its tokens.
  fileprivate struct Row {
    /// Sequences of one kind are padded to one length: the chosen responses, say.
    let kind: Int
    let tokens: [String]
    let columns: [(name: String, values: [Double])]
    /// Which tokens no mask leaves out.
    var counted: [Bool]

    /// The sequences of a batch, whatever is learned from them.
    static func all(of patient: Examination) -> [Row] {
      func row(_ kind: Int, _ tokens: [String], _ columns: (String, [Double]?)...) -> Row {
        let known = columns.compactMap { name, values in values.flatMap { $0.isEmpty ? nil : (name: name, values: $0) }
        }
        return Row(kind: kind, tokens: tokens, columns: known, counted: tokens.map { _ in true })
      }
      switch patient.batch?.contents {
      case .pairs(let pairs):
        return pairs.flatMap { pair in
          [pair.chosen, pair.rejected].enumerated().map { kind, response in
            row(kind, response.tokens, ("logp", response.logp), ("ref_logp", response.refLogp))
          }
        }
      case .judgements(let examples):
        return examples.map { row(0, $0.tokens, ("logp", $0.logp), ("ref_logp", $0.refLogp)) }
      case .demonstrations(let sequences):
        return sequences.map { row(0, $0.tokens, ("logp", $0.logp)) }
      case .scoredPairs, nil:
        return []
      case .responses, .groups, .baselined, .distilled:
        let sampled = patient.batch?.contents.sampled ?? []
        let isLearned = sampled.allSatisfy { !$0.logp.isEmpty }
        return sampled.enumerated().map { i, response in
          var answer = row(
            0, response.tokens, ("logp", isLearned ? response.logp : nil), ("old_logp", response.oldLogp))
          answer.counted = response.tokens.indices.map { !patient.trace.isLeftOut(i, $0, at: patient.end) }
          return answer
        }
      }
    }

    /// The last token with its numbers, if the one before is the same; a special token without them, if two before are. Nil where
    /// it is left out.
    var end: (token: String, constants: [Double]?)? {
      guard let token = tokens.last, counted.last == true else { return nil }
      if !columns.isEmpty, columns.allSatisfy({ $0.values.count == tokens.count }) {
        let constants = columns.map { $0.values[tokens.count - 1] }
        if lengthOfEnd(token, constants) >= 2 { return (token, constants) }
      }
      let isSpecial = token.hasPrefix("<") && token.hasSuffix(">") || token == "[PAD]"
      return isSpecial && lengthOfEnd(token, nil) >= 3 ? (token, nil) : nil
    }

    /// How many tokens in a row, from the last one on, are this one and have these numbers, or any.
    func lengthOfEnd(_ token: String, _ constants: [Double]?) -> Int {
      tokens.indices.reversed().prefix { t in
        guard tokens[t] == token, counted[t] else { return false }
        guard let constants else { return true }
        return columns.count == constants.count
          && zip(columns, constants).allSatisfy { $0.values.count == tokens.count && $0.values[t] == $1 }
      }.count
    }
  }
}

extension [CountedPadding.Row] {
  /// Whether all sequences of a kind are equally long.
  fileprivate var hasOneLength: Bool {
    allSatisfy { row in first { $0.kind == row.kind }.map { $0.tokens.count == row.tokens.count } ?? true }
  }
}

extension Batch.Contents {
  /// The same without so many tokens at the end of each sequence; nil where the policy sampled them.
  func cut(_ ends: [Int]) -> Batch.Contents? {
    switch self {
    case .pairs(var pairs):
      for i in pairs.indices {
        pairs[i].chosen.cut(ends[2 * i])
        pairs[i].rejected.cut(ends[2 * i + 1])
      }
      return .pairs(pairs)
    case .judgements(var examples):
      for i in examples.indices {
        examples[i].tokens.removeLast(ends[i])
        examples[i].logp.removeLast(ends[i])
        examples[i].refLogp.removeLast(ends[i])
      }
      return .judgements(examples)
    case .demonstrations(var sequences):
      for i in sequences.indices {
        sequences[i].tokens.removeLast(ends[i])
        sequences[i].logp.removeLast(ends[i])
      }
      return .demonstrations(sequences)
    default: return nil
    }
  }
}

extension Batch.PairResponse {
  fileprivate mutating func cut(_ count: Int) {
    tokens.removeLast(count)
    logp.removeLast(count)
    refLogp?.removeLast(count)
    logSumSquares?.removeLast(count)
  }
}
