extension Option {
  /// How much is sampled, and how often it is learned from.
  static let scheduleOptions: [Row] = [
    Row(
      .batches, "num_total_batches", .integer(1...1000), .integer(3),
      "How many times responses are sampled and learned from.",
      "TRL OnPolicyConfig"),
    Row(
      .batchSize, "batch_size", .integer(1...256), .integer(6),
      "Responses per batch; the prompts take turns.",
      "TRL OnPolicyConfig"),
    Row(
      .epochs, "num_ppo_epochs", .integer(1...100), .integer(2),
      "How often each batch is learned from before it is thrown away.",
      "TRL PPOConfig, 4 there"),
    Row(
      .minibatches, "num_mini_batches", .integer(1...256), .integer(2),
      "Into how many parts an epoch splits the batch; each is one optimizer step.",
      "TRL OnPolicyConfig, 1 there"),
    Row(
      .responseLength, "response_length", .integer(1...64), .integer(4),
      "The most tokens that a response may have.",
      "TRL OnPolicyConfig, 53 there"),
    Row(
      .temperature, "temperature", .number(0.01...100), .number(1),
      "Divides the logits, when sampling and when learning.",
      "TRL OnPolicyConfig, 0.7 there"),
    Row(
      .trainEpochs, "num_train_epochs", .integer(1...1000), .integer(10),
      "How often all examples are learned from.",
      "transformers TrainingArguments, 3 there"),
    Row(
      .trainBatchSize, "batch_size", .integer(1...256), .integer(4),
      "How many examples one optimizer step learns from.",
      "transformers TrainingArguments per_device_train_batch_size, 8 there"),
  ]
}
