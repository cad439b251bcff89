// Lists of options that several algorithms have in common.
extension Option {
  static let adam: [Option] = [
    .optimizer, .learningRate, .adamBeta1, .adamBeta2, .adamEpsilon, .weightDecay, .maxGradNorm,
  ]

  /// How a tiny world's reference is made.
  static let referenceMaking: [Option] = [.sftSteps, .sftLearningRate]

  /// How a tiny world's reward model is made.
  static let rewardModelMaking: [Option] = [.rewardSteps, .rewardLearningRate, .centerRewards]

  /// How rewards are made from a score and a KL penalty.
  static let scoring: [Option] = [.klCoef, .klEstimator, .rewardClip, .missingEOS, .missingEOSPenalty]

  static let whitening: [Option] = [.whitenRewards, .whitenAdvantages, .whitenScope, .whitenDegrees]

  static let clippedLoss: [Option] = [
    .cliprange, .cliprangeHigh, .dualClip, .logRatioClamp, .cliprangeValue, .vfCoef, .entropyCoef, .aggregation,
  ]

  /// How much is sampled and how often it is learned from, where the batch is counted in responses.
  static let sampling: [Option] = [.batches, .batchSize, .epochs, .minibatches, .temperature]

  /// Epochs of minibatches over given examples.
  static let passes: [Option] = [.trainEpochs, .trainBatchSize]
}
