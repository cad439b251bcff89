import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// The margin of a pair: implicit rewards in DPO, scores in a reward model.
  static let margin = QuestionKind(
    name: "margin", subject: "the margin of a pair", suits: { $0.algorithm.comparesPairs },
    ask: { asking in
      asking.source.algorithm.has(.policy)
        ? asking.draft(about: .margin, rewardMargin) : asking.draft(about: .margin, scoreMargin)
    })

  private static func scoreMargin(_ asking: Asking, _ term: Int) -> Draft? {
    guard let chosen = asking.value(beside: term, .chosenScore, asking.key(term).i, -1),
      let rejected = asking.value(beside: term, .rejectedScore, asking.key(term).i, -1),
      // Signs are where one goes wrong.
      asking.level == 1 || (chosen < 0) != (rejected < 0) || rejected < 0
    else { return nil }
    let (x, y) = (Shown(chosen), Shown(rejected))
    return draft(
      asking, term, "a reward model scores the chosen response \(x.text) and the rejected one \(y.text).",
      x.value - y.value)
  }

  private static func rewardMargin(_ asking: Asking, _ term: Int) -> Draft? {
    let beta = asking.settings.number(.preferenceBeta)
    func pair(_ chosen: Quantity, _ rejected: Quantity) -> (Shown, Shown)? {
      guard let x = asking.value(beside: term, chosen), let y = asking.value(beside: term, rejected) else { return nil }
      return (Shown(x), Shown(y))
    }
    guard asking.trace.value(term).magnitude > 1e-3, let rewards = pair(.chosenReward, .rejectedReward),
      let ratios = pair(.chosenLogRatio, .rejectedLogRatio),
      let policy = pair(.chosenResponseLogp, .rejectedResponseLogp),
      let reference = pair(.chosenResponseRefLogp, .rejectedResponseRefLogp)
    else { return nil }
    switch asking.level {
    case 1:
      return draft(
        asking, term,
        "the implicit reward is \(rewards.0.text) of the chosen response and \(rewards.1.text) of the rejected one.",
        rewards.0.value - rewards.1.value)
    case 2:
      return draft(
        asking, term,
        "log π - log π_ref is \(ratios.0.text) of the chosen response and \(ratios.1.text) of the rejected one; beta "
          + "is \(plain(beta)).", beta * (ratios.0.value - ratios.1.value))
    default:
      return draft(
        asking, term,
        "the chosen response has log-probability \(policy.0.text) under the policy and \(reference.0.text) under the "
          + "reference, the rejected one \(policy.1.text) and \(reference.1.text); beta is \(plain(beta)).",
        beta * (policy.0.value - reference.0.value - policy.1.value + reference.1.value))
    }
  }

  private static func draft(_ asking: Asking, _ term: Int, _ given: String, _ recomputed: Double) -> Draft {
    Draft(
      paragraph("Pair \(asking.key(term).i): \(given) What is its margin?"), number: asking.trace.value(term),
      shownGive: recomputed, beat: asking.beat(term), asking.explain(term))
  }
}
