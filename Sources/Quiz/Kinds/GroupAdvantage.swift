import Documents
import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// The advantage of an answer from the rewards of its group.
  static let groupAdvantage = QuestionKind(
    name: "group-advantage", subject: "advantages within a group (GRPO, RLOO)",
    suits: { $0.algorithm.credit == .group && !$0.hasUsers },
    changes: { _, level in
      switch level {
      case 1: [QuizQuestion.Change("scale_rewards", "none")]
      case 2: []
      default: [QuizQuestion.Change("advantage_estimator", "rloo")]
      }
    },
    ask: { asking in
      guard asking.source.algorithm.credit == .group, asking.settings.choice(.groupWeights) == "1",
        let rule = GroupRule(asking.settings)
      else { return nil }
      return asking.draft(about: .advantage) { asking, term in
        guard let reward = asking.beside(term, .reward), let group = asking.group(of: reward), group.count <= 16
        else { return nil }
        let rewards = group.map { Shown(asking.trace.value($0)) }
        // A group without spread teaches nothing, least of all arithmetic.
        guard rewards.contains(where: { $0.value != rewards[0].value }), let place = group.firstIndex(of: reward)
        else { return nil }
        return Draft(
          quizText([
            paragraph("The \(group.count) answers of a group, to one prompt, earned these rewards:"),
            "  " + wrap(rewards.map { $0.text }.joined(separator: ", "), indent: 2),
            paragraph(
              "\(rule.text) What is the advantage of answer number \(place + 1), which earned \(rewards[place].text)?"),
          ]),
          number: asking.trace.value(term), shownGive: rule.advantage(of: place, among: rewards.map { $0.value }),
          beat: asking.beat(term),
          asking.explain(term, and: [asking.beside(term, .rawAdvantage), asking.beside(term, .baseline)]))
      }
    })
}

/// How an answer is compared with the others of its group.
private struct GroupRule {
  private let isLeaveOneOut: Bool
  private let isScaled: Bool
  private let epsilon: Double

  /// Nil where something beside the group matters.
  init?(_ settings: Settings) {
    let (estimator, scale) = (settings.choice(.advantageEstimator), settings.choice(.scaleRewards))
    guard estimator == "rloo" || (estimator == "grpo" && settings.choice(.advantageBaseline) == "own_group"),
      estimator == "rloo" || scale != "batch"
    else { return nil }
    isLeaveOneOut = estimator == "rloo"
    isScaled = !isLeaveOneOut && scale == "group"
    epsilon = settings.number(.scaleEpsilon)
  }

  var text: String {
    if isLeaveOneOut {
      return "With advantage_estimator rloo an answer is compared with the mean of the others, and nothing is divided."
    }
    return isScaled
      ? "The advantage is (reward - mean) / (std + \(NumberText.full(epsilon))), where the standard deviation divides by n - 1."
      : "With scale_rewards none the advantage is the reward minus the group's mean."
  }

  func advantage(of place: Int, among rewards: [Double]) -> Double {
    let count = Double(rewards.count)
    let sum = rewards.reduce(0) { $0 + $1 }
    let mean = sum / count
    if isLeaveOneOut { return rewards[place] - (sum - rewards[place]) / (count - 1) }
    let squares = rewards.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (rewards[place] - mean) / (isScaled ? (squares / (count - 1)).squareRoot() + epsilon : 1)
  }
}

extension Asking {
  /// The rewards of the group that a reward belongs to, as the group's recorded mean has them.
  func group(of reward: Int) -> [Int]? {
    let iteration = trace.stage(ofBeat: beat(reward)).loops.iteration
    let means = trace.terms.indices.filter {
      $0 > reward && trace.quantity(of: $0) == .groupMean && trace.stage(ofBeat: beat($0)).loops.iteration == iteration
    }
    return means.lazy.map { self.inputs(of: $0, .reward) }.first { $0.contains(reward) }
  }
}
