import Objectives
import Transformers

extension Trainer {
  /// Single responses, each judged desirable or undesirable.
  public static let kto = Trainer(
    name: "kto", algorithm: .kto, data: .judgements, makesModel: false,
    options: [.maxLength, .truncationMode, .implicitPrompt],
    standards: [.learningRate: .number(2e-4), .numTrainEpochs: .number(1)],
    pretrained: [.learningRate: .number(1e-6), .batchSize: .integer(8)],
    suited: [("preferences", [("max_steps", "200"), ("learning_rate", "0.0003"), ("beta", "0.5")])],
    task: { _ in "preferences" },
    problem: JudgementObjective.problem,
    method: { (inputs) throws(TrainingError) in
      let objective = JudgementObjective(
        model: inputs.model, reference: inputs.reference, settings: inputs.settings,
        examples: inputs.shown)
      return try inputs.exampleTrainer(objective) { (data) throws(TrainingError) in try objective.items(data) }
    },
    trl: TRLTrainer(
      name: "KTO",
      remarks: { inputs in
        inputs.settings.objective.choice(.judgementLoss) == "kto"
          ? ["kl: on several GPUs TRL mismatches prompts and responses among those of each GPU alone"] : []
      }))
}
