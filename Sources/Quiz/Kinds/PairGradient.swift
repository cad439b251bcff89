import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// Which way DPO pushes the tokens of the two responses, whatever the margin is.
  static let pairGradient = QuestionKind(
    name: "pair-gradient", subject: "which way DPO pushes chosen and rejected tokens",
    suits: { $0.learnsPolicyFromPairs },
    ask: { asking in
      guard PreferenceLoss.isLogistic(asking.settings), !asking.trace.isRecorded(.wantedMargin) else { return nil }
      let isChosen = asking.random.below(2) == 0
      return asking.draft(about: isChosen ? .chosenLogp : .rejectedLogp) { asking, term in
        let i = asking.key(term).i
        guard
          let margin = asking.trace.occurrences(of: TermKey(.margin, i)).first(where: { $0 > term })
            .map({ asking.trace.value($0) }), level(margin) == asking.level
        else { return nil }
        return signDraft(
          asking, term,
          "DPO's loss of pair \(i) is -log σ(margin), and its margin is \(NumberText.short(margin)) now. "
            + "\(asking.trace.text(term)) is the log-probability of token \(asking.key(term).j) of the "
            + "\(isChosen ? "chosen" : "rejected") response.",
          expecting: isChosen ? -1 : 1)
      }
    })

  /// A pair that is ranked rightly already tempts one to say that nothing happens.
  private static func level(_ margin: Double) -> Int { margin <= 0 ? 1 : margin < 0.5 ? 2 : 3 }
}
