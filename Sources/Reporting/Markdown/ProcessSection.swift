import Objectives
import Simulation

extension MarkdownTrace {
  /// The states and actions of a scenario, and what follows from each.
  mutating func writeProcess(_ process: DecisionProcess) {
    func list(_ names: [String]) -> String { names.map { Markdown.code($0) }.joined(separator: ", ") }
    page.heading(2, "The world")
    page.paragraph(
      "One acts in the states \(list(process.states)), by \(list(process.actions)). An episode starts in "
        + list(process.starts.map { process.names[$0] })
        + (process.terminals.isEmpty ? "" : ", ends in \(list(process.terminals))")
        + " and is cut off after \(Self.count(process.stepLimit, "step")).")
    var table = MarkdownTable(["State", "Action", "Next state"], numbers: ["Probability", "Reward"])
    for (s, actions) in process.outcomes.enumerated() {
      for (a, outcomes) in actions.enumerated() {
        for outcome in outcomes {
          table.rows.append([
            Markdown.code(process.states[s]), Markdown.code(process.actions[a]),
            Markdown.code(process.names[outcome.next]), Markdown.number(outcome.probability),
            Markdown.number(outcome.reward),
          ])
        }
      }
    }
    page.table(table)
  }
}
