import Documents
import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// Generalized advantage estimation of one step, from rewards and values.
  static let estimatedAdvantage = QuestionKind(
    name: "gae", subject: "advantages from rewards and values (GAE)", suits: { $0.algorithm.credit == .critic },
    ask: { asking in
      guard asking.source.algorithm.credit == .critic else { return nil }
      return asking.draft(about: .rawAdvantage) { asking, term in
        let steps = asking.siblings(of: term)
        let later = steps.count - 1 - asking.key(term).j
        guard steps.count > 1, steps.count <= 8, later <= 4, min(later, 2) == asking.level - 1,
          // An untrained critic leaves nothing to subtract.
          asking.value(beside: term, .oldValue) != 0
        else { return nil }
        return draft(asking, term, steps)
      }
    })

  private static func draft(_ asking: Asking, _ term: Int, _ steps: [Int]) -> Draft? {
    let (gamma, lam) = (asking.settings.number(.gamma), asking.settings.number(.lam))
    let i = asking.key(term).i
    var rewards: [Shown] = []
    var values: [Shown] = []
    for j in steps.indices {
      guard let reward = asking.value(beside: term, .reward, i, j),
        let value = asking.value(beside: term, .oldValue, i, j)
      else { return nil }
      rewards.append(Shown(reward))
      values.append(Shown(value))
    }
    let bootstrap = asking.value(beside: term, .bootstrapValue, i, -1).map { Shown($0) }
    var table = TextTable(header: ["t", asking.trace.words.step, "reward", "value"])
    var advantage = 0.0
    for j in steps.indices.reversed() where j >= asking.key(term).j {
      let next = j + 1 < values.count ? values[j + 1].value : bootstrap?.value ?? 0
      advantage = rewards[j].value + gamma * next - values[j].value + gamma * lam * advantage
    }
    for j in steps.indices {
      table.add(["\(j)", asking.trace.tokenText(i, j, at: asking.beat(term)) ?? "", rewards[j].text, values[j].text])
    }
    let end =
      bootstrap.map { "It was cut off there: the value of the state after the last step is \($0.text)." }
      ?? "Nothing follows the last step."
    return Draft(
      quizText([
        paragraph("These are the rewards and the critic's values of \(asking.sequenceWord) \(i):"),
        table.text.plain
          + paragraph(
            "\(end) gamma is \(plain(gamma)), lam is \(plain(lam)). What is "
              + "\(asking.trace.text(term)), GAE's advantage at t = \(asking.key(term).j) before any whitening?"),
      ]),
      number: asking.trace.value(term), shownGive: advantage, beat: asking.beat(term),
      asking.explain(term, and: [asking.beside(term, .delta)]))
  }
}
