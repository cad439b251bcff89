import Objectives
import Simulation
import Transformers

extension Trainer {
  /// Two sampled responses to each prompt, the better one preferred: DPO on pairs of the policy's own.
  public static let onlineDPO = Trainer(
    name: "online-dpo", algorithm: .onlineDPO, data: .prompts, makesModel: false, options: TrainingOption.ofRewarded,
    standards: [.learningRate: .number(2e-4), .batchSize: .integer(32), .lrSchedulerType: .choice("constant")],
    pretrained: [.learningRate: .number(5e-7), .batchSize: .integer(8)],
    // With TRL's beta of 0.1 the reward model is exploited: its score rises to 2 and what people like falls below its start.
    suited: [
      (
        "film-reviews",
        [("max_steps", "120"), ("beta", "1"), ("max_completion_length", "14"), ("eval_steps", "20")]
      )
    ],
    task: { _ in "film-reviews" }, problem: { Batch.preferenceProblem($0.objective) },
    method: { (inputs) throws(TrainingError) in
      OnlineDPOTrainer(try ScoredSampling(inputs), settings: inputs.settings)
    },
    trl: TRLTrainer(
      name: "OnlineDPO",
      fixed: [.init(name: "use_vllm", value: "false", comment: "true samples much faster on GPUs")],
      order: [
        .init(name: "train_sampling_strategy", value: "sequential", comment: TRLTrainer.orderComment),
        TRLTrainer.promptsLeft,
      ],
      responseLength: "max_new_tokens", evaluates: false, readsRewardWeights: true, hasTopKAndTopP: true,
      obstacle: { settings in
        let loss = settings.objective.choice(.preferenceLoss)
        return ["sigmoid", "ipo"].contains(loss)
          ? nil
          : "loss_type \(loss) is not one of TRL's OnlineDPOTrainer (sigmoid, ipo), so the run cannot go on there"
      },
      remarks: { inputs in
        inputs.heldOut?.examples.isEmpty == false && inputs.settings.integer(.evalSteps) > 0
          ? ["eval_objective/scores: TRL's OnlineDPOTrainer evaluates nothing"] : []
      },
      objective: { $0.sampledPairs($1) }))
}
