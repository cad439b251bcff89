import Documents
import Objectives
import Plots
import Recording
import Simulation

/// A decision process as a graph: each state, each action with its probability before and now, and where it leads.
///
/// Rare outcomes of an action are drawn as thin, dashed arrows.
struct ActionDiagram {
  private let process: DecisionProcess
  private let trace: Trace

  init(_ process: DecisionProcess, _ trace: Trace) {
    self.process = process
    self.trace = trace
  }

  /// - Parameter since: What the probabilities are compared with; empty where nothing has moved.
  func dot(before: [[Double]], after: [[Double]], at beat: Int, since: String) -> String {
    var graph = DOTGraph("policy", [("rankdir", "LR"), ("ranksep", "0.6"), ("nodesep", "0.3"), title(at: beat, since)])
    for state in process.names.indices { addState(state, at: beat, to: &graph) }
    for s in process.states.indices {
      for a in process.actions.indices { addAction(s, a, before: before[s][a], after: after[s][a], to: &graph) }
    }
    return graph.text
  }

  private func addState(_ state: Int, at beat: Int, to graph: inout DOTGraph) {
    let name = process.names[state]
    let isEnd = process.isTerminal(state)
    let isStart = process.starts.contains(state)
    var lines = [DOTLine(DOTEscape.token(name), size: 16, bold: true)]
    if isStart { lines.append(DOTLine("start", size: 10, color: Ink.muted)) }
    if let value = trace.value(.criticValue, state, at: beat) {
      lines.append(DOTLine("critic \(text(value))", size: 11, color: Ink.muted))
    }
    if let value = trace.value(.exactValue, state, at: beat) {
      lines.append(DOTLine("exact \(text(value))", size: 11, color: Ink.muted))
    }
    graph.node(
      "state " + name,
      [
        ("id", "state \(name)"), ("label", .lines(lines)), ("shape", isEnd ? "box" : "ellipse"), ("style", "filled"),
        ("fillcolor", "\(isStart || isEnd ? Ink.ghost : Ink.paper)"), ("peripheries", isEnd ? "2" : "1"),
        ("penwidth", isStart ? "2.5" : "1"),
      ])
  }

  private func addAction(_ s: Int, _ a: Int, before: Double, after: Double, to graph: inout DOTGraph) {
    let (old, new) = (text(before), text(after))
    // A change that the shown digits hide is no change.
    let mark: Mark? = old == new ? nil : after > before ? .positive : .negative
    let name = process.states[s] + " " + process.actions[a]
    let remark = mark.map { "\(old) → \(new) \($0.symbol)" } ?? new
    graph.node(
      name,
      [
        ("id", "\(trace.glossary.text(TermKey(.probabilityAfter, s, a)))"), ("shape", "box"), ("style", "rounded"),
        ("color", "\(mark?.color ?? Ink.line)"), ("fontcolor", "\(mark?.color ?? Ink.text)"),
        (
          "label",
          .lines(
            DOTLine(DOTEscape.token(process.actions[a]), size: 12),
            DOTLine(remark, size: 11, color: mark?.color ?? Ink.muted))
        ),
        ("tooltip", "\(process.actions[a]) in \(process.states[s]): \(old) before, \(new) after"),
      ])
    graph.edge(
      "state " + process.states[s], name,
      [
        ("penwidth", "\(NumberText.fixed(0.6 + 5 * after, decimals: 1))"), ("color", "\(mark?.color ?? Ink.line)"),
        ("arrowhead", "none"),
      ])
    for outcome in process.outcomes[s][a] {
      graph.edge(
        name, "state " + process.names[outcome.next],
        [
          ("label", "\(label(outcome))"), ("fontsize", "10"), ("fontcolor", "\(Ink.muted)"), ("color", "\(Ink.line)"),
          ("style", outcome.probability < 0.5 ? "dashed" : "solid"),
        ])
    }
  }

  private func label(_ outcome: DecisionProcess.Outcome) -> String {
    let chance = outcome.probability == 1 ? "" : NumberText.full(outcome.probability) + ": "
    return chance + (outcome.reward > 0 ? "+" : "") + NumberText.full(outcome.reward)
  }

  private func text(_ x: Double) -> String { NumberText.fixed(x, decimals: 2) }

  private func title(at beat: Int, _ since: String) -> (name: String, value: DOTValue) {
    let marks =
      since.isEmpty ? "" : "\(Mark.positive.symbol) more likely · \(Mark.negative.symbol) less likely \(since) · "
    return Caption.title([
      "Policy: what it does in each state, and where that leads", Caption.position(of: beat, in: trace),
      marks + "at the arrows: probability and reward · dashed: less likely than not",
    ])
  }
}
