/// Every setting of every algorithm: the one table behind scenario files, `--set`, `set`, `help` and the README.
///
/// Names are TRL's where TRL has the option; the source says whose otherwise. The rows are beside this file, by family;
/// and each algorithm says which options it has.
public enum Option: Int, CaseIterable, Sendable {
  case klCoef, klEstimator, groupKLEstimator, klLogRatioClamp, klClamp, useKLLoss, adaptiveKL, klTarget, klHorizon
  case gamma, lam, whitenRewards, whitenAdvantages, whitenScope, whitenDegrees
  case rewardClip, missingEOS, missingEOSPenalty, scorePosition
  case cliprange, cliprangeHigh, dualClip, logRatioClamp
  case adaptiveEntropy, targetEntropy, entropyDelta, entropyMaximum, entropyMinimum
  case cliprangeValue, vfCoef, entropyCoef, aggregation, lossScaleFactor, valueAggregation
  case batches, batchSize, epochs, minibatches, responseLength, temperature
  case trainEpochs, trainBatchSize
  case optimizer, learningRate, adamBeta1, adamBeta2, adamEpsilon, weightDecay, maxGradNorm
  case sftSteps, sftLearningRate, rewardSteps, rewardLearningRate, centerRewards, rewardMargin
  // GRPO
  case groupLoss, groupBeta, epsilon, epsilonHigh, cispoMinimum, delta, importanceSamplingLevel
  case advantageEstimator, advantageBaseline, baselineDecay, scaleRewards, scaleEpsilon, groupOfOne
  case maxCompletionLength, maskTruncated, biasCorrectionKL, topEntropyQuantile, offPolicyMaskThreshold
  case sapoTemperaturePositive, sapoTemperatureNegative
  case samplerCorrection, samplerMode, samplerMaximum, samplerMinimum
  case rolloutIS, rolloutISThreshold, rolloutRS, rolloutRSThreshold, rolloutRSMinimum
  case vespoPowerPositive, vespoDecayPositive, vespoPowerNegative, vespoDecayNegative
  case rolloutTemperature, rolloutTopP, rolloutDtype, rolloutStaleness
  case clipCovRatio, clipCovMinimum, clipCovMaximum, klCovRatio, ppoKLCoef
  case rewardWeights, multiObjective
  case numGenerations, generationBatchSize, numIterations, dynamicSampling, maxGenerationBatches, softPunishCache
  case groupWeights, groupStepSize, groupLabelNoise
  // DPO
  case preferenceLoss, lossWeights, preferenceBeta, labelSmoothing, divergence, alphaDivergenceCoefficient
  case discopopTau, ipoAverage, lengthDesensitizing, pairWeighting, preferenceMargin, simpoGamma, ktoKL
  case syncReference, referenceMixup, referenceSyncSteps
  // KTO
  case judgementLoss, desirableWeight, undesirableWeight
  // States and actions, and the plain policy gradient
  case truncation, whitenEpsilon, schedule, returnBaseline
  // Distillation
  case distillationMode, distillationTopK, distillationAddTail, distillationBeta, lmbda, solutionLogit
  case teacherKind, teacherUpdateRate, teacherSyncSteps

  /// One row of the table.
  public struct Description: Sendable {
    public let name: String
    public let kind: Kind
    public let standard: OptionValue
    /// One sentence for `help` and the README.
    public let sentence: String
    public let source: String
  }

  /// What values an option takes.
  public enum Kind: Sendable {
    case number(ClosedRange<Double>)
    /// Numbers with commas between them, each more than 0 unless they may have a sign, or one of these names.
    case weights([String], isSigned: Bool = false)
    /// A number, or `none` to switch the feature off.
    case optionalNumber(ClosedRange<Double>)
    case integer(ClosedRange<Int>)
    case flag
    case choice([String])
    /// One of these names, or several with commas between them.
    case choices([String])
  }

  public var name: String { description.name }

  public var description: Description { Self.table[rawValue] }
}

extension Option {
  /// An option and its description.
  struct Row: Sendable {
    let option: Option
    let description: Description

    init(
      _ option: Option, _ name: String, _ kind: Kind, _ standard: OptionValue, _ sentence: String, _ source: String
    ) {
      self.option = option
      description = Description(name: name, kind: kind, standard: standard, sentence: sentence, source: source)
    }
  }

  /// By raw value.
  private static let table: [Description] = {
    let families = [
      klOptions, advantageOptions, scoreOptions, clipOptions, lossOptions, scheduleOptions, optimizerOptions,
      preparationOptions, groupOptions, samplerOptions, preferenceOptions, judgementOptions,
      distillationOptions,
    ]
    let rows = families.flatMap { $0 }
    return allCases.map { option in
      guard let row = rows.first(where: { $0.option == option }) else { preconditionFailure("an option has no row") }
      return row.description
    }
  }()
}

extension Option {
  /// The options that mean something for an algorithm in a tiny world, in the table's order.
  public static func all(for algorithm: Algorithm) -> [Option] { algorithm.options.simulated }

  /// The option that an algorithm calls by this name, which may be another option's name in another algorithm.
  public static func named(_ name: String, for algorithm: Algorithm) -> Option? {
    all(for: algorithm).first { $0.name == name }
  }

  /// The algorithms for which the option means something.
  public var algorithms: [Algorithm] {
    Algorithm.all.filter { $0.options.simulated.contains(self) || $0.options.replayed?.contains(self) == true }
  }
}
