extension Option {
  /// The options of an algorithm that is older than language models, in the table's order.
  static func ancestral(for algorithm: Algorithm) -> [Option] {
    switch algorithm {
    case .classicPPO: common + clipping + [.truncation, .lam]
    case .reinforce: common + language + [.returnBaseline]
    case .ppo, .grpo, .dpo, .sft, .rewardModel: []
    }
  }

  private static let common: [Option] = [
    .gamma, .entropyCoef, .aggregation, .batches, .batchSize, .epochs, .minibatches, .temperature, .optimizer,
    .learningRate, .adamBeta1, .adamBeta2, .adamEpsilon, .weightDecay, .maxGradNorm, .schedule,
  ]

  private static let clipping: [Option] = [
    .whitenRewards, .whitenAdvantages, .whitenScope, .whitenDegrees, .whitenEpsilon, .cliprange, .cliprangeHigh,
    .dualClip, .logRatioClamp, .cliprangeValue, .vfCoef,
  ]

  /// What rewards whole responses; a world of states and actions has its own rewards.
  private static let language: [Option] = [
    .klCoef, .klEstimator, .rewardClip, .missingEOS, .missingEOSPenalty, .responseLength, .sftSteps,
    .sftLearningRate, .rewardSteps, .rewardLearningRate, .centerRewards,
  ]
}
