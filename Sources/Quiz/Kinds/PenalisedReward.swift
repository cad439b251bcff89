import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// A token's reward: what it pays for leaving the reference, and the score on the last one.
  static let penalisedReward = QuestionKind(
    name: "penalised-reward", subject: "rewards with the KL penalty", suits: { $0.hasOption(.klEstimator) },
    changes: { scenario, _ in scenario.weighingKL },
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

extension Asking {
  /// The coefficient where nothing adapts it, so that no term names it.
  fileprivate var constantCoefficient: Double? {
    settings.flag(.adaptiveKL) ? nil : settings.number(.klCoef)
  }
}
