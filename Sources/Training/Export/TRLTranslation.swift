import Documents
import Objectives

/// What becomes of an option of Gradus in TRL.
enum TRLTranslation: Equatable {
  /// Lines of `config.yaml`.
  case lines([Line])
  /// Nothing like it is in TRL, and the run that goes on differs: told to the user and written into `config.yaml`.
  case absent(String)
  /// It is in the script or the data, or has nothing to do with going on.
  case elsewhere

  struct Line: Equatable {
    let name: String
    let value: String
    var comment = ""
  }

  fileprivate static func line(_ name: String, _ value: String, _ comment: String = "") -> TRLTranslation {
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

  func translation(of option: AnyTrainingOption) -> TRLTranslation {
    switch option {
    case .run(let option): translation(of: option)
    case .objective(let option): trainer == .ppo ? proximal(option) : translation(of: option)
    }
  }

  /// Why there is no way to go on in TRL at all, if so.
  var obstacle: String? {
    let loss = settings.objective.choice(.preferenceLoss)
    if trainer == .dpo, ["cdpo", "kto_pair", "simpo", "orpo"].contains(loss) {
      return "loss_type \(loss) is not one of TRL's DPOTrainer, so the run cannot go on there"
    }
    if trainer == .grpo, settings.integer(.numGenerations) < 2 {
      return "num_generations 1 leaves TRL's GRPOTrainer nothing to compare, so the run cannot go on there"
    }
    let estimator = settings.objective.choice(.klEstimator)
    if trainer == .ppo, ["k2", "k3+"].contains(estimator) {
      return "kl_estimator \(estimator) is not one of TRL's PPOTrainer (k1, k3), so the run cannot go on there"
    }
    return nil
  }

  // MARK: - The run

  private func translation(of option: TrainingOption) -> TRLTranslation {
    let value = settings[option].text
    switch option {
    case .batchSize: return batch
    case .gradientAccumulationSteps: return .line(option.name, "\(accumulation)")
    case .maxSteps: return trainer == .ppo ? .elsewhere : .line("max_steps", "\(totalSteps)", stepsComment)
    case .numTrainEpochs: return .elsewhere
    case .learningRate, .warmupSteps, .weightDecay, .adamBeta1, .adamBeta2, .adamEpsilon:
      return same(option.name, value)
    case .lrSchedulerType: return same(option.name, value)
    case .maxGradNorm:
      return settings.optionalNumber(option) == nil
        ? .line(option.name, trainer == .ppo ? "1e9" : "0", "no limit") : same(option.name, value)
    case .seed: return .line(option.name, value, "gives other random numbers than in Gradus")
    case .shuffle: return order
    case .maxLength, .completionOnlyLoss, .numGenerations, .numIterations, .numPPOEpochs, .numMiniBatches:
      return same(option.name, value)
    case .maxPromptLength: return .line(option.name, value, "train.py's own: TRL cuts no prompts off")
    case .maxCompletionLength: return same(trainer == .ppo ? "response_length" : option.name, value)
    case .temperature: return same(option.name, value)
    case .topK, .topP:
      if trainer == .grpo { return same(option.name, value) }
      return settings[option] == option.standard(for: trainer)
        ? .elsewhere : absent(option.name, value, "TRL's PPOTrainer samples among all tokens")
    case .targetKL:
      return settings[option] == .none
        ? .elsewhere : absent(option.name, value, "TRL learns from each batch to its end")
    case .rewardFuncs: return .elsewhere
    case .rewardWeights:
      let weights = settings.numbers(option)
      guard trainer == .grpo, !weights.isEmpty else { return .elsewhere }
      let all = weights + (settings.objective.optionalNumber(.softPunishCache) == nil ? [] : [1])
      return .line(option.name, "[\(all.map(NumberText.full).joined(separator: ", "))]", "of REWARDS in rewards.py")
    case .loggingSteps: return .line(option.name, "1", "as in metrics.jsonl, which has every step")
    case .evalSteps: return evaluation
    case .saveSteps: return saving
    case .saveTotalLimit: return .line(option.name, settings.integer(option) == 0 ? "null" : value)
    case .record:
      return settings.integer(option) == 0
        ? .elsewhere : absent(option.name, value, "TRL records no batches for gradus step by itself")
    case .workers, .sampleTexts, .reportTo, .numHiddenLayers, .hiddenSize, .numAttentionHeads, .numKeyValueHeads,
      .intermediateSize:
      return .elsewhere
    }
  }

  private func same(_ name: String, _ value: String) -> TRLTranslation { .line(name, value) }

  private func absent(_ name: String, _ value: String, _ reason: String) -> TRLTranslation {
    .absent("\(name) \(value): \(reason)")
  }

  /// With several minibatches TRL's PPO steps after each pass, so that a pass must be a whole minibatch.
  private var mergesPasses: Bool { trainer == .ppo && settings.integer(.numMiniBatches) > 1 }

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

  private var order: TRLTranslation {
    let comment = "TRL's own shuffling is off"
    return switch trainer {
    case .sft, .reward, .dpo: .line("train_sampling_strategy", "sequential", comment)
    case .grpo:
      .lines([
        Line(name: "shuffle_dataset", value: "false", comment: comment),
        Line(name: "ignore_data_skip", value: "true", comment: "the data begin where the run stands"),
      ])
    case .ppo: .elsewhere
    }
  }

  private var evaluation: TRLTranslation {
    let steps = settings.integer(.evalSteps)
    guard hasHeldOut, trainer != .ppo, steps > 0 else { return .line("eval_strategy", "\"no\"") }
    return .lines([
      Line(name: "eval_strategy", value: "steps"), Line(name: "eval_steps", value: "\(steps)"),
    ])
  }

  private var saving: TRLTranslation {
    let steps = settings.integer(.saveSteps)
    guard steps > 0 else { return .line("save_strategy", "\"no\"", "the model is saved at the end") }
    let unit = settings.stepsPerRound
    // PPOTrainer counts batches of responses.
    let count = trainer == .ppo ? max(1, steps / unit) : steps
    return .lines([Line(name: "save_strategy", value: "steps"), Line(name: "save_steps", value: "\(count)")])
  }

  // MARK: - The objective

  private func translation(of option: Option) -> TRLTranslation {
    let (name, value) = (option.name, settings.objective[option].text)
    let isStandard = settings.objective[option] == option.description.standard
    switch option {
    case .epsilonHigh, .delta, .offPolicyMaskThreshold, .lengthDesensitizing:
      return settings.objective[option] == .none ? .elsewhere : same(name, value)
    case .advantageEstimator:
      return isStandard ? .elsewhere : absent(name, value, "TRL's GRPOTrainer compares with the mean of the group")
    case .advantageBaseline:
      return isStandard ? .elsewhere : absent(name, value, "TRL compares the answers to one prompt with each other")
    case .groupWeights:
      return isStandard ? .elsewhere : absent(name, value, "TRL gives every group the same weight")
    case .dynamicSampling:
      return isStandard ? .elsewhere : absent(name, value, "TRL keeps groups whose rewards are all alike")
    case .groupKLEstimator:
      return isStandard ? .elsewhere : absent(name, value, "TRL's GRPOTrainer takes k3")
    case .klLogRatioClamp, .klClamp:
      return isStandard ? .elsewhere : absent(name, value, "TRL clamps no KL")
    case .scaleEpsilon:
      return isStandard ? .elsewhere : absent(name, value, "TRL's GRPOTrainer adds 0.0001")
    case .cispoMinimum:
      return isStandard ? .elsewhere : absent(name, value, "TRL bounds cispo's weights from above alone")
    case .rewardMargin:
      return isStandard
        ? .elsewhere : absent(name, value, "TRL's RewardTrainer takes margins from a column of the data")
    case .ktoKL: return .elsewhere
    case .softPunishCache, .baselineDecay, .maxGenerationBatches, .groupStepSize, .simpoGamma: return .elsewhere
    default: return same(name, value)
    }
  }

  private func proximal(_ option: Option) -> TRLTranslation {
    let (name, value) = (option.name, settings.objective[option].text)
    let isStandard = settings.objective[option] == option.description.standard
    switch option {
    case .klCoef, .klEstimator, .gamma, .lam, .whitenRewards, .cliprange, .vfCoef: return same(name, value)
    case .missingEOSPenalty: return value == "none" ? .elsewhere : same(name, value)
    case .cliprangeValue: return value == "none" ? .line(name, "1e9", "no clipping") : same(name, value)
    case .scorePosition:
      return absent(name, value, "TRL's PPOTrainer pays the score one token after the last, where there is room")
    case .klTarget, .klHorizon: return .elsewhere
    default:
      return isStandard ? .elsewhere : absent(name, value, Self.proximalReasons[option] ?? "TRL has no such option")
    }
  }

  /// What TRL's PPOTrainer does instead.
  private static let proximalReasons: [Option: String] = [
    .useKLLoss: "TRL's PPOTrainer puts the KL into the reward",
    .adaptiveKL: "kl_coef stays what it is at this step",
    .whitenAdvantages: "TRL's PPOTrainer always whitens the advantages",
    .whitenScope: "TRL's PPOTrainer whitens over the batch",
    .whitenDegrees: "TRL's PPOTrainer takes 1 off n",
    .rewardClip: "TRL's PPOTrainer clips no scores",
    .missingEOS: "TRL's PPOTrainer takes the penalty off the score",
    .cliprangeHigh: "TRL's PPOTrainer clips both sides alike",
    .dualClip: "TRL's PPOTrainer has no dual clip",
    .logRatioClamp: "TRL's PPOTrainer clamps no log-ratios",
    .entropyCoef: "TRL's PPOTrainer has no entropy bonus",
    .aggregation: "TRL's PPOTrainer takes the mean over tokens",
  ]
}
