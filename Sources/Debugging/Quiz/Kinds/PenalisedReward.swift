import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// A token's reward: what it pays for leaving the reference, and the score on the last one.
  static let penalisedReward = QuestionKind(
    name: "penalised-reward", subject: "rewards with the KL penalty", scenarios: Scenario.names { $0.hasKLPenalty },
    changes: { scenario, _ in QuizQuestion.payingForKL(scenario) },
    ask: { asking in
      guard asking.settings.choice(.scorePosition) == "last_token", asking.settings.choice(.klEstimator) == "k1"
      else { return nil }
      return asking.draft(about: .reward) { asking, term in
        let (i, t, count) = (asking.key(term).i, asking.key(term).j, asking.siblings(of: term).count)
        guard asking.trace.stage(ofBeat: asking.beat(term)).name == Stage.klPenalty.name,
          asking.beside(term, .adjustedScore, i, -1) == nil, asking.beside(term, .klPenalty) != nil,
          let coefficient = asking.value(beside: term, .klCoefficient, -1, -1) ?? asking.constantCoefficient,
          let kl = asking.value(beside: term, .kl), kl.magnitude > 0.01,
          let score = asking.value(beside: term, .score, i, -1),
          let logp = asking.value(beside: term, .oldLogp), let reference = asking.value(beside: term, .refLogp)
        else { return nil }
        let isLast = t == count - 1
        // Forgetting the penalty, or its sign, must not be within the tolerance.
        guard isLast == (asking.level > 1), coefficient * kl.magnitude > 0.03 * asking.trace.value(term).magnitude
        else { return nil }
        let (beta, earned) = (coefficient, Shown(score))
        let (distance, now, then) = (Shown(kl), Shown(logp), Shown(reference))
        let given =
          asking.level == 3
          ? "log-probability \(now.text) under the policy and \(then.text) under the reference (the estimator is k1)"
          : "the KL estimate \(distance.text)"
        let d = asking.level == 3 ? now.value - then.value : distance.value
        return Draft(
          paragraph(
            "Response \(i) has \(count) token\(count == 1 ? "" : "s") and the score \(earned.text), which lands on its "
              + "last token. \(isLast ? "That one" : "Token \(t)") has \(given); kl_coef is \(plain(beta)). What is "
              + "\(asking.trace.text(term)), the reward of token \(t)? (The first token is token 0.)"),
          number: asking.trace.value(term), shownGive: -beta * d + (isLast ? earned.value : 0),
          beat: asking.beat(term), asking.explain(term, and: [asking.beside(term, .klPenalty)]))
      }
    })
}

extension Scenario {
  /// Whether rewards may be made of a score and a KL penalty.
  var hasKLPenalty: Bool { decisions == nil && algorithm.options.simulated.contains(.klCoef) }

  /// The built-in ones that have what a question asks about.
  static func names(where isSuited: (Scenario) -> Bool) -> [String] { builtIn.filter(isSuited).map { $0.name } }
}

extension QuizQuestion {
  /// A KL penalty where the scenario has one and asks nothing for it.
  static func payingForKL(_ scenario: String) -> [Change] {
    let isFree = Scenario.builtIn.contains { $0.name == scenario && $0.settings.number(.klCoef) == 0 }
    return isFree ? [Change("kl_coef", "0.1")] : []
  }
}

extension Asking {
  /// The coefficient where nothing adapts it, so that no term names it.
  fileprivate var constantCoefficient: Double? {
    settings.flag(.adaptiveKL) ? nil : settings.number(.klCoef)
  }
}
