import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// The sign of the loss's derivative by a log-probability, under a clip or in the plain policy gradient.
  static let gradientSign = QuestionKind(
    name: "gradient-sign", subject: "which way a token is pushed, and when it is not",
    suits: { $0.algorithm.isRewarded && $0.algorithm.credit != nil },
    // The KL term joins in at the third level alone.
    changes: { scenario, level in
      scenario.algorithm.credit == .group && level < 3 ? [QuizQuestion.Change("beta", "0")] : []
    },
    ask: { asking in
      if asking.source.algorithm.credit == .returns { return asking.draft(about: .objective, plainGradient) }
      return asking.draftOfClippedToken(clippedGradient)
    })

  /// The choices of every question about a sign.
  static let signs = ["positive: raising it raises the loss", "negative: raising it lowers the loss", "zero"]

  static func signIndex(_ x: Double) -> Int { x > 0 ? 0 : x < 0 ? 1 : 2 }

  private static func clippedGradient(_ asking: Asking, _ term: Int, _ isOutside: Bool) -> Draft? {
    guard let token = ClippedToken(asking, term), let logp = asking.beside(term, .logp) else { return nil }
    let pull = token.isCut ? 0 : -token.ratio.value * token.advantage.value
    guard let beta = asking.referenceWeight else {
      guard token.suits(asking.level, isOutside: isOutside) else { return nil }
      return signDraft(
        asking, logp,
        "\(asking.place(term)) has \(token.description). The loss is minus the mean of min(ratio × advantage, clipped "
          + "ratio × advantage).", expecting: pull)
    }
    guard asking.level == 3, let reference = asking.value(beside: logp, .refLogp) else { return nil }
    let (now, then) = (Shown(asking.trace.value(logp)), Shown(reference))
    let push = beta * (1 - Elementary.exp(then.value - now.value))
    // Where the two nearly balance, four digits do not decide.
    guard (pull + push).magnitude > 0.05 * max(pull.magnitude, push.magnitude) else { return nil }
    return signDraft(
      asking, logp,
      "\(asking.place(term)) has \(token.description). Its loss is -min(ratio × advantage, clipped ratio × advantage) "
        + "+ \(plain(beta)) × k3, where k3 = exp(-d) - 1 + d with d = logp - ref_logp, logp = \(now.text) "
        + "and ref_logp = \(then.text).", expecting: pull + push)
  }

  private static func plainGradient(_ asking: Asking, _ term: Int) -> Draft? {
    guard let logp = asking.beside(term, .logp), let advantage = asking.value(beside: term, .advantage),
      advantage.magnitude > 1e-3
    else { return nil }
    let loss = "The loss is minus the mean of advantage × logp."
    if asking.level == 1 {
      return signDraft(
        asking, logp, "\(asking.place(term)) has advantage \(NumberText.short(advantage)). \(loss)",
        expecting: -advantage)
    }
    guard let gain = asking.value(beside: term, .returns),
      let baseline = asking.beside(term, .advantage).flatMap({ asking.baseline(in: $0) })
    else {
      return nil
    }
    let shownGain = Shown(gain)
    // Hard is where the return's own sign misleads.
    guard asking.level == 2 || (gain > 0) != (advantage > 0) else { return nil }
    return signDraft(
      asking, logp,
      "\(asking.place(term)) has return \(shownGain.text). \(baseline.sentence) \(loss)",
      expecting: -(shownGain.value - baseline.shown.value))
  }

  /// Asks only where the recording's whole loss agrees with what the question tells of it.
  static func signDraft(_ asking: Asking, _ term: Int, _ given: String, expecting sign: Double) -> Draft? {
    guard let gradient = asking.trace.gradient(of: term, at: asking.beat(term)),
      signIndex(gradient) == signIndex(sign)
    else { return nil }
    return Draft(
      paragraph("\(given) Which sign has the derivative of the loss by \(asking.trace.text(term))?"),
      choice: signIndex(gradient), of: signs, beat: asking.beat(term), asking.why(term))
  }
}

extension Asking {
  /// The weight of the KL in GRPO's loss; nil where there is none.
  fileprivate var referenceWeight: Double? {
    guard source.options.contains(.groupBeta) else { return nil }
    let beta = settings.number(.groupBeta)
    return beta == 0 ? nil : beta
  }
}
