import Objectives
import Transformers

extension Trainer {
  /// Several answers to each prompt, each compared with the others.
  public static let grpo = Trainer(
    name: "grpo", algorithm: .grpo, data: .prompts, makesModel: false,
    options: TrainingOption.ofRewarded + [.numGenerations, .numIterations, .targetKL],
    standards: [.learningRate: .number(3e-4), .batchSize: .integer(64), .lrSchedulerType: .choice("constant")],
    pretrained: [.learningRate: .number(1e-6), .batchSize: .integer(8), .numGenerations: .integer(8)],
    answers: .numGenerations, repeats: [.numIterations],
    suited: [
      (
        "addition",
        BuiltInTask.smallModel + [
          ("max_steps", "500"), ("batch_size", "256"), ("num_generations", "16"), ("learning_rate", "0.0005"),
          ("lr_scheduler_type", "linear"), ("max_completion_length", "4"), ("eval_steps", "50"),
        ]
      )
    ],
    task: { $0.comparesUsers ? "user-groups" : "addition" }, problem: GRPOTrainer.problem,
    method: { (inputs) throws(TrainingError) in
      try GRPOTrainer(
        inputs.model, reference: inputs.reference, prompts: inputs.data, heldOut: inputs.heldOut,
        rewards: try inputs.rules(), settings: inputs.settings, keepsReference: inputs.keepsReference)
    },
    trl: TRLTrainer(
      name: "GRPO",
      fixed: [.init(name: "use_vllm", value: "false", comment: "true samples much faster on GPUs")],
      order: [
        .init(name: "shuffle_dataset", value: "false", comment: TRLTrainer.orderComment),
        TRLTrainer.promptsLeft,
      ],
      readsRewardWeights: true, hasTopKAndTopP: true,
      obstacle: { settings in
        settings.integer(.numGenerations) < 2
          ? "num_generations 1 leaves TRL's GRPOTrainer nothing to compare, so the run cannot go on there" : nil
      },
      remarks: { inputs in
        var remarks: [String] = []
        if inputs.data.examples.contains(where: { $0.group != nil }) {
          remarks.append("the column group: TRL compares the answers to one prompt, not those to all users of a group")
        }
        if inputs.heldOut?.examples.isEmpty == false, inputs.settings.integer(.evalSteps) > 0 {
          remarks.append("eval_reward: TRL samples answers to held-out prompts, and Gradus answers them greedily")
        }
        return remarks
      }))
}

extension TrainingSettings {
  /// Whether the options speak of groups of users rather than of one prompt's answers.
  fileprivate var comparesUsers: Bool {
    objective.choice(.advantageBaseline) != "own_group" || objective.choice(.groupWeights) != "1"
  }
}
