import Autodiff
import Objectives
import Recording
import Simulation
import Testing

/// Every option of every source does something: with another value the recording is another one.
@Suite struct OptionEffectTests {
  /// Another value for an option, and what must be set for it to matter.
  struct Change {
    let value: OptionValue
    var also: [(Option, OptionValue)] = []
  }

  private static func number(_ x: Double, _ also: (Option, OptionValue)...) -> Change {
    Change(value: .number(x), also: also)
  }

  private static func choice(_ name: String, _ also: (Option, OptionValue)...) -> Change {
    Change(value: .choice(name), also: also)
  }

  private static let adam: (Option, OptionValue) = (.optimizer, .choice("adam"))
  private static let sampler: (Option, OptionValue) = (.rolloutTemperature, .number(2))
  private static let charge: (Option, OptionValue) = (.groupBeta, .number(0.3))

  /// What is tried of an option; for an option that is not here there is no test, which is a failure.
  private static func change(of option: Option, in settings: Settings) -> Change? {
    func other(_ a: String, _ b: String) -> Change { choice(settings.choice(option) == a ? b : a) }
    return switch option {
    case .klCoef: number(0.3)
    case .distillationMode: other("sampled_token", "full_logits")
    case .distillationBeta: number(0.5)
    case .lmbda: number(0)
    case .distillationTopK: Change(value: .integer(2), also: [(.distillationMode, .choice("topk_logits"))])
    case .distillationAddTail:
      Change(
        value: .flag(true), also: [(.distillationMode, .choice("topk_logits")), (.distillationTopK, .integer(2))])
    case .teacherKind: other("model", "base")
    case .teacherUpdateRate: number(0.5, (.teacherKind, .choice("ema")))
    case .teacherSyncSteps: Change(value: .integer(2), also: [(.teacherKind, .choice("ema"))])
    case .solutionLogit: number(1)
    case .judgementLoss: other("apo_zero_unpaired", "kto")
    case .desirableWeight, .undesirableWeight: number(1.5)
    case .klEstimator: other("k3", "k1")
    case .groupKLEstimator: choice("k1", charge)
    case .klLogRatioClamp: number(0.01, charge)
    case .klClamp: number(0.001, charge)
    case .useKLLoss, .adaptiveKL, .whitenRewards, .maskTruncated, .dynamicSampling: Change(value: .flag(true))
    case .klTarget: number(0.001, (.adaptiveKL, .flag(true)))
    case .klHorizon: number(100, (.adaptiveKL, .flag(true)))
    case .gamma: number(0.5)
    case .lam: number(0.3)
    case .whitenAdvantages: Change(value: .flag(false))
    case .whitenScope: other("minibatch", "batch")
    case .whitenDegrees: Change(value: .integer(settings.integer(option) == 0 ? 1 : 0))
    case .whitenEpsilon: other("deviation", "variance")
    case .rewardClip: number(0.1)
    case .missingEOS: choice("replace", (.missingEOSPenalty, .number(1)))
    case .missingEOSPenalty: number(1)
    case .scorePosition: choice("last_column")
    case .cliprange, .cliprangeHigh, .cliprangeValue: number(0.001)
    case .dualClip: number(1)
    case .logRatioClamp: number(0.001)
    case .vfCoef: number(2)
    case .entropyCoef: number(0.1)
    case .adaptiveEntropy: Change(value: .flag(true), also: [(.entropyCoef, .number(0.1))])
    case .targetEntropy: number(5, (.adaptiveEntropy, .flag(true)), (.entropyCoef, .number(0.1)))
    case .entropyDelta: number(0.001, (.adaptiveEntropy, .flag(true)), (.targetEntropy, .number(5)))
    case .entropyMaximum: number(0.001, (.adaptiveEntropy, .flag(true)), (.entropyCoef, .number(0.1)))
    case .entropyMinimum: number(0.004, (.adaptiveEntropy, .flag(true)))
    case .aggregation: other("seq-mean-token-mean", "token-mean")
    case .lossScaleFactor: number(10, (.aggregation, .choice("seq-mean-token-sum-norm")))
    case .valueAggregation: choice("seq-mean-token-mean")
    case .batches: Change(value: .integer(2))
    case .batchSize: Change(value: .integer(4))
    case .epochs, .numIterations, .trainEpochs: Change(value: .integer(settings.integer(option) == 3 ? 2 : 3))
    case .minibatches: Change(value: .integer(settings.integer(option) == 1 ? 2 : 1))
    case .responseLength, .maxCompletionLength: Change(value: .integer(2), also: [(.groupLoss, .choice("dr_grpo"))])
    case .temperature: number(0.7)
    case .trainBatchSize: Change(value: .integer(settings.integer(option) == 3 ? 2 : 3))
    case .optimizer: other("sgd", "adam")
    case .learningRate: number(0.01)
    case .adamBeta1, .adamBeta2: number(0.5, adam)
    case .adamEpsilon: number(0.1, adam)
    case .weightDecay: number(0.1)
    case .maxGradNorm: number(0.001)
    case .sftSteps, .rewardSteps: Change(value: .integer(4))
    case .sftLearningRate, .rewardLearningRate: number(0.3)
    case .centerRewards: number(0.5)
    case .rewardMargin: number(1)
    case .groupLoss: choice("sapo")
    case .groupBeta: number(0.3)
    case .epsilon: number(0.001, (.groupLoss, .choice("grpo")))
    case .epsilonHigh: number(0.001, (.groupLoss, .choice("grpo")))
    case .cispoMinimum: number(1, (.groupLoss, .choice("cispo")), (.epsilonHigh, .number(2)))
    case .delta: number(0.9, (.groupLoss, .choice("grpo")))
    case .importanceSamplingLevel: choice("sequence")
    case .advantageEstimator: choice("rloo")
    case .advantageBaseline: choice("pooled")
    case .baselineDecay: number(0.3, (.advantageBaseline, .choice("ema")))
    case .scaleRewards: other("batch", "group")
    case .groupOfOne: choice("reward", (.numGenerations, .integer(1)), (.scaleRewards, .choice("group")))
    case .scaleEpsilon: number(0.1, (.scaleRewards, .choice("group")))
    case .biasCorrectionKL: Change(value: .flag(true), also: [charge])
    case .topEntropyQuantile: number(0.4)
    case .offPolicyMaskThreshold: number(-1)
    case .sapoTemperaturePositive, .sapoTemperatureNegative: number(3, (.groupLoss, .choice("sapo")))
    case .samplerCorrection: Change(value: .flag(false), also: [sampler])
    case .samplerMode: choice("token_truncate", sampler)
    case .samplerMaximum: number(0.9, sampler, (.samplerMode, .choice("token_truncate")))
    case .samplerMinimum: number(1.1, sampler, (.samplerMode, .choice("token_truncate")))
    case .rolloutIS: choice("token", sampler)
    case .rolloutISThreshold: number(0.9, sampler, (.rolloutIS, .choice("token")))
    case .rolloutRS: choice("token", sampler)
    case .rolloutRSThreshold: number(1.01, sampler, (.rolloutRS, .choice("token")))
    case .rolloutRSMinimum: number(0.999, sampler, (.rolloutRS, .choice("token")))
    case .vespoPowerPositive, .vespoDecayPositive, .vespoPowerNegative, .vespoDecayNegative:
      number(1.5, (.groupLoss, .choice("vespo")))
    case .rolloutTemperature: number(2)
    case .rolloutTopP: number(0.7)
    case .rolloutDtype: choice("float8")
    case .rolloutStaleness: Change(value: .integer(1))
    case .clipCovRatio: number(0.5, (.groupLoss, .choice("clip_cov")), (.clipCovMinimum, .number(-1)))
    case .clipCovMinimum: number(-1, (.groupLoss, .choice("clip_cov")), (.clipCovRatio, .number(0.5)))
    case .clipCovMaximum:
      number(0, (.groupLoss, .choice("clip_cov")), (.clipCovRatio, .number(0.5)), (.clipCovMinimum, .number(-1)))
    case .klCovRatio: number(0.5, (.groupLoss, .choice("kl_cov")))
    case .ppoKLCoef: number(3, (.groupLoss, .choice("kl_cov")), (.klCovRatio, .number(0.5)))
    case .rewardWeights: choice("1,3")
    case .multiObjective: choice("normalize_then_sum")
    case .numGenerations: Change(value: .integer(2))
    case .generationBatchSize: Change(value: .integer(settings.integer(option) == 32 ? 40 : 8))
    case .maxGenerationBatches: Change(value: .integer(1), also: [(.dynamicSampling, .flag(true))])
    case .softPunishCache: number(2)
    case .groupWeights: choice("1,3,2")
    case .groupStepSize: number(2, (.groupWeights, .choice("dro")))
    case .groupLabelNoise: number(0.5)
    case .preferenceLoss: choice("ipo")
    case .preferenceBeta: number(0.5)
    case .labelSmoothing: number(0.2, (.preferenceLoss, .choice("cdpo")))
    case .divergence: choice("js_divergence")
    case .alphaDivergenceCoefficient: number(2, (.divergence, .choice("alpha_divergence")))
    case .discopopTau: number(1, (.preferenceLoss, .choice("discopop")))
    case .lengthDesensitizing: number(0.3)
    case .lossWeights: choice("0.5")
    case .ipoAverage: choice("sum", (.preferenceLoss, .choice("ipo")))
    case .pairWeighting: Change(value: .flag(true))
    case .preferenceMargin: number(0.5)
    case .syncReference: Change(value: .flag(true))
    case .referenceMixup: number(0.2, (.syncReference, .flag(true)))
    case .referenceSyncSteps: Change(value: .integer(1), also: [(.syncReference, .flag(true))])
    case .simpoGamma: number(2, (.preferenceLoss, .choice("simpo")))
    case .ktoKL: choice("live", (.preferenceLoss, .choice("kto_pair")))
    case .truncation: choice("terminate")
    case .schedule: choice("linear")
    case .returnBaseline: other("mean", "none")
    }
  }

  /// Why an option cannot change a source; that it does not, or is refused, is tested, too.
  private static let idle: [String: [Option: String]] = [
    "batch ppo": [.scorePosition: "how many values a response has says where the score lands"],
    "batch grpo": [.groupOfOne: "each of its groups has several answers"],
    "distill": [
      .teacherKind: "its world has no solutions", .teacherUpdateRate: "its world has no solutions",
      .teacherSyncSteps: "its world has no solutions", .solutionLogit: "its teacher is a model of its own",
    ],
    "grpo": [.groupLabelNoise: "there are no users who could be taken for each other"],
    "grpo-user-groups": [
      .groupOfOne: "many users of each kind are compared",
      .dynamicSampling: "no kind of users gives all answers of a batch the same",
      .maxGenerationBatches: "no kind of users gives all answers of a batch the same",
    ],
  ]

  struct Case: CustomTestStringConvertible, Sendable {
    let source: String
    let option: Option
    var testDescription: String { "\(source): \(option.name)" }
  }

  static let simulated: [Case] = Scenario.builtIn.flatMap { scenario in
    Source.scenario(scenario).options.map { Case(source: scenario.name, option: $0) }
  }

  @Test(arguments: simulated)
  func optionsOfScenariosActOnTheRecording(example: Case) throws {
    let scenario = try #require(Scenario.builtIn.first { $0.name == example.source })
    let change = try #require(Self.change(of: example.option, in: scenario.settings))
    var base = scenario
    // What only another family of losses knows is left out.
    for (option, value) in change.also where Source.scenario(scenario).options.contains(option) {
      try base.settings.set(option, to: value)
    }
    // Three batches, or epochs, show what there is to see.
    for option in [Option.batches, .trainEpochs] where option != example.option && base.settings.integer(option) > 3 {
      try base.settings.set(option, to: .integer(3))
    }
    var changed = base
    try changed.settings.set(example.option, to: change.value)
    if changed.problem != nil { return #expect(Self.idle[example.source]?[example.option] != nil) }
    #expect(changed.settings != base.settings, "the change is none")
    let isSame = Fingerprint(base.record()) == Fingerprint(changed.record())
    #expect(isSame == (Self.idle[example.source]?[example.option] != nil))
  }

  static let replayed: [Case] = Algorithm.recorded.flatMap { algorithm in
    (algorithm.options.replayed ?? []).map { Case(source: "batch \(algorithm.name)", option: $0) }
  }

  @Test(arguments: replayed)
  func optionsOfBatchesActOnTheRecording(example: Case) throws {
    var base = Batch(title: "", settings: Settings(), contents: try #require(Self.contents(of: example.source)))
    let change = try #require(Self.change(of: example.option, in: base.settings))
    for (option, value) in change.also where (base.algorithm.options.replayed ?? []).contains(option) {
      try base.settings.set(option, to: value)
    }
    var changed = base
    try changed.settings.set(example.option, to: change.value)
    #expect(changed.settings != base.settings, "the change is none")
    let isSame = Fingerprint(base.record()) == Fingerprint(changed.record())
    #expect(isSame == (Self.idle[example.source]?[example.option] != nil))
  }

  private static func contents(of source: String) -> Batch.Contents? {
    switch source {
    case "batch ppo": .responses(ObjectiveGradientTests.sequences(seed: 0))
    case "batch grpo": .groups(judgedGroups)
    case "batch remax": .baselined(baselined)
    case "batch distill": .distilled(distilled)
    case "batch dpo": .pairs(ObjectiveGradientTests.pairs(seed: 0))
    case "batch kto": .judgements(judgements)
    case "batch reward-model": .scoredPairs(ObjectiveGradientTests.scoredPairs(seed: 3))
    default: nil
    }
  }

  /// Groups that another engine sampled, and two reward functions judged.
  private static var judgedGroups: Batch.GroupBatch {
    var groups = ObjectiveGradientTests.groups(seed: 0, hasSampler: true)
    groups.rewardNames = ["right", "short"]
    for n in groups.sequences.indices {
      groups.sequences[n].rewards = [groups.sequences[n].reward, n % 3 == 0 ? 1 : 0.25 * Double(n)]
    }
    return groups
  }

  /// The responses of pairs, each judged by itself; the policy has moved on the whole.
  private static var judgements: [Batch.JudgedExample] {
    ObjectiveGradientTests.pairs(seed: 0).flatMap { pair -> [Batch.JudgedExample] in
      [judgement(pair.chosen, isDesirable: true), judgement(pair.rejected, isDesirable: false)]
    }
  }

  /// PPO's responses with a baseline each.
  private static var baselined: [Batch.BaselinedResponse] {
    ObjectiveGradientTests.sequences(seed: 0).enumerated().map { i, sequence in
      var response = Batch.BaselinedResponse(
        prompt: "", tokens: sequence.tokens, logp: sequence.logp, oldLogp: sequence.oldLogp, refLogp: sequence.refLogp,
        score: sequence.score, baselineReward: 0.75 - 0.5 * Double(i), entropy: sequence.entropy,
        isTruncated: sequence.isTruncated, isBaselineTruncated: i == 0)
      response.samplingLogp = sequence.samplingLogp
      return response
    }
  }

  /// PPO's responses with a teacher in the place of the reference.
  private static var distilled: [Batch.DistilledSequence] {
    ObjectiveGradientTests.sequences(seed: 0).enumerated().map { i, sequence in
      Batch.DistilledSequence(
        prompt: "", tokens: sequence.tokens, logp: sequence.logp, oldLogp: sequence.oldLogp,
        teacherLogp: sequence.refLogp, divergence: sequence.refLogp.indices.map { 0.5 + Double(i) + 0.25 * Double($0) })
    }
  }

  private static func judgement(_ response: Batch.PairResponse, isDesirable: Bool) -> Batch.JudgedExample {
    let reference = response.refLogp ?? []
    let moved = reference.map { $0 + 0.2 }
    return Batch.JudgedExample(
      prompt: "", isDesirable: isDesirable, tokens: response.tokens, logp: response.logp, refLogp: reference,
      klLogp: moved, klRefLogp: reference)
  }
}

/// All that is recorded of a run, in one number: names, values and the gradients of its losses.
private struct Fingerprint: Equatable {
  private let hash: UInt64
  private let count: Int

  init(_ trace: Trace) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func mix(_ bits: UInt64) { hash = (hash ^ bits) &* 0x0000_0100_0000_01b3 }
    for term in trace.terms.indices {
      let key = trace.terms[term].key
      for index in [key.name, key.i, key.j] { mix(UInt64(bitPattern: Int64(index))) }
      mix(trace.value(term).bitPattern)
    }
    for differentiation in trace.differentiations {
      for term in max(0, differentiation.term - 2000)..<differentiation.term {
        mix(differentiation.gradient[trace.scalar(term)].bitPattern)
      }
    }
    self.hash = hash
    count = trace.terms.count
  }
}
