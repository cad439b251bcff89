import Autodiff
import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// What a judged response is worth to KTO: its implicit reward, then its value beside the reference point.
  static let humanValue = QuestionKind(
    name: "human-value", subject: "what a judged response is worth in KTO",
    suits: { $0.algorithm.material == .judgements },
    ask: { asking in
      guard asking.source.algorithm.material == .judgements else { return nil }
      return asking.level == 1 ? asking.draft(about: .implicitReward, reward) : asking.draft(about: .humanValue, worth)
    })

  private static func reward(_ asking: Asking, _ term: Int) -> Draft? {
    guard let ratio = asking.value(beside: term, .responseLogRatio), ratio.magnitude > 1e-3 else { return nil }
    let (shown, beta) = (Shown(ratio), asking.settings.number(.preferenceBeta))
    return Draft(
      paragraph(
        "\(start(asking, term)) the log-ratio \(shown.text) to the reference; beta is \(plain(beta)). What is "
          + "\(asking.trace.text(term)), its implicit reward?"),
      number: asking.trace.value(term), shownGive: beta * shown.value, beat: asking.beat(term), asking.explain(term))
  }

  /// Easier where the response is desirable, and the lead is what one would think of first.
  private static func worth(_ asking: Asking, _ term: Int) -> Draft? {
    guard let ratio = asking.value(beside: term, .responseLogRatio),
      let point = asking.value(beside: term, .referencePoint, -1, -1), (ratio - point).magnitude > 0.05
    else { return nil }
    let (s, z, beta) = (Shown(ratio), Shown(point), asking.settings.number(.preferenceBeta))
    let isDesirable = (asking.trace.value(term) > 0.5) == (ratio > point)
    guard isDesirable == (asking.level == 2) else { return nil }
    let lead = isDesirable ? s.value - z.value : z.value - s.value
    return Draft(
      paragraph(
        "\(start(asking, term)) the log-ratio \(s.text) to the reference and was judged "
          + "\(isDesirable ? "desirable" : "undesirable"). The reference point is \(z.text); beta is \(plain(beta)), and "
          + "its kind has weight 1. With σ(x) = 1 / (1 + exp(-x)), what is it worth? What is \(asking.trace.text(term))?"
      ),
      number: asking.trace.value(term), shownGive: 1 / (1 + Elementary.exp(-beta * lead)), beat: asking.beat(term),
      asking.explain(term))
  }

  private static func start(_ asking: Asking, _ term: Int) -> String { "Response \(asking.key(term).i) has" }
}
