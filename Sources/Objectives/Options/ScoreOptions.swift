extension Option {
  /// What becomes of a response's score before it is a reward.
  static let scoreOptions: [Row] = [
    Row(
      .rewardClip, "reward_clip_range", .optionalNumber(1e-9...1e9), .none,
      "Keeps the score within plus or minus this.",
      "OpenRLHF --reward_clip_range"),
    Row(
      .missingEOS, "missing_eos", .choice(["subtract", "replace"]), .choice("subtract"),
      "Whether missing_eos_penalty is taken off the score or takes its place.",
      "TRL PPOTrainer (subtract); Huang et al. 2024, N+ details, 4 (replace by -1)"),
    Row(
      .missingEOSPenalty, "missing_eos_penalty", .optionalNumber(0...1e6), .none,
      "What a response without <eos> pays.",
      "TRL PPOConfig"),
    Row(
      .scorePosition, "score_position", .choice(["last_token", "after_last", "last_column"]), .choice("last_token"),
      "Where the score lands: on the last token, one slot after it if there is room, or in the last column.",
      "OpenRLHF, verl (last_token); TRL (after_last); openai/lm-human-preferences (last_column)"),
  ]
}
