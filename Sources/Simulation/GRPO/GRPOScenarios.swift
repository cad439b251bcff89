import Objectives

extension Scenario {
  static let grpo = Scenario(
    name: "grpo",
    title: "GRPO: a policy that was taught to add with mistakes learns which of its own answers were right.",
    algorithm: .grpo, world: .halfAdder,
    settings: Settings(
      grpo: [
        (.groupLoss, .choice("grpo")), (.groupBeta, .number(0.04)), (.maxCompletionLength, .integer(4)),
        (.batches, .integer(6)), (.minibatches, .integer(1)), (.optimizer, .choice("sgd")), (.learningRate, .number(5)),
        (.sftLearningRate, .number(30)),
      ]),
    seed: 3)

  static let grpoUserGroups = Scenario(
    name: "grpo-user-groups",
    title: "GRPO with kinds of users: one policy for tastes that differ, and whom the baseline and the weights help.",
    algorithm: .grpo, world: .userGroups,
    settings: Settings(
      grpo: [
        (.groupLoss, .choice("dr_grpo")), (.scaleRewards, .choice("none")), (.maxCompletionLength, .integer(3)),
        (.generationBatchSize, .integer(32)), (.numGenerations, .integer(8)), (.batches, .integer(8)),
        (.minibatches, .integer(1)), (.optimizer, .choice("sgd")), (.learningRate, .number(4)), (.maxGradNorm, .none),
      ]),
    seed: 7)
}

extension Settings {
  /// The standard values with these changes, all of which are valid.
  fileprivate init(grpo changes: [(option: Option, value: OptionValue)]) {
    self.init()
    for change in changes {
      do throws(OptionError) {
        try set(change.option, to: change.value)
      } catch {
        preconditionFailure(error.message)
      }
    }
  }
}
