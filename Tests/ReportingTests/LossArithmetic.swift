import Documents
import Objectives
import Recording
import Simulation

/// What a sentence says a part of the loss is made of, computed once more from the recorded numbers.
///
/// «the value loss is half the mean over 3 responses of the sum of their squared errors divided by 4, 8 in all, 0.12»: the
/// factors and operations are read from the words, the numbers from the recording.
struct LossArithmetic {
  let trace: Trace
  let beat: Int

  /// The clauses of a sentence whose words do not make their number.
  func faults(in sentence: String) -> [String] {
    guard trace.stage(ofBeat: beat).name == Stage.loss.name else { return [] }
    let clauses = sentence.dropLast().split(separator: ";").map { String($0) }
    return clauses.compactMap { clause in
      guard let part = parts.first(where: { clause.lowercased().contains("the \($0.words) is ") }),
        let term = trace.beats[beat].terms.first(where: { trace.quantity(of: $0) == part.quantity })
      else { return nil }
      let computed = value(of: clause, term)
      let difference = (computed - trace.value(term)).magnitude
      // A factor in the sentence has four digits.
      return difference <= 1e-3 * trace.value(term).magnitude + 1e-12 ? nil : "\(clause) makes \(computed)"
    }
  }

  private var parts: [(words: String, quantity: Quantity)] {
    [
      ("policy loss", .policyLoss), ("value loss", .valueLoss), ("entropy bonus", .entropyBonus), ("kl loss", .klLoss),
    ]
  }

  private func value(of clause: String, _ term: Int) -> Double {
    let numbers = trace.inputs(of: term).map { (trace.terms[$0].key.i, trace.value($0)) }
    if numbers.isEmpty { return trace.value(term) }  // nothing counts
    var result: Double
    if clause.contains("mean over ") || clause.contains("sum over ") {
      let rows = Dictionary(grouping: numbers, by: { $0.0 }).values.map { row in
        aggregate(row.map { $0.1 }, isSum: clause.contains("of the sum of"))
      }
      let count = clause.components(after: "mean over ").first ?? "one"
      result = rows.reduce(0, +) / (count == "one" ? 1 : NumberText.read(count) ?? .nan)
    } else {
      result = aggregate(numbers.map { $0.1 }, isSum: clause.contains("the sum of"))
    }
    if clause.contains("minus the") { result = -result }
    if clause.contains("half the") { result /= 2 }
    if let factor = clause.components(before: " times the").last.flatMap({ NumberText.read($0) }) { result *= factor }
    for divisor in clause.components(after: "divided by ") { result /= NumberText.read(divisor) ?? .nan }
    return result
  }

  private func aggregate(_ numbers: [Double], isSum: Bool) -> Double {
    let sum = numbers.reduce(0, +)
    return isSum ? sum : sum / Double(numbers.count)
  }
}

extension String {
  /// The word behind each occurrence of a text.
  fileprivate func components(after start: String) -> [String] {
    split(separator: start, omittingEmptySubsequences: false).dropFirst().compactMap { rest in
      rest.split(whereSeparator: { $0 == " " || $0 == "," }).first.map { String($0) }
    }
  }

  /// The word before each occurrence of a text.
  fileprivate func components(before end: String) -> [String] {
    split(separator: end, omittingEmptySubsequences: false).dropLast().compactMap { rest in
      rest.split(separator: " ").last.map { String($0) }
    }
  }
}

extension NumberText {
  /// The number that a text of four digits stands for.
  fileprivate static func read(_ text: String) -> Double? { parse(text.replacing("−", with: "-")) }
}
