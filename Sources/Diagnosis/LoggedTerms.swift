import Documents
import Formulas
import Objectives
import Recording
import Reporting
import Simulation

extension Puzzle {
  /// An array of the trainer's, advantages say, is not what its own numbers give: the first token that differs.
  static let loggedTerms = Puzzle(name: "logged-terms") { patient in
    let trace = patient.trace
    let numbers = patient.loggedNumbers
    guard let first = numbers.differing(from: trace).first else { return nil }
    let (term, own, value) = (first.term, trace.value(first.term), first.value)
    let formula = trace.formulaText(of: term, as: .unicode).map { "\(trace.text(term)) = \($0)" } ?? trace.text(term)
    let inserted = trace.substitutedText(of: term, as: .unicode).map { " = \($0)" } ?? ""
    let (told, computed) = NumberText.distinct(value, own)
    let cause = numbers.cause(in: patient, of: trace.quantity(of: term))
    return Finding(
      name: "logged-terms", verdict: .bug,
      title: "The trainer's \(trace.text(term)) was \(told), and its numbers give \(computed)",
      explanation: """
        It is the first of the trainer's own numbers that differs; those before it agree. By the file's options it is \
        \(formula)\(inserted) = \(computed).\(cause.map { " \($0.text)" } ?? "")
        """,
      evidence: patient.evidence(
        [trace.text(term)] + trace.inputs(of: term).prefix(4).map { trace.text($0) }, at: patient.end),
      advice: cause?.advice
        ?? "Compare the options that this formula has with the trainer's, and what goes into it with its inputs.",
      topic: .advantage)
  }
}

/// What a trainer made of a token, or of a response.
private struct TrainersNumber {
  /// The term that should be this number; its token is -1 for a whole response.
  let key: TermKey
  let value: Double

  /// The number of its token, or of the whole response where tokens have none of their own.
  func term(in trace: Trace) -> Int? {
    let end = trace.beats.count - 1
    return trace.term(key, at: end) ?? trace.term(TermKey(name: key.name, i: key.i), at: end)
  }
}

/// A mistake that makes all of a trainer's numbers out of the batch's.
private struct CommonCause {
  let text: String
  let advice: String
}

extension [TrainersNumber] {
  /// Those that a recording has otherwise, with its terms.
  fileprivate func differing(from trace: Trace) -> [(term: Int, value: Double)] {
    let pairs = compactMap { number in number.term(in: trace).map { (term: $0, value: number.value) } }
    // Rounding is relative to the largest number of a kind.
    var sizes: [Int: Double] = [:]
    for (term, _) in pairs {
      let name = trace.terms[term].key.name
      sizes[name] = Swift.max(sizes[name] ?? 0, trace.value(term).magnitude)
    }
    return pairs.filter { term, value in
      let scale = Swift.max(value.magnitude, sizes[trace.terms[term].key.name] ?? 0)
      return !((trace.value(term) - value).magnitude <= 1e-4 * scale + 1e-6)
    }
  }

  /// What gives every number of a quantity, where the batch's own options do not; nil where it is no mistake that is known.
  fileprivate func cause(in patient: Examination, of quantity: Quantity) -> CommonCause? {
    let numbers = filter { $0.key.name == quantity.rawValue }
    let factor = numbers.factor(in: patient.trace)
    return factor.flatMap { numbers.knownCause(of: $0, in: patient) } ?? numbers.otherOption(in: patient)
      ?? factor.map { factor in
        CommonCause(
          text: "All of the trainer's are \(NumberText.distinct(factor, 1).0) times as large.",
          advice: "Look for what multiplies or divides all of them alike: a scale, a weight, a number of answers.")
      }
  }

  /// By what every number of the recording must be multiplied to be the trainer's.
  private func factor(in trace: Trace) -> Double? {
    let pairs = compactMap { number in
      number.term(in: trace).map { (own: trace.value($0), trainers: number.value) }
    }
    guard let most = pairs.max(by: { $0.own.magnitude < $1.own.magnitude }), most.own != 0 else { return nil }
    let factor = most.trainers / most.own
    let isCommon = pairs.allSatisfy {
      ($0.trainers - factor * $0.own).magnitude <= 1e-4 * most.trainers.magnitude + 1e-6
    }
    return isCommon && pairs.count > 1 ? factor : nil
  }

  /// What is known to multiply all numbers so.
  private func knownCause(of factor: Double, in patient: Examination) -> CommonCause? {
    if (factor + 1).magnitude < 1e-4 {
      return CommonCause(
        text: "The trainer's have the other sign, all of them.",
        advice: "Somewhere a minus is missing: is a cost taken for a reward, or baseline and reward exchanged?")
    }
    if case .groups(let batch)? = patient.batch?.contents {
      let sizes = batch.groups.indices.map { group in batch.sequences.count { $0.group == group } }
      let n = Double(sizes.first ?? 1)
      if sizes.allSatisfy({ $0 == sizes[0] }), n > 1, (factor / (n / (n - 1)).squareRoot() - 1).magnitude < 1e-3 {
        return CommonCause(
          text:
            "All of the trainer's are \(NumberText.short(factor)) times as large: its deviations divide by \(sizes[0]), not by \(sizes[0] - 1).",
          advice: "torch.std divides by n − 1, numpy's by n: whichever is meant, use one for all.")
      }
    }
    return nil
  }

  /// The value of an option under which all numbers are the trainer's; one under which there are no such numbers explains none.
  private func otherOption(in patient: Examination) -> CommonCause? {
    guard let batch = patient.batch else { return nil }
    let found = LossFit.otherOptions(of: batch).first { option in
      option.batches.allSatisfy { other in
        let trace = other.record()
        return allSatisfy { $0.term(in: trace) != nil } && differing(from: trace).isEmpty
      }
    }
    return found.map { CommonCause(text: "The trainer's are exactly those of \($0.fit.text).", advice: $0.fit.advice) }
  }
}

extension Examination {
  /// What the trainer made of each token, or of each response; what it wrote at tokens that do not count, 0 mostly, goes into
  /// nothing.
  fileprivate var loggedNumbers: [TrainersNumber] {
    guard let batch else { return [] }
    let rows: [[Batch.LoggedNumbers]] =
      switch batch.contents {
      case .responses(let sequences): sequences.map { $0.logged }
      case .groups(let group): group.sequences.map { $0.logged }
      default: []
      }
    return rows.enumerated().flatMap { i, row in
      row.flatMap { numbers in
        numbers.values.enumerated().map { t, value in
          TrainersNumber(key: TermKey(numbers.quantity, i, numbers.isPerToken ? t : -1), value: value)
        }
      }
    }.filter { $0.key.j < 0 || !trace.isLeftOut($0.key.i, $0.key.j, at: end) }
  }
}
