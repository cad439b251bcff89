import Plots

extension Decision {
  /// The table as a tree for Graphviz.
  ///
  /// - Parameter way: Answers whose path is drawn thicker.
  public func dot(way: DecisionWay? = nil) -> String {
    var graph = DOTGraph("choose", [("rankdir", "TB"), ("nodesep", "0.3"), ("ranksep", "0.45")])
    let taken = way.map { way in way.steps.map { $0.question.name } } ?? []
    for question in questions {
      graph.node(
        question.name,
        [
          ("label", question.label), ("style", "rounded,filled"),
          ("penwidth", taken.contains(question.name) ? "2.5" : "1"),
        ])
    }
    for outcome in outcomes {
      let isReached = way?.outcome?.name == outcome.name
      graph.node(
        outcome.name,
        [
          (
            "label",
            .lines(DOTLine(outcome.title, size: 13, bold: true), DOTLine("gradus step \(outcome.scenario)", size: 11))
          ),
          ("shape", "box"), ("style", "filled"), ("fillcolor", "\(Mark.positive.fill)"),
          ("color", "\(Mark.positive.color)"), ("penwidth", isReached ? "2.5" : "1"),
        ])
    }
    for question in questions {
      for (answer, branch) in [(true, question.yes), (false, question.no)] {
        let isTaken = way?.steps.contains { $0.question.name == question.name && $0.answer == answer } ?? false
        graph.edge(
          question.name, branch.next,
          [
            ("label", answer ? " yes" : " no"), ("style", answer ? "solid" : "dashed"),
            ("penwidth", isTaken ? "2.5" : "1"),
          ])
      }
    }
    return graph.text
  }
}

extension Decision.Question {
  /// The short form, a line for each of its lines.
  fileprivate var label: DOTValue {
    .lines(short.split(separator: "\n").map { DOTLine(String($0), size: 13) })
  }
}
