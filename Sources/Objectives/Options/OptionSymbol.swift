extension Option {
  /// How a formula writes the option; nil for one that enters no formula.
  public var symbol: String? {
    switch self {
    case .klCoef, .groupBeta, .preferenceBeta, .distillationBeta: "\\beta"
    case .klTarget: "k_{\\text{target}}"
    case .klHorizon: "n_{\\text{horizon}}"
    case .gamma: "\\gamma"
    case .lam: "\\lambda"
    case .whitenDegrees: "n_{\\text{ddof}}"
    case .rewardClip: "s_{\\text{max}}"
    case .missingEOSPenalty: "p_{\\text{eos}}"
    case .cliprange, .epsilon: "\\varepsilon"
    case .cliprangeHigh, .epsilonHigh: "\\varepsilon_{\\text{high}}"
    case .dualClip: "c_A"
    case .logRatioClamp: "\\rho_{\\text{max}}"
    case .cliprangeValue: "\\varepsilon_V"
    case .vfCoef: "c_V"
    case .entropyCoef: "c_H"
    case .targetEntropy: "H_{\\text{target}}"
    case .entropyDelta: "\\Delta_H"
    case .entropyMaximum: "c_{\\text{max}}"
    case .entropyMinimum: "c_{\\text{min}}"
    case .temperature: "\\tau"
    case .learningRate: "\\eta"
    case .adamBeta1: "\\beta_1"
    case .adamBeta2: "\\beta_2"
    case .adamEpsilon: "\\epsilon"
    case .weightDecay: "\\lambda_{\\text{decay}}"
    case .maxGradNorm: "g_{\\text{max}}"
    case .sftLearningRate: "\\eta_{\\text{SFT}}"
    case .rewardLearningRate: "\\eta_{\\text{RM}}"
    case .centerRewards: "c_s"
    case .cispoMinimum: "\\varepsilon_{\\text{low}}"
    case .scaleEpsilon: "\\epsilon_R"
    case .klLogRatioClamp: "d_{\\text{max}}"
    case .klClamp: "k_{\\text{max}}"
    case .lossScaleFactor: "T_{\\text{scale}}"
    case .rewardMargin, .preferenceMargin: "m_{\\text{min}}"
    case .delta: "\\delta"
    case .baselineDecay: "\\alpha"
    case .maxCompletionLength: "T_{\\text{max}}"
    case .sapoTemperaturePositive: "\\tau_{+}"
    case .sapoTemperatureNegative: "\\tau_{-}"
    case .samplerMaximum: "C_{\\text{max}}"
    case .samplerMinimum: "C_{\\text{min}}"
    case .rolloutISThreshold: "C_{\\text{IS}}"
    case .vespoPowerPositive: "k_{+}"
    case .vespoPowerNegative: "k_{-}"
    case .vespoDecayPositive: "\\lambda_{+}"
    case .vespoDecayNegative: "\\lambda_{-}"
    case .rolloutTemperature: "\\tau_{\\text{sampler}}"
    case .ppoKLCoef: "c_{\\text{KL}}"
    case .softPunishCache: "T_{\\text{cache}}"
    case .groupStepSize: "\\eta_w"
    case .labelSmoothing: "\\varepsilon"
    case .alphaDivergenceCoefficient: "\\alpha"
    case .discopopTau: "\\tau"
    case .lengthDesensitizing: "\\alpha_{\\text{len}}"
    case .referenceMixup: "\\alpha_{\\text{ref}}"
    case .simpoGamma: "\\gamma"
    case .desirableWeight: "\\lambda_D"
    case .undesirableWeight: "\\lambda_U"
    case .teacherUpdateRate: "\\alpha_T"
    case .solutionLogit: "z_{\\text{solution}}"
    case .klEstimator, .groupKLEstimator, .valueAggregation, .ktoKL, .useKLLoss, .adaptiveKL, .whitenRewards,
      .whitenAdvantages, .whitenScope, .missingEOS,
      .scorePosition, .aggregation, .batches, .batchSize, .epochs, .minibatches, .responseLength, .trainEpochs,
      .trainBatchSize, .optimizer, .sftSteps, .rewardSteps, .groupLoss, .importanceSamplingLevel,
      .advantageEstimator, .advantageBaseline, .scaleRewards, .maskTruncated, .biasCorrectionKL,
      .topEntropyQuantile, .offPolicyMaskThreshold, .samplerCorrection, .samplerMode, .rolloutIS, .rolloutRS,
      .rolloutRSThreshold, .rolloutRSMinimum, .rolloutTopP, .rolloutDtype, .rolloutStaleness, .numGenerations,
      .generationBatchSize, .numIterations,
      .dynamicSampling, .maxGenerationBatches, .groupWeights, .preferenceLoss, .divergence, .truncation,
      .whitenEpsilon, .schedule, .clipCovRatio, .clipCovMinimum, .clipCovMaximum, .klCovRatio, .rewardWeights,
      .multiObjective, .groupOfOne, .adaptiveEntropy, .lossWeights, .ipoAverage, .pairWeighting, .syncReference,
      .referenceSyncSteps, .returnBaseline,
      .judgementLoss, .groupLabelNoise, .distillationMode, .distillationTopK, .distillationAddTail, .lmbda,
      .teacherKind, .teacherSyncSteps:
      nil
    }
  }
}
