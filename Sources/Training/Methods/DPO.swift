import Objectives
import Simulation
import Transformers

extension Trainer {
  /// Preferences without a reward model and without sampling.
  public static let dpo = Trainer(
    name: "dpo", algorithm: .dpo, data: .pairs, makesModel: false,
    options: [.maxLength, .truncationMode, .implicitPrompt, .precomputeReference],
    standards: [.learningRate: .number(2e-4), .numTrainEpochs: .number(1)],
    pretrained: [.learningRate: .number(1e-6), .batchSize: .integer(8)],
    // With a fifth of beta and thrice the rate more pairs are right, and what the model then writes is gibberish.
    suited: [("preferences", [("max_steps", "200"), ("learning_rate", "0.0003"), ("beta", "0.5")])],
    task: { _ in "preferences" },
    problem: { Batch.preferenceProblem($0.objective) },
    method: { (inputs) throws(TrainingError) in
      let (model, limit) = (inputs.model, TextLimit(inputs.settings))
      let objective = PreferenceObjective(
        model: model, reference: .of(inputs), settings: inputs.settings,
        examples: inputs.shown)
      if inputs.data.examples.contains(where: { $0.margin != nil }),
        let problem = PreferenceLoss.chosen(by: inputs.settings.objective).marginProblem
      {
        throw TrainingError(.badData, "\(inputs.data.name): the pairs have a margin: \(problem)")
      }
      return try inputs.exampleTrainer(objective) { (data) throws(TrainingError) in
        let pairs = try model.pairs(data, limit: limit)
        guard case .known = objective.reference else { return objective.items(pairs) }
        return objective.itemsAskedNow(pairs) { inputs.progress("asking the reference", $0, pairs.count) }
      }
    },
    trl: TRLTrainer(
      name: "DPO",
      obstacle: { settings in
        let losses = settings.objective.choice(.preferenceLoss).split(separator: ",").map { String($0) }
        if settings.objective.flag(.syncReference) {
          return
            "sync_ref_model: TRL's checkpoints keep no reference, which would begin again as what the run began with"
        }
        if settings.objective.flag(.pairWeighting), let name = losses.first(where: { ["sft", "hinge"].contains($0) }) {
          return "use_weighting with loss_type \(name): TRL 1.16 multiplies that loss in place, which PyTorch refuses"
        }
        return losses.first { ["cdpo", "kto_pair", "simpo", "orpo"].contains($0) }.map {
          "loss_type \($0) is not one of TRL's DPOTrainer, so the run cannot go on there"
        }
      },
      remarks: { inputs in
        inputs.data.examples.contains { $0.margin != nil }
          ? ["margin: TRL's DPOTrainer does not read this column of the pairs"] : []
      }))
}

extension PreferenceObjective.Reference {
  /// A copy of the policy as it is before the first step, unless it is asked for everything at once.
  fileprivate static func of(_ inputs: RunInputs) -> Self {
    let settings = inputs.settings
    if settings.objective.flag(.syncReference) { return .following(inputs.model.model.copy()) }
    let isNeeded = PreferenceLoss.chosen(by: settings.objective).needsReference
    return isNeeded && !settings.flag(.precomputeReference) ? .frozen(inputs.reference) : .known
  }
}
