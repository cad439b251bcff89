import Objectives
import Testing

@testable import Training

@Suite struct TrainingSettingsTests {
  @Test func everyStandardIsAValueThatTheOptionTakes() throws {
    for trainer in Trainer.all {
      var settings = TrainingSettings(trainer)
      for option in AnyTrainingOption.all(for: trainer) {
        try settings.set(name: option.name, to: option.standard(for: trainer))
      }
      #expect(settings == TrainingSettings(trainer))
      #expect(settings.changed.isEmpty)
    }
  }

  /// What a task sets for a small new model must not meet what suits pretrained weights halfway.
  @Test(arguments: Trainer.all) func aPretrainedModelTrainsWithoutAnyOption(trainer: Trainer) throws {
    let folder = try ScratchFolder(copying: "llama-tiny")
    try folder.replace(#""intermediate_size": 96"#, #""intermediate_size": 96000"#, in: "config.json")
    for options in [[], ["use_peft=true"]] {
      let run = try RunConfiguration.resolved(trainer, paths: [.model: [folder.path]], assignments: options)
      #expect(run.startsFromPretrainedWeights)
      try run.check()
      let digits = "\(run.settings.number(.learningRate))".count { $0.isNumber }
      #expect(digits < 6, "a learning rate is a round number, not \(run.settings.number(.learningRate))")
    }
  }

  @Test(arguments: Trainer.all) func noNameAppearsTwice(trainer: Trainer) {
    let names = AnyTrainingOption.all(for: trainer).map(\.name)
    #expect(Set(names).count == names.count)
    #expect(Set(TrainingOption.allCases.map(\.name)).count == TrainingOption.allCases.count)
  }

  @Test func valuesOfBothTablesAreSetByName() throws {
    var settings = TrainingSettings(.ppo)
    try settings.set(name: "learning_rate", to: "0.25")
    try settings.set(name: "kl_coef", to: "0.1")
    try settings.set(name: "max_steps", to: "7")
    try settings.set(name: "max_grad_norm", to: "none")
    try settings.set(name: "shuffle", to: "false")
    try settings.set(name: "reward_funcs", to: "length, a\\,b,regex:\\d+")
    try settings.set(name: "reward_weights", to: "-1,0.5,2")
    #expect(settings.number(.learningRate) == 0.25)
    #expect(settings.objective.number(.klCoef) == 0.1)
    #expect(settings.integer(.maxSteps) == 7)
    #expect(settings.optionalNumber(.maxGradNorm) == nil)
    #expect(!settings.flag(.shuffle))
    #expect(settings.names(.rewardFuncs) == ["length", "a,b", "regex:\\d+"])
    #expect(settings.numbers(.rewardWeights) == [-1, 0.5, 2])
    #expect(
      settings.changed.map(\.name) == [
        "max_steps", "learning_rate", "max_grad_norm", "shuffle", "reward_funcs", "reward_weights", "kl_coef",
      ])
  }

  @Test func theLossKnowsTheRunsCompletionLength() throws {
    var settings = TrainingSettings(.grpo)
    #expect(settings.objective.integer(.maxCompletionLength) == settings.integer(.maxCompletionLength))
    try settings.set(name: "max_completion_length", to: "12")
    #expect(settings.objective.integer(.maxCompletionLength) == 12)
  }

  @Test(arguments: [
    (Trainer.sft, "learning_rat", "1", "there is no option learning_rat; did you mean learning_rate?"),
    (.sft, "kl_coef", "1", "train sft has no option kl_coef; it is one of train ppo, remax"),
    (.ppo, "num_generations", "1", "train ppo has no option num_generations; it is one of train grpo"),
    (.dpo, "zzzzzz", "1", "there is no option zzzzzz; gradus train dpo --print-config lists all of them"),
    (.dpo, "batch_size", "0", "batch_size must be a whole number from 1 to 65536, not 0"),
    (.dpo, "batch_size", "1.5", "batch_size must be a whole number from 1 to 65536, not 1.5"),
    (.sft, "learning_rate", "-1", "learning_rate must be a number from 0 to 1000, not -1"),
    (
      .sft, "lr_scheduler_type", "exponential",
      "lr_scheduler_type must be one of constant, linear, cosine, constant_with_warmup, cosine_with_restarts, "
        + "cosine_with_min_lr, not exponential"
    ),
    (.grpo, "reward_weights", "1,x", "reward_weights must be numbers with commas between them, or none, not 1,x"),
    (.grpo, "shuffle", "1", "shuffle must be true or false, not 1"),
  ])
  func refuses(trainer: Trainer, name: String, text: String, message: String) {
    var settings = TrainingSettings(trainer)
    let error = #expect(throws: OptionError.self) { try settings.set(name: name, to: text) }
    #expect(error?.message == message)
    #expect(settings == TrainingSettings(trainer))
  }

  @Test func namesSurviveJoiningAndSplitting() {
    let names = ["length", "command:sort -t, | cut -f 1", "regex:\\d+,\\s", "\\", "a\\\\,"]
    #expect(NameList.split(NameList.join(names)) == names)
  }
}
