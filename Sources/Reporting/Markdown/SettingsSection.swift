import Objectives
import Recording
import Simulation

extension MarkdownTrace {
  /// The settings needed to follow the numbers.
  private static let mainOptions: [Option] = [
    .klCoef, .klEstimator, .gamma, .lam, .whitenAdvantages, .cliprange, .cliprangeValue, .vfCoef, .entropyCoef, .epochs,
    .minibatches, .preferenceLoss, .preferenceBeta, .trainEpochs, .trainBatchSize, .optimizer, .learningRate,
    .maxGradNorm,
  ]

  mutating func writeSettings() {
    let settings = source.settings
    let changed = settings.changed
    let main = source.options.filter { Self.mainOptions.contains($0) || changed.contains($0) }
    let others = source.options.filter { !main.contains($0) }
    if !source.options.isEmpty { page.heading(2, "Settings") }
    if main.isEmpty {
      page.table(table(of: others, settings))
    } else {
      page.table(table(of: main, settings))
      if !others.isEmpty { page.details("The other \(others.count) settings", [table(of: others, settings)]) }
    }
    if trace.overrides.isEmpty { return }
    page.paragraph("These numbers were put in place of those that the run computes:")
    page.list(
      trace.overrides.map { override in
        let occurrence = override.occurrence == 0 ? "" : " (its occurrence \(override.occurrence), counted from 0)"
        return Markdown.code(trace.glossary.text(override.key)) + " = " + Markdown.number(override.value) + occurrence
      })
  }

  private func table(of options: [Option], _ settings: Settings) -> MarkdownTable {
    var table = MarkdownTable(["Option", "Value", "What it does", "Source"])
    for option in options {
      let description = option.description
      let standard = description.standard
      let value = Markdown.code(settings[option].text)
      let isStandard = settings[option] == standard
      table.rows.append([
        Markdown.code(option.name), isStandard ? value : "**\(value)** (standard: \(Markdown.code(standard.text)))",
        Markdown.text(description.sentence), Markdown.text(description.source),
      ])
    }
    return table
  }
}
