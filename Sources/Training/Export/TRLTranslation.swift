import Documents
import Objectives

/// How an option of Gradus is expressed in TRL.
enum TRLTranslation: Equatable {
  /// Lines of `config.yaml`.
  case lines([Line])
  /// TRL has nothing like it, and the continued run differs: printed, and written into `config.yaml`.
  case absent(String)
  /// It is in the script or the data, or does not matter for going on.
  case elsewhere

  struct Line: Equatable {
    let name: String
    let value: String
    var comment = ""
  }

  static func line(_ name: String, _ value: String, _ comment: String = "") -> TRLTranslation {
    .lines([Line(name: name, value: value, comment: comment)])
  }
}

/// Translates the options of one run, one by one.
struct TRLTranslator {
  let settings: TrainingSettings
  let totalSteps: Int
  /// Whether there is something to evaluate on.
  let hasHeldOut: Bool

  var trainer: Trainer { settings.trainer }
  private var trl: TRLTrainer { trainer.trl }

  func translation(of option: AnyTrainingOption) -> TRLTranslation {
    switch option {
    case .run(let option): translation(of: option)
    case .objective(let option): trl.objective(self, option)
    }
  }

  // MARK: - The run

  private func translation(of option: TrainingOption) -> TRLTranslation {
    let value = settings[option].text
    switch option {
    case .batchSize: return batch
    case .gradientAccumulationSteps: return .line(option.name, "\(accumulation)")
    case .maxSteps: return trl.ownLoop != nil ? .elsewhere : .line("max_steps", "\(totalSteps)", stepsComment)
    case .numTrainEpochs: return .elsewhere
    case .learningRate, .weightDecay, .adamBeta1, .adamBeta2, .adamEpsilon:
      return same(option.name, value)
    case .lrSchedulerType: return same(option.name, value)
    case .lrSchedulerKwargs, .metricForBestModel, .greaterIsBetter:
      return settings[option] == .none ? .elsewhere : same(option.name, value)
    case .warmupSteps: return .line(option.name, "\(Schedule(settings, totalSteps: totalSteps).warmupSteps)")
    case .warmupRatio: return .elsewhere
    case .loadBestModelAtEnd:
      return settings.flag(option)
        ? absent(option.name, value, "TRL wants save_steps to be a multiple of eval_steps for that: choose them")
        : .elsewhere
    case .earlyStoppingPatience:
      return settings.integer(option) == 0
        ? .elsewhere : absent(option.name, value, "TRL stops early by a callback, EarlyStoppingCallback")
    case .truncationMode:
      return value == Truncation.keepEnd.rawValue
        ? absent(option.name, value, "train.py cuts off the end") : .elsewhere
    case .packing: return same(option.name, value)
    case .packingStrategy: return settings.flag(.packing) ? same(option.name, value) : .elsewhere
    case .precomputeReference: return same(option.name, value)
    case .minP, .repetitionPenalty:
      if trl.hasTopKAndTopP { return same(option.name, value) }
      return settings[option] == option.standard(for: trainer)
        ? .elsewhere : absent(option.name, value, "TRL's PPOTrainer samples among all tokens")
    case .stopStrings:
      return settings.names(option).isEmpty
        ? .elsewhere : absent(option.name, value, "TRL ends responses at the end of text: generation_kwargs")
    case .maxGradNorm:
      return settings.optionalNumber(option) == nil
        ? .line(option.name, trl.ownLoop?.noLimit ?? "0", "no limit") : same(option.name, value)
    case .seed: return .line(option.name, value, "gives other random numbers than in Gradus")
    case .shuffle: return trl.order.isEmpty ? .elsewhere : .lines(trl.order)
    case .completionOnlyLoss:
      return settings.flag(.assistantOnlyLoss)
        ? .line(option.name, "true", "what the assistant wrote, as data/train.jsonl says") : same(option.name, value)
    // TRL's own would look for it in conversations, and the data are texts.
    case .assistantOnlyLoss: return .elsewhere
    case .maxLength, .numGenerations, .numIterations, .numPPOEpochs,
      .numMiniBatches:
      return same(option.name, value)
    case .maxPromptLength: return .line(option.name, value, "train.py's own: TRL cuts no prompts off")
    case .maxCompletionLength: return same(trl.responseLength, value)
    case .temperature: return same(option.name, value)
    case .topK, .topP:
      if trl.hasTopKAndTopP { return same(option.name, value) }
      return settings[option] == option.standard(for: trainer)
        ? .elsewhere : absent(option.name, value, "TRL's PPOTrainer samples among all tokens")
    case .targetKL:
      return settings[option] == .none
        ? .elsewhere : absent(option.name, value, "TRL learns from each batch to its end")
    case .rewardFuncs, .implicitPrompt: return .elsewhere
    case .rewardWeights:
      let weights = settings.numbers(option)
      guard trl.readsRewardWeights, !weights.isEmpty else { return .elsewhere }
      let all = weights + (settings.objective.optionalNumber(.softPunishCache) == nil ? [] : [1])
      return .line(option.name, "[\(all.map(NumberText.full).joined(separator: ", "))]", "of REWARDS in rewards.py")
    case .loggingSteps: return .line(option.name, "1", "as in metrics.jsonl, which has every step")
    case .evalSteps: return evaluation
    case .saveSteps: return saving
    case .saveTotalLimit: return .line(option.name, settings.integer(option) == 0 ? "null" : value)
    case .record:
      return settings.integer(option) == 0
        ? .elsewhere : absent(option.name, value, "TRL records no batches for gradus step by itself")
    // In the section that says how it is computed.
    case .gradientCheckpointing, .bf16: return .elsewhere
    // In adapter_config.json.
    case .usePEFT, .loraRank, .loraAlpha, .loraTargetModules: return .elsewhere
    case .loraDropout:
      guard settings.lowRank != nil, settings.number(option) > 0 else { return .elsewhere }
      return absent(
        option.name, value,
        "torch draws masks of its own, and TRL's DPOTrainer and KTOTrainer none unless disable_dropout is false")
    case .workers, .sampleTexts, .reportTo, .numHiddenLayers, .hiddenSize, .numAttentionHeads, .numKeyValueHeads,
      .intermediateSize:
      return .elsewhere
    }
  }

  func same(_ name: String, _ value: String) -> TRLTranslation { .line(name, value) }

  func absent(_ name: String, _ value: String, _ reason: String) -> TRLTranslation {
    .absent("\(name) \(value): \(reason)")
  }

  /// With several minibatches TRL's own loop steps after each pass, so that a pass must be a whole minibatch.
  private var mergesPasses: Bool { trl.ownLoop != nil && settings.integer(.numMiniBatches) > 1 }

  private var accumulation: Int { mergesPasses ? 1 : settings.integer(.gradientAccumulationSteps) }

  private var batch: TRLTranslation {
    let passes = settings.integer(.gradientAccumulationSteps)
    let size = settings.integer(.batchSize) * (mergesPasses ? passes : 1)
    return .lines([
      Line(
        name: "per_device_train_batch_size", value: "\(size)",
        comment: "of all processes together: train.py divides it by their number"),
      Line(name: "per_device_eval_batch_size", value: "\(size)"),
    ])
  }

  private typealias Line = TRLTranslation.Line

  private var stepsComment: String {
    settings.integer(.maxSteps) >= 0 ? "" : "num_train_epochs \(settings[.numTrainEpochs].text) of this data"
  }

  private var evaluation: TRLTranslation {
    let steps = settings.integer(.evalSteps)
    guard hasHeldOut, trl.evaluates, steps > 0 else { return .line("eval_strategy", "\"no\"") }
    return .lines([
      Line(name: "eval_strategy", value: "steps"), Line(name: "eval_steps", value: "\(steps)"),
    ])
  }

  private var saving: TRLTranslation {
    let steps = settings.integer(.saveSteps)
    guard steps > 0 else { return .line("save_strategy", "\"no\"", "the model is saved at the end") }
    let unit = settings.stepsPerRound
    let count = trl.ownLoop != nil ? max(1, steps / unit) : steps
    return .lines([Line(name: "save_strategy", value: "steps"), Line(name: "save_steps", value: "\(count)")])
  }

  // MARK: - The objective

  func translation(of option: Option) -> TRLTranslation {
    let (name, value) = (option.name, settings.objective[option].text)
    if let trlsOwn = Self.trlsOwn.first(where: { $0.option == option })?.what {
      let isStandard = settings.objective[option] == option.description.standard
      return isStandard ? .elsewhere : absent(name, value, trlsOwn)
    }
    switch option {
    case .epsilonHigh, .delta, .offPolicyMaskThreshold, .lengthDesensitizing:
      return settings.objective[option] == .none ? .elsewhere : same(name, value)
    case .groupLoss where Self.notInTRL.contains(settings.objective.choice(option)):
      return absent(name, value, "TRL's GRPOTrainer has no such loss")
    case .samplerCorrection, .samplerMode, .samplerMaximum, .samplerMinimum:
      // Where no other engine samples there is nothing to correct.
      return .elsewhere
    case .ktoKL, .syncReference, .referenceMixup, .referenceSyncSteps: return .elsewhere
    case .preferenceLoss where value.contains(","):
      return same(name, "[\(value.split(separator: ",").joined(separator: ", "))]")
    case .lossWeights:
      // TRL has a weight for each of them, or none at all.
      let count = settings.objective.choice(.preferenceLoss).split(separator: ",").count
      guard let weights = Weights(value), value != "1" else { return .elsewhere }
      return same(name, "[\((0..<count).map { NumberText.full(weights[$0]) }.joined(separator: ", "))]")
    case .pairWeighting where !settings.objective.flag(option): return .elsewhere
    case .softPunishCache, .baselineDecay, .maxGenerationBatches, .groupStepSize, .simpoGamma: return .elsewhere
    default: return same(name, value)
    }
  }

  /// What TRL does in the place of an option that it has not, which is what the option's standard does.
  private static let notInTRL = ["gmpo", "gpg", "dppo_tv", "dppo_kl", "clip_cov", "kl_cov"]

  private static let trlsOwn: [(option: Option, what: String)] = [
    (.advantageEstimator, "TRL's GRPOTrainer compares with the mean of the group"),
    (.advantageBaseline, "TRL compares the answers to one prompt with each other"),
    (.groupWeights, "TRL gives every group the same weight"),
    (.dynamicSampling, "TRL keeps groups whose rewards are all alike"),
    (.groupKLEstimator, "TRL's GRPOTrainer takes k3"),
    (.klLogRatioClamp, "TRL clamps no KL"), (.klClamp, "TRL clamps no KL"),
    (.scaleEpsilon, "TRL's GRPOTrainer adds 0.0001"),
    (.adaptiveEntropy, "TRL's entropy bonus has no target"), (.targetEntropy, "TRL's entropy bonus has no target"),
    (.entropyDelta, "TRL's entropy bonus has no target"), (.entropyMaximum, "TRL's entropy bonus has no target"),
    (.entropyMinimum, "TRL's entropy bonus has no target"),
    (.groupOfOne, "TRL compares an answer that is alone with itself"),
    (.cispoMinimum, "TRL bounds cispo's weights from above alone"),
    (.rolloutTemperature, "TRL samples with its own engine"), (.rolloutTopP, "TRL samples with its own engine"),
    (.rolloutDtype, "TRL samples with its own engine"), (.rolloutStaleness, "TRL samples with its own engine"),
    (.rolloutIS, "TRL corrects by vllm_importance_sampling_mode"),
    (.rolloutISThreshold, "TRL corrects by vllm_importance_sampling_mode"),
    (.rolloutRS, "TRL rejects nothing"), (.rolloutRSThreshold, "TRL rejects nothing"),
    (.rolloutRSMinimum, "TRL rejects nothing"),
    (.clipCovRatio, "TRL has no clip_cov"), (.clipCovMinimum, "TRL has no clip_cov"),
    (.clipCovMaximum, "TRL has no clip_cov"), (.klCovRatio, "TRL has no kl_cov"), (.ppoKLCoef, "TRL has no kl_cov"),
    (.rewardMargin, "TRL's RewardTrainer takes margins from a column of the data"),
    (.preferenceMargin, "TRL's DPOTrainer has no margin"),
    (.ipoAverage, "TRL's ipo compares scores per token"),
  ]
}
