extension Option {
  /// How a tiny world's reference and reward model are made before the first iteration.
  static let preparationOptions: [Row] = [
    Row(
      .sftSteps, "sft_steps", .integer(0...1000), .integer(12),
      "Gradient steps on demonstrations, by which the reference, or a teacher, is made.",
      "chosen for the tiny worlds"),
    Row(
      .sftLearningRate, "sft_learning_rate", .number(0...1e3), .number(12),
      "The size of one of these steps.",
      "chosen for the tiny worlds"),
    Row(
      .rewardSteps, "reward_steps", .integer(0...1000), .integer(12),
      "Gradient steps that the reward model takes on the preference pairs.",
      "chosen for the tiny worlds"),
    Row(
      .rewardLearningRate, "reward_learning_rate", .number(0...1e3), .number(1),
      "The size of one of these steps.",
      "chosen for the tiny worlds"),
    Row(
      .centerRewards, "center_rewards_coefficient", .number(0...1e3), .number(0.01),
      "The weight of the squared sum of a pair's scores, which keeps scores near 0.",
      "TRL RewardConfig; Eisenstein et al. 2023"),
    Row(
      .rewardMargin, "reward_margin", .number(-1e6...1e6), .number(0),
      "By how much the chosen response's score is wanted to lead, in a pair that brings no margin of its own.",
      "Touvron et al. 2023, Llama 2, equation 2; TRL RewardTrainer, a column of the data there"),
  ]
}
