import Autodiff
import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// What a demonstrated token costs, and what the loss of a few of them is.
  static let supervisedLoss = QuestionKind(
    name: "supervised-loss", subject: "maximum likelihood and perplexity",
    suits: { $0.algorithm.material == .demonstrations },
    ask: { asking in
      guard asking.source.algorithm.material == .demonstrations else { return nil }
      if asking.level == 3 { return asking.draft(about: .perplexity, perplexity) }
      return asking.level == 1 ? asking.draft(about: .logp, logProbability) : asking.draft(about: .loss, meanLoss)
    })

  private static func logProbability(_ asking: Asking, _ term: Int) -> Draft? {
    let logp = asking.trace.value(term)
    guard logp < -0.05 else { return nil }
    let probability = Shown(Elementary.exp(logp))
    return Draft(
      paragraph(
        "\(asking.place(term)) has probability \(probability.text) under the policy. What is \(asking.trace.text(term)), "
          + "its log-probability? (All logarithms are natural.)"),
      number: logp, shownGive: Elementary.log(probability.value), beat: asking.beat(term), asking.explain(term))
  }

  private static func meanLoss(_ asking: Asking, _ term: Int) -> Draft? {
    let logps = asking.inputs(of: term, .logp)
    let sum = Shown(logps.reduce(0) { $0 + asking.trace.value($1) })
    guard !logps.isEmpty else { return nil }
    return Draft(
      paragraph(
        "The demonstrations of a batch have \(logps.count) tokens, whose log-probabilities under the policy add up to "
          + "\(sum.text). What is the loss of supervised fine-tuning, the mean over all tokens?"),
      number: asking.trace.value(term), shownGive: -sum.value / Double(logps.count), beat: asking.beat(term),
      asking.explain(term))
  }

  private static func perplexity(_ asking: Asking, _ term: Int) -> Draft? {
    let loss = Shown(Elementary.log(asking.trace.value(term)))
    return Draft(
      paragraph(
        "The mean negative log-likelihood of all tokens of the demonstrations is \(loss.text). What is the policy's "
          + "perplexity on them?"),
      number: asking.trace.value(term), shownGive: Elementary.exp(loss.value), beat: asking.beat(term),
      asking.explain(term))
  }
}
