import Autodiff
import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// The loss of a pair from its margin: Bradley and Terry's, in DPO and in a reward model.
  static let pairLoss = QuestionKind(
    name: "pair-loss", subject: "the loss of a pair from its margin", suits: { $0.algorithm.comparesPairs },
    changes: { scenario, _ in
      scenario.hasOption(.centerRewards) ? [QuizQuestion.Change("center_rewards_coefficient", "0")] : []
    },
    ask: { asking in
      guard asking.isBradleyTerry else { return nil }
      return asking.draft(about: .pairLoss) { asking, term in
        guard let margin = asking.value(beside: term, .margin), level(margin) == asking.level else { return nil }
        let shown = Shown(margin)
        return Draft(
          paragraph(
            "Pair \(asking.key(term).i) has the margin \(shown.text). Its loss is -log σ(margin), with "
              + "σ(x) = 1 / (1 + exp(-x)) and the natural logarithm. What is its loss?"),
          number: asking.trace.value(term), shownGive: Elementary.log(1 + Elementary.exp(-shown.value)),
          beat: asking.beat(term), asking.explain(term))
      }
    })

  /// Easy near 0, where the loss is near log 2, hard where the pair is ranked wrongly or the loss is small.
  private static func level(_ margin: Double) -> Int {
    0 <= margin && margin < 0.3 ? 1 : 0.3 <= margin && margin < 1 ? 2 : 3
  }
}

extension Asking {
  fileprivate var isBradleyTerry: Bool {
    guard source.algorithm.comparesPairs, !trace.isRecorded(.wantedMargin) else { return false }
    return source.algorithm.option(.lossType) == nil
      ? settings.number(.centerRewards) == 0 && settings.number(.rewardMargin) == 0
      : PreferenceLoss.isLogistic(settings)
  }
}
