import Objectives
import Testing

@testable import Training

@Suite struct ConfigurationFileTests {
  private func read(_ text: String, _ trainer: Trainer? = nil) throws -> RunConfiguration {
    try RunConfiguration.read(Array(text.utf8), name: "config.yaml", trainer: trainer)
  }

  @Test(arguments: Trainer.all) func whatIsWrittenIsReadAgain(trainer: Trainer) throws {
    var configuration = RunConfiguration(trainer)
    #expect(try read(configuration.yaml) == configuration)
    configuration[.model] = "a \"b\"\\c: # é\n"
    configuration[.output] = "null"
    try configuration.apply(["learning_rate=1.2345678901234567e-05", "seed=9007199254740992", "max_grad_norm=none"])
    if trainer.takesTeacher { configuration[.teacher] = "~ # x" }
    if trainer.algorithm.isRewarded {
      configuration[.rewardModel] = "- x"
      try configuration.apply(["reward_funcs=true,regex:^[0-9]+$,command:a\\,b", "reward_weights=1"])
    }
    if trainer == .grpo { try configuration.apply(["group_weights=1,1,3", "scale_rewards=none", "delta=2"]) }
    #expect(try read(configuration.yaml) == configuration)
    #expect(try read(configuration.yaml).yaml == configuration.yaml)
  }

  @Test func everyOptionStandsThereWithItsSentence() throws {
    let text = RunConfiguration(.ppo).yaml
    for option in AnyTrainingOption.all(for: .ppo) {
      let line = text.split(separator: "\n").first { $0.hasPrefix("\(option.name): ") }
      #expect(line?.hasSuffix("# " + option.sentence) == true, "\(option.name)")
    }
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 170 })
  }

  @Test func whatIsNotMentionedHasItsStandard() throws {
    #expect(try read("", .dpo) == RunConfiguration(.dpo))
    let configuration = try read("trainer: grpo\nreward_funcs: [length, 'a,b']\nreward_weights: [1, -0.5]\nbeta: 0.04")
    #expect(configuration.settings.names(.rewardFuncs) == ["length", "a,b"])
    #expect(configuration.settings.numbers(.rewardWeights) == [1, -0.5])
    #expect(configuration.settings.objective.number(.groupBeta) == 0.04)
  }

  private static let trainers = Trainer.all.map(\.name).joined(separator: ", ")

  @Test(arguments: [
    ("batch_size: 4", "1:1: the configuration needs the key 'trainer': one of \(trainers)"),
    ("trainer: pp", "1:10: trainer must be one of \(trainers), not pp"),
    ("trainer: ppo\nlearning_rat: 1", "2:1: there is no option learning_rat; did you mean learning_rate?"),
    ("trainer: sft\n\nkl_coef: 1", "3:1: train sft has no option kl_coef; it is one of train ppo, remax"),
    ("trainer: sft\nbatch_size: many", "2:13: batch_size must be a whole number from 1 to 65536, not many"),
    ("trainer: sft\nbatch_size: [1]", "2:13: batch_size must be a whole number from 1 to 65536"),
    ("trainer: sft\nmodel: 1", "2:8: model must be a string, found the number 1"),
    ("trainer: ppo\nreward_funcs: [[a]]", "2:16: every element of reward_funcs must be a string, found a list"),
    ("- a", "1:1: the configuration must be an object, found a list"),
    ("a: 1\na: 2", "1:1: the key 'a' appears twice"),
  ])
  func refuses(text: String, message: String) {
    let error = #expect(throws: TrainingError.self) { try read(text) }
    #expect(error == TrainingError(.badData, "config.yaml:" + message))
  }

  @Test func anotherTrainersFileIsRefused() {
    let error = #expect(throws: TrainingError.self) { try read("trainer: dpo", .ppo) }
    #expect(error?.message == "config.yaml:1:10: this is a configuration for train dpo, not for train ppo")
  }

  @Test func assignmentsOverride() throws {
    var configuration = try read("trainer: ppo\nkl_coef: 1\ndataset: a.jsonl")
    try configuration.apply(["kl_coef=2", "dataset=b=c.jsonl", "kl_coef=0.5"])
    #expect(configuration.settings.objective.number(.klCoef) == 0.5)
    #expect(configuration[.dataset] == "b=c.jsonl")
    try configuration.apply(["dataset=none"])
    #expect(configuration[.dataset] == nil)
    let error = #expect(throws: TrainingError.self) { try configuration.apply(["kl_coef"]) }
    #expect(error == TrainingError(.usage, "--set kl_coef: write it as NAME=VALUE"))
    let second = #expect(throws: TrainingError.self) { try configuration.apply(["gamma=2"]) }
    #expect(second == TrainingError(.usage, "--set gamma=2: gamma must be a number from 0 to 1, not 2"))
  }
}
