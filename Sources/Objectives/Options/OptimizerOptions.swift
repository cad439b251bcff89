extension Option {
  /// What turns a gradient into a step.
  static let optimizerOptions: [Row] = [
    Row(
      .optimizer, "optim", .choice(["adam", "adamw", "sgd"]), .choice("adam"),
      "What turns the gradient into a step.",
      "transformers TrainingArguments"),
    Row(
      .learningRate, "learning_rate", .number(0...1e3), .number(0.15),
      "The size of an optimizer step.",
      "transformers TrainingArguments; for language models, TRL has 3e-6 (PPO), 1e-6 (GRPO, DPO, KTO), 2e-5 (SFT) "
        + "and 1e-4 (reward model)"),
    Row(
      .adamBeta1, "adam_beta1", .number(0...0.999999), .number(0.9),
      "Adam's memory of the gradient.",
      "Kingma and Ba 2014, algorithm 1"),
    Row(
      .adamBeta2, "adam_beta2", .number(0...0.999999), .number(0.999),
      "Adam's memory of the squared gradient.",
      "Kingma and Ba 2014, algorithm 1"),
    Row(
      .adamEpsilon, "adam_epsilon", .number(1e-30...1), .number(1e-8),
      "Keeps Adam from dividing by zero.",
      "Kingma and Ba 2014, algorithm 1; 1e-5 in CleanRL and openai/lm-human-preferences"),
    Row(
      .weightDecay, "weight_decay", .number(0...1e3), .number(0),
      "Pulls every parameter towards 0: adamw by this times the learning rate, others by a gradient of this times itself.",
      "Loshchilov and Hutter 2017"),
    Row(
      .maxGradNorm, "max_grad_norm", .optionalNumber(1e-9...1e9), .number(1),
      "Longer gradients are scaled down to this length.",
      "transformers TrainingArguments; torch.nn.utils.clip_grad_norm_"),
    Row(
      .schedule, "lr_scheduler_type", .choice(["constant", "linear"]), .choice("constant"),
      "Whether the learning rate stays, or falls in equal parts to the last batch.",
      "transformers TrainingArguments; CleanRL ppo.py anneal_lr (linear)"),
  ]
}
