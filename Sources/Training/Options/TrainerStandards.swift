public import Objectives

/// What suits each trainer's built-in task on a model of a million parameters: the one place where these are tuned.
extension Trainer {
  var standards: [TrainingOption: OptionValue] {
    switch self {
    case .sft: [.learningRate: .number(1e-3)]
    case .reward: [.learningRate: .number(5e-4), .numTrainEpochs: .number(1)]
    case .ppo: [.learningRate: .number(3e-4), .batchSize: .integer(64), .lrSchedulerType: .choice("constant")]
    case .grpo: [.learningRate: .number(3e-4), .batchSize: .integer(64), .lrSchedulerType: .choice("constant")]
    case .dpo: [.learningRate: .number(2e-4), .numTrainEpochs: .number(1)]
    }
  }
}

extension TrainingOption {
  /// The value where nobody says anything else.
  public func standard(for trainer: Trainer) -> OptionValue { trainer.standards[self] ?? description.standard }
}
