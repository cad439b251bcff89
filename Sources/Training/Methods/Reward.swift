import Objectives

extension Trainer {
  /// A model that scores texts as people prefer them.
  public static let reward = Trainer(
    name: "reward", algorithm: .rewardModel, data: .pairs, makesModel: true,
    options: [.maxLength, .truncationMode, .implicitPrompt],
    standards: [.learningRate: .number(5e-4), .numTrainEpochs: .number(1)],
    pretrained: [.learningRate: .number(1e-5), .batchSize: .integer(8)],
    task: { _ in "film-reviews" },
    method: { (inputs) throws(TrainingError) in
      let (model, limit) = (inputs.scalarModel, TextLimit(inputs.settings))
      let objective = RewardObjective(model: model, settings: inputs.settings, examples: inputs.shown)
      return try inputs.exampleTrainer(objective) { (data) throws(TrainingError) in
        try model.pairs(data, limit: limit)
      }
    },
    trl: TRLTrainer(name: "Reward"))
}
