import Transformers

/// What is divided among the GPUs instead of being on each.
///
/// Source: Rajbhandari et al. 2020, ZeRO, section 5: optimizer states, then gradients, then parameters.
public enum ZeroStage: Int, CaseIterable, Sendable {
  case none, optimizer, gradients, weights

  var name: String { self == .none ? "ZeRO 0 (DDP)" : "ZeRO \(rawValue)" }
}

/// Which part of the forward pass is not kept but recomputed in the backward pass.
///
/// Source: Korthikanti et al. 2022, Reducing Activation Recomputation, sections 4 and 5, without tensor parallelism.
public enum Recomputation: String, CaseIterable, Sendable {
  case nothing
  /// What grows with the square of the length, as FlashAttention does.
  case attention
  /// All but the input of each layer: gradient checkpointing.
  case everything
}

/// A GPU's memory while it trains.
public struct MemoryPlan: Sendable {
  public let stage: ZeroStage
  public let recomputation: Recomputation
  /// What is always in memory.
  public let kept: [PlanLine]
  /// What a forward and backward pass adds.
  public let training: [PlanLine]
  /// What generation adds; its memory is free again when training begins.
  public let generating: [PlanLine]

  /// The most that is needed at any time, in bytes.
  public var peak: Double { sum(kept) + max(sum(training), sum(generating)) }
  /// What stays in memory whatever the batch.
  public var least: Double { sum(kept) }

  private func sum(_ lines: [PlanLine]) -> Double { lines.reduce(0) { $0 + $1.amount } }

  public init(_ load: TrainingLoad, _ stage: ZeroStage, _ recomputation: Recomputation) {
    (self.stage, self.recomputation) = (stage, recomputation)
    kept = Self.kept(load, stage)
    training = Self.gathered(load, stage) + Self.activations(load, recomputation) + Self.logits(load)
    generating = Self.generating(load, stage)
  }

  private static func kept(_ load: TrainingLoad, _ stage: ZeroStage) -> [PlanLine] {
    let (parameters, count) = (load.model.parameters, load.trainedText)
    func divided(_ from: ZeroStage) -> (by: Double, text: String) {
      stage.rawValue >= from.rawValue ? (Double(load.gpus), " / N") : (1, "")
    }
    func line(_ name: String, _ bytes: Double, from: ZeroStage, _ what: String) -> PlanLine {
      let share = divided(from)
      return PlanLine(
        name, bytes * load.trained * load.trainedNumbers / share.by, "\(bytes.wholeText) × \(count)\(share.text)\(what)"
      )
    }
    // Adapters are few, and PEFT keeps them in 32 bits.
    let precision = load.lowRank == nil ? load.precision : .fp32
    let states = precision == .bf16 ? "m, v and a master copy" : "m and v"
    let owners = load.trained > 1 ? ", policy and critic" : ""
    var lines = [
      line((load.lowRank == nil ? "weights" : "adapters") + owners, precision.weight, from: .weights, ""),
      line("gradients", precision.weight, from: .gradients, ""),
      line("Adam", precision.optimizer, from: .optimizer, ": \(states) in fp32"),
    ]
    let share = divided(.weights)
    let isAdapted = load.lowRank != nil
    let frozen = [
      // The base is its own reference.
      (isAdapted, "frozen base"), (isAdapted && load.trainer.hasCritic, "frozen base, critic"),
      (load.hasReference && !isAdapted, "frozen reference"), (load.trainer.takesRewardModel, "frozen reward model"),
      (load.trainer.takesTeacher, "frozen teacher"),
    ]
    let width = load.precision.weight
    for (_, name) in frozen.filter(\.0) {
      lines.append(PlanLine(name, width * parameters / share.by, "\(width.wholeText) × P\(share.text)"))
    }
    return lines
  }

  /// Where weights are divided, each layer's are gathered to compute with them.
  private static func gathered(_ load: TrainingLoad, _ stage: ZeroStage) -> [PlanLine] {
    guard stage == .weights, load.gpus > 1 else { return [] }
    let weight = load.precision.weight
    return [
      PlanLine(
        "layers at work", 2 * weight * load.model.parameters / load.model.layers,
        "\(weight.wholeText) × 2 P / L: one whole, the next on its way")
    ]
  }

  private static func activations(_ load: TrainingLoad, _ recomputation: Recomputation) -> [PlanLine] {
    let model = load.model
    // The formula counts bytes of 16-bit numbers; with 32 bits it is twice as many.
    let wide = load.precision == .fp32 ? 2.0 : 1
    let twice = (load.precision == .fp32 ? " × 2 for fp32" : "") + (load.trained > 1 ? " × 2 models" : "")
    let row = load.tokens * model.hidden * wide * load.trained
    let name = "activations"
    switch recomputation {
    case .nothing:
      let square = 5 * model.heads * Double(load.maxLength) / model.hidden
      return [PlanLine(name, model.layers * row * (34 + square), "L b s h (34 + 5 a s / h)\(twice)")]
    case .attention: return [PlanLine(name, model.layers * row * 34, "34 L b s h\(twice)")]
    case .everything:
      return [
        PlanLine(name, model.layers * row * 2 + row * 34, "2 L b s h + 34 b s h: a layer at a time\(twice)")
      ]
    }
  }

  /// Logits in 32 bits and their gradient, only of the responses where these were generated.
  private static func logits(_ load: TrainingLoad) -> [PlanLine] {
    guard !load.trainer.scores else { return [] }
    let length = Double(load.generates ? load.completionLength : load.maxLength)
    return [
      PlanLine(
        "logits", 8 * load.sequences * length * load.model.vocabulary,
        "8 b \(load.generates ? "c" : "s") V: fp32, with their gradient")
    ]
  }

  private static func generating(_ load: TrainingLoad, _ stage: ZeroStage) -> [PlanLine] {
    guard load.generates else { return [] }
    let sequences = Double(load.accumulation * load.batchSize)
    var lines = [
      PlanLine(
        "key-value cache",
        load.precision.weight * load.model.cachedNumbersPerToken * sequences * Double(load.maxLength),
        "\(load.precision.weight.wholeText) × 2 L × \(load.model.shape.keySize) × \(load.sequencesText): keys and values of "
          + "\(load.model.shape.keySize) columns")
    ]
    if stage == .weights, load.gpus > 1 {
      lines.append(
        PlanLine(
          "gathered weights", load.precision.weight * load.model.parameters, "\(load.precision.weight.wholeText) × P"))
    }
    return lines
  }
}
