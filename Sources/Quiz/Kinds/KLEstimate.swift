import Autodiff
import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// A token's KL estimate from its two log-probabilities: k1, k2 or k3.
  static let klEstimate = QuestionKind(
    name: "kl-estimate", subject: "KL estimators (k1, k2, k3)",
    suits: { $0.algorithm.credit != nil && $0.algorithm.has(.reference) && !$0.hasUsers },
    changes: { scenario, level in
      guard scenario.hasOption(.klEstimator) else { return [] }
      return [QuizQuestion.Change("kl_estimator", level == 1 ? "k1" : "k3")] + scenario.weighingKL
    },
    ask: { asking in
      // GRPO's is in the loss, of the policy that is trained.
      let isInReward = asking.source.options.contains(.klEstimator)
      let name = asking.settings.choice(isInReward ? .klEstimator : .groupKLEstimator)
      guard let estimator = KLEstimator(rawValue: name), asking.settings[.klLogRatioClamp] == .none,
        asking.settings[.klClamp] == .none
      else { return nil }
      let policy: Quantity = isInReward ? .oldLogp : .logp
      return asking.draft(about: .kl) { asking, term in
        guard let logp = asking.value(beside: term, policy), let reference = asking.value(beside: term, .refLogp),
          (logp - reference).magnitude > 0.05
        else { return nil }
        let (now, then) = (Shown(logp), Shown(reference))
        let formula =
          asking.level < 3
          ? "\(estimator.rawValue) = \(estimator.formula), where d is the policy's log-probability minus the reference's."
          : "The estimator is \(estimator.rawValue)."
        return Draft(
          paragraph(
            "\(asking.place(term)) has log-probability \(now.text) under the policy and \(then.text) under the reference. "
              + "\(formula) What is \(asking.trace.text(term)), its estimate of KL(policy ‖ reference)?"),
          number: asking.trace.value(term), shownGive: estimator.value(now.value - then.value), beat: asking.beat(term),
          asking.explain(term))
      }
    })
}

extension KLEstimator {
  fileprivate var formula: String {
    switch self {
    case .k1: "d"
    case .k2: "d²/2"
    case .k3, .k3WithGradientOfK2: "exp(-d) - 1 + d"
    }
  }

  /// The same arithmetic as the recorded one, on plain numbers: those that a question shows.
  fileprivate func value(_ d: Double) -> Double {
    switch self {
    case .k1: d
    case .k2: d * d / 2
    case .k3, .k3WithGradientOfK2: Elementary.exp(-d) - 1 + d
    }
  }
}
