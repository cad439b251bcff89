import Objectives

extension Trainer {
  /// A sampled response to each prompt, compared with the policy's greedy one.
  public static let remax = Trainer(
    name: "remax", algorithm: .remax, data: .prompts, makesModel: false, options: TrainingOption.ofRewarded,
    standards: [.learningRate: .number(3e-4), .batchSize: .integer(64), .lrSchedulerType: .choice("constant")],
    pretrained: [.learningRate: .number(1e-6), .batchSize: .integer(8)],
    suited: [
      (
        "film-reviews",
        [("max_steps", "240"), ("kl_coef", "0.1"), ("max_completion_length", "14"), ("eval_steps", "40")]
      )
    ],
    task: { _ in "film-reviews" }, problem: ReMaxTrainer.problem,
    method: { (inputs) throws(TrainingError) in
      ReMaxTrainer(try ScoredSampling(inputs), settings: inputs.settings)
    },
    trl: .missing("ReMax"))
}
