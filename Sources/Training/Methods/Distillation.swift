import Objectives

extension Trainer {
  /// A sampled response to each prompt, of which a teacher judges every token.
  public static let distillation = Trainer(
    name: "distill", algorithm: .distillation, data: .prompts, makesModel: false, options: TrainingOption.ofSampling,
    standards: [.learningRate: .number(3e-4), .batchSize: .integer(64), .lrSchedulerType: .choice("constant")],
    pretrained: [.learningRate: .number(1e-5), .batchSize: .integer(8)],
    suited: [
      (
        "addition",
        BuiltInTask.smallModel + [
          ("max_steps", "400"), ("batch_size", "64"), ("learning_rate", "0.002"), ("lr_scheduler_type", "linear"),
          ("max_completion_length", "4"), ("eval_steps", "50"),
        ]
      ),
      ("film-reviews", [("max_steps", "100"), ("max_completion_length", "14"), ("eval_steps", "20")]),
      ("preferences", [("max_steps", "100"), ("max_completion_length", "14"), ("eval_steps", "20")]),
    ],
    task: { _ in "addition" }, problem: DistillationTrainer.problem,
    method: { (inputs) throws(TrainingError) in DistillationTrainer(inputs) },
    trl: TRLTrainer(
      name: "Distillation",
      fixed: [
        .init(name: "teacher_model_init_kwargs", value: "{dtype: float32}"),
        .init(name: "use_vllm", value: "false", comment: "true samples much faster on GPUs"),
      ],
      order: [
        .init(name: "shuffle_dataset", value: "false", comment: TRLTrainer.orderComment), TRLTrainer.promptsLeft,
      ],
      hasTopKAndTopP: true, weighsPassesByTokens: true, obstacle: TRLTrainer.teachingObstacle,
      remarks: { inputs in
        inputs.heldOut?.examples.isEmpty == false && inputs.settings.integer(.evalSteps) > 0
          ? ["eval_teacher_kl: TRL evaluates the loss, of responses that it samples to held-out prompts"] : []
      },
      objective: { $0.teaching($1) }))
}
