import Autodiff
import Objectives
import Simulation

extension Scenario {
  /// What makes a scenario's numbers new: the seed, and options within sensible values.
  ///
  /// The first level leaves discounting out, the third has it on.
  func variation(level: Int, random: inout RandomStream) -> [QuizQuestion.Change] {
    func pick(_ values: String...) -> String { values[random.below(values.count)] }
    var changes = [QuizQuestion.Change("seed", "\(1 + random.below(999))")]
    func change(_ option: String, _ value: String) { changes.append(QuizQuestion.Change(option, value)) }
    func discount() -> String { level == 1 ? "1" : level == 2 ? pick("1", "0.99") : pick("0.9", "0.95", "0.99") }
    switch algorithm {
    case .ppo, .classicPPO:
      change("cliprange", pick("0.1", "0.15", "0.2", "0.25", "0.3"))
      change("gamma", discount())
      change("lam", level == 1 ? "1" : level == 2 ? pick("0.9", "0.95") : pick("0.5", "0.8", "0.9"))
      if algorithm == .ppo { change("kl_coef", pick("0.02", "0.05", "0.1", "0.2")) }
    case .reinforce:
      change("gamma", discount())
    case .grpo:
      change("epsilon", pick("0.1", "0.15", "0.2", "0.25"))
      if name == "grpo" { change("beta", pick("0.02", "0.04", "0.1")) }
    case .dpo:
      change("beta", pick("0.05", "0.1", "0.2", "0.5"))
      change("learning_rate", pick("0.1", "0.2", "0.3"))
    case .sft: change("learning_rate", pick("4", "8", "12"))
    case .rewardModel:
      change("learning_rate", pick("0.5", "1", "2"))
      change("center_rewards_coefficient", pick("0", "0.01", "0.1"))
    }
    return changes
  }

  /// The scenario with changes, and those of them that do change something; a later one replaces an earlier one.
  func changed(_ changes: [QuizQuestion.Change]) -> (source: Source, changes: [QuizQuestion.Change]) {
    var source = Source.scenario(self)
    var made: [QuizQuestion.Change] = []
    for (number, change) in changes.enumerated() {
      guard !changes[(number + 1)...].contains(where: { $0.option == change.option }) else { continue }
      let before = source
      guard (try? source.set(change.option, to: change.value)) != nil, !before.isSame(as: source) else { continue }
      made.append(change)
    }
    return (source, made)
  }
}

extension Source {
  fileprivate func isSame(as other: Source) -> Bool {
    guard case .scenario(let mine) = self, case .scenario(let others) = other else { return false }
    return mine.settings == others.settings && mine.seed == others.seed
  }
}
