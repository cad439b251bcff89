import Documents
import Objectives
import Recording
import Reporting
import Simulation

extension Puzzle {
  /// The reference gives every token one and the same log-probability: a column that was filled up.
  static let placeholderReference = Puzzle(name: "placeholder-reference") { patient in
    guard let value = patient.placeholderOfReference else {
      return patient.isReferenceThePolicy ? samePolicy(patient) : nil
    }
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
      advice: patient.algorithm.samples
        ? "Run the reference on the samples, or leave ref_logp out of the file and switch the KL off."
        : "Run the reference on the responses: about the policy, what else is said of them means nothing until then.",
      topic: .kl)
  }

  /// The policy, or the teacher, gives every token one and the same log-probability.
  static let placeholderPolicy = Puzzle(name: "placeholder-policy") { patient in
    guard patient.batch != nil else { return nil }
    let columns: [Quantity] = [.logp, .oldLogp, .samplingLogp, .teacherLogp, .chosenLogp, .rejectedLogp]
    let filled = columns.compactMap { quantity -> (name: String, value: Double, count: Int)? in
      let values = patient.all(quantity).map { patient.trace.value($0) }
      guard let first = values.first, values.count >= 8, values.allSatisfy({ $0 == first }) else { return nil }
      return (quantity.name, first, values.count)
    }
    guard let column = filled.first else { return nil }
    return Finding(
      name: "placeholder-policy", verdict: .bug,
      title:
        "\(filled.map { $0.name }.joined(separator: " and ")) \(filled.count == 1 ? "is" : "are") \(NumberText.short(column.value)) at all \(column.count) tokens: no model said that",
      explanation: """
        Different tokens do not have equal log-probabilities. Ratios, divergences and losses that are made of this column say \
        nothing about a policy.
        """,
      evidence: patient.evidence(
        filled.flatMap { ["min(\($0.name))", "max(\($0.name))"] } + ["loss"], at: patient.end),
      advice: "Write what the model gave each sampled token: log-softmax of its logits, gathered at the token.",
      topic: .sampler)
  }

  /// Long after the beginning the reference still says of every token what the policy says.
  private static func samePolicy(_ patient: Examination) -> Finding {
    let twin = ReferenceLogps(patient.source, patient.sampled).isThePolicy ? "logp" : "old_logp"
    return Finding(
      name: "placeholder-reference", verdict: .caution,
      title: "ref_logp is \(twin), the policy's own log-probability, at every token",
      explanation: """
        This is step \(patient.batch?.step ?? 0), and a policy that has learned differs from its reference somewhere. Here it does \
        not, and the KL holds nothing: the reference follows the policy, the policy does not learn, or there is no reference.
        """,
      inference: """
        right after the reference was replaced by the policy on purpose (sync_ref_model) this is so as well, and where there is none \
        and a recorder filled the column: then the KL has no weight in the trainer
        """,
      evidence: patient.evidence(
        ["mean(logp)", "mean(old_logp)", "mean(ref_logp)", "metric(objective/kl)", "metric(kl)"], at: patient.end),
      advice:
        "Look at what is asked as the reference: an adapter that is not switched off, a copy that shares its weights, old_logp under "
        + "another name; and whether the learning rate is above 0.", topic: .kl)
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

  /// Whether the reference says of every token what the policy says.
  var isThePolicy: Bool { reference.count >= 16 && reference == policy && policy.contains { $0 != policy[0] } }

  /// The one number that the reference gives all tokens, whatever the policy says of them.
  var placeholder: Double? {
    guard reference.count >= 8, let first = reference.first, reference.allSatisfy({ $0 == first }),
      policy.contains(where: { $0 != policy[0] })
    else { return nil }
    return first
  }
}

extension Examination {
  /// Whether the reference is the policy, or the one that sampled, at a step by which they differ; `stuck-margin` says it of pairs.
  fileprivate var isReferenceThePolicy: Bool {
    guard let step = batch?.step, step > 10, !comparesPairsWithReference, algorithm.usesReference(settings) else {
      return false
    }
    let samplers = sampled.flatMap { $0.oldLogp }
    return ReferenceLogps(source, sampled).isThePolicy
      || samplers.count >= 16 && samplers.contains { $0 != samplers[0] } && samplers == sampled.flatMap { $0.refLogp }
  }
}
