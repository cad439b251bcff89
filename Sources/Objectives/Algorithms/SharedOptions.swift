// Lists of options that several algorithms have in common.
extension Option {
  static let adam: [Option] = [
    .optimizer, .learningRate, .adamBeta1, .adamBeta2, .adamEpsilon, .weightDecay, .maxGradNorm,
  ]

  /// How a tiny world's reference is made.
  static let referenceMaking: [Option] = [.sftSteps, .sftLearningRate]

  /// How a tiny world's reward model is made.
  static let rewardModelMaking: [Option] = [.rewardSteps, .rewardLearningRate, .centerRewards, .rewardMargin]

  /// Rewards out of a score and a KL penalty.
  static let scoring: [Option] = [
    .klCoef, .klEstimator, .klLogRatioClamp, .klClamp, .rewardClip, .missingEOS, .missingEOSPenalty,
  ]

  static let whitening: [Option] = [.whitenRewards, .whitenAdvantages, .whitenScope, .whitenDegrees]

  static let clippedLoss: [Option] = [
    .cliprange, .cliprangeHigh, .dualClip, .logRatioClamp, .cliprangeValue, .vfCoef, .entropyCoef, .aggregation,
    .lossScaleFactor, .valueAggregation,
  ]

  /// How much is sampled and how often it is learned from, where the batch is counted in responses.
  static let sampling: [Option] = [.batches, .batchSize, .epochs, .minibatches, .temperature]

  /// A bonus that comes in where the entropy has fallen: what a loss knows of it, and how it moves.
  static let entropyTarget: [Option] = [.adaptiveEntropy, .targetEntropy]
  static let entropyControl: [Option] = [.entropyDelta, .entropyMaximum, .entropyMinimum]

  /// Responses that another engine samples than the policy as it is, when they are made.
  public static let engine: [Option] = [.rolloutTemperature, .rolloutTopP, .rolloutDtype, .rolloutStaleness]

  /// How PPO corrects for that.
  public static let engineWeights: [Option] = [.rolloutIS, .rolloutISThreshold]

  /// How PPO leaves out what the two see too differently.
  static let engineRejection: [Option] = [.rolloutRS, .rolloutRSThreshold, .rolloutRSMinimum]

  /// Losses on the difference between two responses.
  static let pairLosses: [Option] = [
    .preferenceLoss, .preferenceBeta, .labelSmoothing, .divergence, .alphaDivergenceCoefficient, .discopopTau,
    .lossWeights, .ipoAverage, .lengthDesensitizing, .pairWeighting, .preferenceMargin, .simpoGamma, .ktoKL,
  ]

  /// Epochs of minibatches over given examples.
  static let passes: [Option] = [.trainEpochs, .trainBatchSize]
}
