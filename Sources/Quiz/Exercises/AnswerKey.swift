import Documents
import Formulas
import Objectives
import Recording
import Reporting
import Simulation

extension ExerciseSheet {
  /// For teachers: every term's formula as the recording has it, and its values in each batch, as Markdown.
  public var answerKey: String {
    var blocks = [
      "# \(exercise.name): answer key",
      "For teachers. The function computes \(exercise.title).",
      "## Formulas",
    ]
    blocks.append(contentsOf: formulas)
    for (number, exerciseCase) in cases.enumerated() {
      blocks.append("## Batch \(number + 1): \(exerciseCase.label)")
      blocks.append(contentsOf: values(exerciseCase))
    }
    blocks.append("## What is looked for")
    blocks.append(
      exercise.misconceptions.map { "- `\($0.id)`: \($0.text)" }.joined(separator: "\n"))
    return blocks.joined(separator: "\n\n") + "\n"
  }

  /// The general formulas of the terms and of all that they are computed from, each once.
  private var formulas: [String] {
    var seen: [String] = []
    var blocks: [(quantity: Quantity, formulas: [String])] = []
    for exerciseCase in cases {
      let trace = exerciseCase.record()
      let needed = needed(in: trace)
      for statement in trace.statedFormulas(of: needed) {
        guard let quantity = Quantity(rawValue: statement.name) else { continue }
        let text = statement.text(as: .latex, in: trace.glossary)
        if seen.contains(text) { continue }
        seen.append(text)
        if let place = blocks.firstIndex(where: { $0.quantity == quantity }) {
          blocks[place].formulas.append(text)
        } else {
          blocks.append((quantity, [text]))
        }
      }
    }
    return blocks.flatMap { quantity, formulas in
      let meaning = quantity.description(for: cases[0].batch.algorithm).meaning
      let name = exercise.terms.first { $0.quantity == quantity }?.name ?? quantity.name
      return ["`\(name)`, \(meaning):"] + formulas.map { "$$" + $0 + "$$" }
    }
  }

  /// The terms of the exercise in a recording, and those that they are computed from, in its order.
  private func needed(in trace: Trace) -> [Int] {
    var open = trace.terms.indices.filter { term in
      exercise.terms.contains { $0.quantity == trace.quantity(of: term) }
    }
    var found = Set(open)
    while let term = open.popLast() {
      for input in trace.inputs(of: term) where found.insert(input).inserted { open.append(input) }
    }
    return found.sorted()
  }

  private func values(_ exerciseCase: ExerciseCase) -> [String] {
    let trace = exerciseCase.record()
    let options = exercise.options.map { "`\($0.name)` = `\(exerciseCase.batch.settings[$0].text)`" }
    let rows = exercise.terms.compactMap { term -> String? in
      guard let values = exerciseCase.values(term, in: trace) else { return nil }
      let places = exerciseCase.places(term)
      var row = ""
      for (n, value) in values.enumerated() {
        let isNewRow = n > 0 && places[n].count == 2 && places[n][0] != places[n - 1][0]
        row += (n == 0 ? "" : isNewRow ? "; " : ", ") + NumberText.short(value, digits: 7)
      }
      return "| `\(term.name)` | \(row) |"
    }
    let table = (["| term | values |", "| --- | --- |"] + rows).joined(separator: "\n")
    return (options.isEmpty ? [] : [options.joined(separator: ", ")]) + [table]
  }
}
