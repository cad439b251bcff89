import Documents
import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// The reward of one user's answer against a baseline that knows of kinds of users.
  static let userGroupAdvantage = QuestionKind(
    name: "user-group-advantage", subject: "baselines across groups of users",
    suits: { $0.algorithm.credit == .group && $0.hasUsers },
    changes: { _, level in
      switch level {
      case 1: []
      case 2: [QuizQuestion.Change("advantage_baseline", "across_groups")]
      default:
        [
          QuizQuestion.Change("advantage_baseline", "pooled"), QuizQuestion.Change("group_weights", "1,2,3"),
        ]
      }
    },
    ask: { asking in
      guard asking.source.algorithm.credit == .group, asking.settings.choice(.scaleRewards) == "none",
        asking.settings.choice(.advantageEstimator) == "grpo",
        let rule = baselines.first(where: { $0.name == asking.settings.choice(.advantageBaseline) })
      else { return nil }
      return asking.draft(about: .advantage) { asking, term in
        guard let reward = asking.beside(term, .reward), let groups = KindOfUsers.all(asking, term), groups.count > 1,
          let mine = groups.firstIndex(where: { $0.members.contains(reward) })
        else { return nil }
        let shown = Shown(asking.trace.value(reward))
        let baseline =
          switch rule.name {
          case "across_groups": groups.reduce(0) { $0 + $1.mean.value } / Double(groups.count)
          case "pooled":
            groups.reduce(0) { $0 + $1.mean.value * Double($1.members.count) }
              / Double(groups.reduce(0) { $0 + $1.members.count })
          default: groups[mine].mean.value
          }
        var table = TextTable(header: ["users", "answers", "mean reward", "weight"], alignedLeft: 1)
        for group in groups { table.add([group.name, "\(group.members.count)", group.mean.text, group.weight.text]) }
        return Draft(
          quizText([
            paragraph("A batch has answers for \(groups.count) kinds of users:"),
            table.text.plain
              + paragraph(
                "The baseline is \(rule.meaning) (advantage_baseline \(rule.name)); nothing is divided, and the weight "
                  + "of the users multiplies the difference. What is the advantage of an answer for \(groups[mine].name) "
                  + "users that earned \(shown.text)?"),
          ]),
          number: asking.trace.value(term), shownGive: groups[mine].weight.value * (shown.value - baseline),
          beat: asking.beat(term),
          asking.explain(term, and: [asking.beside(term, .rawAdvantage), asking.beside(term, .baseline)]))
      }
    })

  private static let baselines = [
    (name: "own_group", meaning: "the mean reward of the same users"),
    (name: "across_groups", meaning: "the mean of the kinds' means, each kind counting once"),
    (name: "pooled", meaning: "the mean over all answers of the batch"),
  ]
}

/// What a batch holds of one kind of users.
private struct KindOfUsers {
  let name: String
  let members: [Int]
  let mean: Shown
  let weight: Shown

  /// Nil where groups have no names.
  static func all(_ asking: Asking, _ term: Int) -> [KindOfUsers]? {
    guard let names = asking.trace.glossary.entries[Quantity.groupMean.rawValue].labels.first ?? nil else {
      return nil
    }
    var groups: [KindOfUsers] = []
    for (g, name) in names.enumerated() {
      guard let mean = asking.beside(term, .groupMean, g, -1) else { return nil }
      groups.append(
        KindOfUsers(
          name: name, members: asking.inputs(of: mean, .reward), mean: Shown(asking.trace.value(mean)),
          weight: Shown(asking.value(beside: term, .groupWeight, g, -1) ?? 1)))
    }
    return groups
  }
}
