import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// Which branch of the pessimistic minimum counts.
  static let minimumBranch = QuestionKind(
    name: "minimum-branch", subject: "which side of the minimum counts, and when the clip holds",
    suits: { $0.algorithm.option(.clipLow) != nil },
    ask: { asking in
      asking.draftOfClippedToken { asking, term, isOutside in
        guard let token = ClippedToken(asking, term), token.suits(asking.level, isOutside: isOutside),
          let objective = asking.objective(of: term), let surrogate = asking.value(beside: objective, .surrogate),
          let clipped = asking.value(beside: objective, .clippedSurrogate)
        else { return nil }
        return Draft(
          paragraph(
            "\(asking.place(term)) has \(token.description). The objective is the smaller of ratio × advantage and "
              + "clipped ratio × advantage. Which of the two counts?"),
          choice: surrogate == clipped ? 2 : clipped < surrogate ? 1 : 0,
          of: [
            "unclipped: ratio × advantage is smaller", "clipped: clipped ratio × advantage is smaller",
            "both: they are equal",
          ], beat: asking.beat(objective), asking.explain(objective))
      }
    })
}

extension Asking {
  /// The objective that a clipped ratio enters.
  func objective(of term: Int) -> Int? {
    let end = trace.stage(ofBeat: beat(term)).beats.upperBound - 1
    guard let found = trace.term(TermKey(.objective, key(term).i, key(term).j), at: end),
      beat(found) >= trace.stage(ofBeat: beat(term)).beats.lowerBound
    else { return nil }
    return found
  }
}
