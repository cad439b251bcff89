import Objectives
import Testing

/// Options come in lists that several algorithms share: one of each list stands for it.
@Suite struct AlgorithmOptionTests {
  private func expect(_ wanted: [Option], in all: [Option]?, _ comment: Comment) {
    let missing = wanted.filter { all?.contains($0) != true }.map(\.name)
    #expect(missing.isEmpty, comment)
  }

  @Test(
    arguments: [
      (
        .ppo,
        [
          .klCoef, .whitenRewards, .cliprange, .batchSize, .learningRate, .sftSteps, .rewardSteps, .rolloutTemperature,
          .rolloutIS, .rolloutRS, .targetEntropy, .entropyDelta, .adaptiveKL,
        ]
      ),
      (.classicPPO, [.whitenRewards, .cliprange, .batchSize, .learningRate, .gamma]),
      (.reinforce, [.klCoef, .batchSize, .learningRate, .sftSteps, .rewardSteps, .rolloutDtype, .rolloutIS, .gamma]),
      (
        .remax,
        [
          .klCoef, .rolloutIS, .gamma, .batchSize, .learningRate, .sftSteps, .rewardSteps, .rolloutTopP,
          .responseLength,
        ]
      ),
      (
        .grpo,
        [
          .epsilon, .targetEntropy, .entropyMaximum, .learningRate, .sftLearningRate, .numGenerations,
          .rolloutStaleness,
        ]
      ),
      (.dpo, [.preferenceBeta, .syncReference, .trainEpochs, .learningRate, .sftSteps, .responseLength]),
      (.onlineDPO, [.preferenceBeta, .learningRate, .sftSteps, .missingEOSPenalty]),
      (.kto, [.desirableWeight, .trainEpochs, .learningRate, .sftSteps, .responseLength]),
      (.distillation, [.distillationMode, .batchSize, .learningRate, .sftSteps, .teacherKind]),
      (.sft, [.trainEpochs, .learningRate]), (.rewardModel, [.trainEpochs, .learningRate, .rewardMargin]),
    ] as [(Algorithm, [Option])])
  func aSimulationHasThem(algorithm: Algorithm, options: [Option]) {
    expect(options, in: algorithm.options.simulated, "\(algorithm.name)")
  }

  @Test(
    arguments: [
      (
        .ppo,
        [.klCoef, .whitenScope, .cliprange, .rolloutISThreshold, .rolloutRSMinimum, .adaptiveEntropy, .useKLLoss],
        [.klCoef, .whitenScope, .rolloutTemperature, .entropyMinimum, .adaptiveKL]
      ),
      (.remax, [.klCoef, .rolloutIS, .gamma], [.klCoef, .rolloutIS, .gamma, .rolloutTemperature]),
      (
        .grpo, [.groupLoss, .adaptiveEntropy, .rewardWeights],
        [.groupLoss, .adaptiveEntropy, .rolloutTemperature, .entropyDelta, .dynamicSampling]
      ),
      (.dpo, [.preferenceBeta], [.preferenceBeta, .referenceMixup]),
      (.onlineDPO, nil, [.preferenceBeta, .missingEOSPenalty]),
      (.distillation, [.distillationMode], [.distillationMode, .lmbda]),
    ] as [(Algorithm, [Option]?, [Option])])
  func aBatchAndATrainerHaveThem(algorithm: Algorithm, batch: [Option]?, trainer: [Option]) {
    if let batch { expect(batch, in: algorithm.options.replayed, "\(algorithm.name), replayed") }
    expect(trainer, in: algorithm.options.trained, "\(algorithm.name), trained")
  }

  @Test(
    arguments: [
      (.ppo, [], true), (.ppo, [(.klCoef, .number(0))], false),
      (.ppo, [(.klCoef, .number(0)), (.adaptiveKL, .flag(true))], true), (.remax, [], true),
      (.remax, [(.klCoef, .number(0))], false), (.grpo, [(.groupBeta, .number(0))], false),
      (.grpo, [(.groupBeta, .number(0.1))], true), (.kto, [], true), (.classicPPO, [], false),
    ] as [(Algorithm, [(Option, OptionValue)], Bool)])
  func aReferenceIsUsedWhereSomethingAsksIt(algorithm: Algorithm, options: [(Option, OptionValue)], isUsed: Bool) throws
  {
    var settings = Settings()
    for (option, value) in options { try settings.set(option, to: value) }
    #expect(algorithm.usesReference(settings) == isUsed)
  }

  @Test(
    arguments: [
      ([], true), ([(.preferenceLoss, .choice("hinge"))], false), ([(.preferenceLoss, .choice("sigmoid,sft"))], false),
      ([(.divergence, .choice("forward_kl"))], false), ([(.pairWeighting, .flag(true))], false),
      ([(.preferenceMargin, .number(1))], false), ([(.lossWeights, .choice("0.5"))], false),
    ] as [([(Option, OptionValue)], Bool)])
  func aLogisticLossHasNothingBesides(options: [(Option, OptionValue)], isLogistic: Bool) throws {
    var settings = Settings()
    for (option, value) in options { try settings.set(option, to: value) }
    #expect(PreferenceLoss.isLogistic(settings) == isLogistic)
  }
}
