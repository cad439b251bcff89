import Objectives

extension BuiltInTask {
  /// The prefix of a built-in task's name in the place of a data file: `task:addition`.
  public static let prefix = "task:"

  /// Default settings that suit the task, tuned with the trainers.
  func standards(for trainer: Trainer) -> [(name: String, value: String)] {
    trainer.suited.first { $0.task == kind }?.options ?? (trainer.samples ? sampled : [])
  }

  /// What suits it whichever trainer samples.
  private var sampled: [(name: String, value: String)] {
    kind == "user-groups" ? [("max_steps", "120"), ("max_completion_length", "14"), ("eval_steps", "20")] : []
  }

  /// A few hundred sentences are imitated soon.
  private static let demonstrations: [(name: String, value: String)] = [("max_steps", "300"), ("eval_steps", "50")]

  /// Eight digits are learned from fewer steps of a smaller model, which is many times faster.
  static let smallModel: [(name: String, value: String)] = [
    ("num_hidden_layers", "2"), ("hidden_size", "64"), ("intermediate_size", "192"),
  ]
}

extension TrainingSettings {
  /// The trainer's standards, with what suits a built-in task.
  init(_ trainer: Trainer, suiting task: BuiltInTask) throws(OptionError) {
    self.init(trainer)
    for (name, value) in task.standards(for: trainer) { try set(name: name, to: value) }
  }

  /// The settings of a run that makes the model with which this one begins.
  func stage(_ trainer: Trainer, of task: BuiltInTask) throws(OptionError) -> TrainingSettings {
    var stage = try TrainingSettings(trainer, suiting: task)
    // Set last, since the user may want another size of model than the task's.
    for option in TrainingOption.sharedByStages { try stage.set(option, to: self[option]) }
    return stage
  }
}

extension TrainingOption {
  /// The options that a run shares with the stages that make its starting models.
  fileprivate static let sharedByStages: [TrainingOption] = [
    .seed, .workers, .loggingSteps, .numHiddenLayers, .hiddenSize, .numAttentionHeads, .numKeyValueHeads,
    .intermediateSize,
  ]
}
