import Objectives
import Transformers

extension Trainer {
  /// A reward model's score for whole responses, a critic that shares it out among tokens, a leash to the reference.
  public static let ppo = Trainer(
    name: "ppo", algorithm: .ppo, data: .prompts, makesModel: false,
    options: TrainingOption.ofRewarded + [.numPPOEpochs, .numMiniBatches, .targetKL],
    standards: [.learningRate: .number(3e-4), .batchSize: .integer(64), .lrSchedulerType: .choice("constant")],
    pretrained: [.learningRate: .number(3e-6), .batchSize: .integer(8)],
    repeats: [.numPPOEpochs, .numMiniBatches],
    // With TRL's 0.05 what people like first falls well below its start.
    suited: [
      (
        "film-reviews",
        [("max_steps", "240"), ("kl_coef", "0.1"), ("max_completion_length", "14"), ("eval_steps", "40")]
      )
    ],
    task: { _ in "film-reviews" }, problem: PPOTrainer.problem,
    method: { (inputs) throws(TrainingError) in
      PPOTrainer(
        try ScoredSampling(inputs), critic: inputs.critic,
        settings: inputs.settings)
    },
    trl: TRLTrainer(
      name: "PPO", version: "0.23", requirement: "'trl==0.23.1' 'transformers<5'",
      fixed: [.init(name: "stop_token", value: "eos"), .init(name: "num_sample_generations", value: "0")],
      order: [], responseLength: "response_length", evaluates: false, ownLoop: TRLTrainer.OwnLoop(noLimit: "1e9"),
      parts: [("model", "policy."), ("critic", "value_model.")], roundsDone: "round",
      obstacle: { settings in
        let estimator = settings.objective.choice(.klEstimator)
        return ["k2", "k3+"].contains(estimator)
          ? "kl_estimator \(estimator) is not one of TRL's PPOTrainer (k1, k3), so the run cannot go on there" : nil
      },
      remarks: { inputs in
        let schedule = inputs.settings.choice(.lrSchedulerType)
        return schedule == "constant"
          ? []
          : [
            "lr_scheduler_type \(schedule): TRL's PPOTrainer moves the learning rate once for each batch of responses"
          ]
      },
      objective: { $0.proximal($1) }))
}
