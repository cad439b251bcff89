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

  /// The general formula of each term, once; those of options that change the formula once for each.
  private var formulas: [String] {
    var seen: [String] = []
    var blocks: [String] = []
    for term in exercise.terms {
      var own: [String] = []
      for exerciseCase in cases {
        let trace = exerciseCase.record()
        let numbers = trace.terms.indices.filter { trace.quantity(of: $0) == term.quantity }
        for statement in trace.statedFormulas(of: numbers) {
          let text = statement.text(as: .latex, in: trace.glossary)
          if !seen.contains(text) { own.append("$$" + text + "$$") }
          seen.append(text)
        }
      }
      if !own.isEmpty { blocks.append("`\(term.name)`, \(term.quantity.description.meaning):") }
      blocks.append(contentsOf: own)
    }
    return blocks
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
