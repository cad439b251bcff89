import Documents
import Objectives
import Recording
import Reporting
import Simulation

extension Puzzle {
  /// The reference gives every token one and the same log-probability: a column that was filled up.
  static let placeholderReference = Puzzle(name: "placeholder-reference") { patient in
    guard let value = patient.placeholderOfReference else { return nil }
    let count = ReferenceLogps(patient.source, patient.sampled).reference.count
    return Finding(
      name: "placeholder-reference", verdict: .bug,
      title: "ref_logp is \(NumberText.short(value)) at all \(count) tokens: no model said that",
      explanation: """
        Different tokens do not have equal log-probabilities. Whatever is computed from the reference, the KL or the \
        implicit rewards, is computed from the policy alone.
        """,
      evidence: patient.evidence(
        [
          "min(ref_logp)", "max(ref_logp)", "min(logp)", "max(logp)", "min(chosen_ref_logp)", "max(chosen_ref_logp)",
          "min(chosen_logp)", "max(chosen_logp)",
        ], at: patient.end),
      advice: "Run the reference on the samples, or leave ref_logp out of the file and switch the KL off.", topic: .kl)
  }

  /// Sequences of one length that end in tokens of probability 1: padding that the mask does not leave out.
  static let countedPadding = Puzzle(name: "counted-padding") { patient in
    guard let padding = CountedPadding(patient) else { return nil }
    return Finding(
      name: "counted-padding", verdict: .bug,
      title: "\(padding.count) of \(padding.all) tokens are padding, and count",
      explanation: """
        All \(padding.responses) responses have \(padding.length) tokens, and \(padding.padded) of them end in «\(padding.token)» with \
        logp and old_logp exactly 0. Such tokens teach nothing, but they are counted: an average over tokens is \
        \(NumberText.short(Double(padding.all - padding.count) / Double(padding.all), digits: 3)) of what it should be, and so \
        is every gradient.
        """,
      inference: "that these are padding follows from the equal lengths and from a probability of exactly 1",
      evidence: patient.evidence(["count(logp)", "max(logp)", "loss"], at: patient.updates.last?.beat ?? patient.end),
      advice: "Cut each sequence after its end, or give loss_mask 0 where there is padding.", topic: .averaging)
  }
}

/// The reference's log-probabilities and the policy's, in the same order.
struct ReferenceLogps {
  private var policy: [Double] = []
  private(set) var reference: [Double] = []

  /// Empty where no reference is asked.
  init(_ source: Source, _ sampled: [SampledLogps]) {
    guard case .batch(let batch, _) = source, source.algorithm.usesReference(source.settings) else { return }
    switch batch.contents {
    case .pairs(let pairs):
      let responses = pairs.flatMap { [$0.chosen, $0.rejected] }
      (policy, reference) = (responses.flatMap { $0.logp }, responses.flatMap { $0.refLogp ?? [] })
    case .judgements(let examples):
      (policy, reference) = (examples.flatMap { $0.logp }, examples.flatMap { $0.refLogp })
    default:
      policy = sampled.flatMap { $0.logp.isEmpty ? $0.oldLogp : $0.logp }
      reference = sampled.flatMap { $0.refLogp }
    }
  }

  /// The one number that the reference gives all tokens, whatever the policy says of them.
  var placeholder: Double? {
    guard reference.count >= 8, let first = reference.first, reference.allSatisfy({ $0 == first }),
      policy.contains(where: { $0 != policy[0] })
    else { return nil }
    return first
  }
}

/// Tokens at the end of a batch's responses that nothing was sampled at.
private struct CountedPadding {
  var (count, all, padded) = (0, 0, 0)
  let responses, length: Int
  let token: String

  init?(_ patient: Examination) {
    guard let sampled = patient.batch?.contents.sampled, sampled.count >= 2, let first = sampled.first,
      sampled.allSatisfy({ $0.tokens.count == first.tokens.count && $0.oldLogp.count == first.tokens.count })
    else { return nil }
    (responses, length) = (sampled.count, first.tokens.count)
    var tokens: Set<String> = []
    for (i, response) in sampled.enumerated() {
      all += response.tokens.indices.count { !patient.trace.isLeftOut(i, $0, at: patient.end) }
      let end = response.tokens.indices.reversed().prefix { t in
        response.oldLogp[t] == 0 && (response.logp.isEmpty || response.logp[t] == 0)
          && response.tokens[t] == response.tokens.last && !patient.trace.isLeftOut(i, t, at: patient.end)
      }
      guard end.count >= 2, let last = response.tokens.last else { continue }
      count += end.count
      padded += 1
      tokens.insert(last)
    }
    // All of them, a model that is certain of its whole answers.
    guard 2 * padded >= responses, count < all, tokens.count == 1, let token = tokens.first else { return nil }
    self.token = token
  }
}
