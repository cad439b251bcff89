import Objectives
import Simulation

extension Trainer {
  /// Preferences without a reward model and without sampling.
  public static let dpo = Trainer(
    name: "dpo", algorithm: .dpo, data: .pairs, makesModel: false, options: [.maxLength, .implicitPrompt],
    standards: [.learningRate: .number(2e-4), .numTrainEpochs: .number(1)],
    // With a fifth of beta and thrice the rate more pairs are right, and what the model then writes is gibberish.
    suited: [("preferences", [("max_steps", "200"), ("learning_rate", "0.0003"), ("beta", "0.5")])],
    task: { _ in "preferences" },
    problem: { Batch.preferenceProblem($0.objective) },
    method: { (inputs) throws(TrainingError) in
      let (model, limit) = (inputs.model, inputs.settings.integer(.maxLength))
      let objective = PreferenceObjective(
        model: model, settings: inputs.settings, prompts: inputs.shown.map { $0.prompt })
      return try inputs.exampleTrainer(objective) { (data) throws(TrainingError) in
        objective.items(try model.pairs(data, limit: limit), reference: model.model)
      }
    },
    trl: TRLTrainer(
      name: "DPO",
      fixed: [
        .init(
          name: "precompute_ref_log_probs", value: "false", comment: "true asks the reference once and saves its memory"
        )
      ],
      obstacle: { settings in
        let loss = settings.objective.choice(.preferenceLoss)
        return ["cdpo", "kto_pair", "simpo", "orpo"].contains(loss)
          ? "loss_type \(loss) is not one of TRL's DPOTrainer, so the run cannot go on there" : nil
      }))
}
