import Objectives

extension Trainer {
  /// Given completions become more likely: what the others begin with.
  public static let sft = Trainer(
    name: "sft", algorithm: .sft, data: .completions, makesModel: true,
    options: [.maxLength, .truncationMode, .packing, .packingStrategy, .completionOnlyLoss, .assistantOnlyLoss],
    standards: [.learningRate: .number(1e-3)],
    pretrained: [.learningRate: .number(2e-5), .batchSize: .integer(8)],
    suited: [
      (
        "addition",
        BuiltInTask.smallModel + [("max_steps", "1600"), ("learning_rate", "0.003"), ("eval_steps", "200")]
      ),
      ("film-reviews", [("max_steps", "300"), ("eval_steps", "50")]),
      ("preferences", [("max_steps", "300"), ("eval_steps", "50")]),
      ("user-groups", [("max_steps", "300"), ("eval_steps", "50")]),
    ],
    task: { _ in "film-reviews" },
    method: { (inputs) throws(TrainingError) in
      let objective = SupervisedObjective(
        model: inputs.model, settings: inputs.settings, examples: inputs.shown)
      return try inputs.exampleTrainer(objective) { (data) throws(TrainingError) in try objective.items(data) }
    },
    trl: TRLTrainer(
      name: "SFT",
      fixed: [.init(name: "loss_type", value: "nll")],
      weighsPassesByTokens: true,
      obstacle: { settings in
        settings.flag(.packing)
          ? "packing: TRL's checkpoints do not say which packs were learned from, so the run cannot go on there" : nil
      }))
}
