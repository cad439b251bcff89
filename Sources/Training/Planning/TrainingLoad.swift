public import Transformers

/// What is trained, and on what: everything that a plan is computed from.
public struct TrainingLoad: Sendable {
  /// How numbers are kept while a GPU trains.
  public enum Precision: String, CaseIterable, Sendable {
    /// Mixed precision: 16 bits to compute with, and Adam with a master copy in 32.
    case bf16
    case fp32

    /// Bytes of a weight, and of its gradient.
    var weight: Double { self == .bf16 ? 2 : 4 }
    /// Bytes that Adam keeps for a weight: m and v, and with 16 bits the master copy.
    var optimizer: Double { self == .bf16 ? 12 : 8 }
  }

  public var trainer: Trainer
  public var model: PlannedModel
  /// N in the formulas.
  public var gpus: Int
  public var precision = Precision.bf16
  /// Examples, pairs or responses of a GPU per forward and backward pass.
  public var batchSize = 4
  /// A in the formulas: passes per optimizer step.
  public var accumulation = 1
  /// s in the formulas: tokens of a sequence, prompt and response together.
  public var maxLength = 2048
  /// c in the formulas: how many of them are generated.
  public var completionLength = 1024
  /// n in the formulas: responses to each prompt, neighbours in a batch.
  public var generations = 1
  /// Whether log-probabilities of a frozen copy are needed.
  public var hasReference: Bool
  /// The adapters, if they alone are trained.
  public var lowRank: LowRank?
  public var machine = Machine()

  /// The capabilities of a GPU.
  public struct Machine: Sendable {
    /// NVIDIA A100 SXM 80 GB, data sheet of 2021: bf16, HBM2e, NVLink in one direction.
    public var memory = 80e9
    /// Operations per second.
    public var flops = 312e12
    /// The share of them that training reaches; Chowdhery et al. 2022, PaLM, table 3: 0.21 to 0.46.
    public var utilisation = 0.4
    /// Bytes per second to and from the GPU's own memory.
    public var memoryBandwidth = 2039e9
    /// Bytes per second that a GPU sends to the next one, while it receives as many.
    public var bandwidth = 300e9

    public init() {}
  }

  public init(_ trainer: Trainer, _ model: PlannedModel, gpus: Int) {
    (self.trainer, self.model, self.gpus) = (trainer, model, gpus)
    // As this program's own standards are: grpo's beta is 0, which needs no reference.
    hasReference = trainer.usesReference
    if trainer.samplesGroups { generations = TrainingSettings(trainer).integer(.numGenerations) }
  }

  /// Sequences of a pass: pairs are two.
  var sequences: Double { Double(trainer.learnsPairs ? 2 * batchSize : batchSize) }
  /// The tokens of all passes of a step in formulas.
  var sequencesText: String { accumulation > 1 ? "A b s" : "b s" }
  /// Tokens of a pass on a GPU.
  var tokens: Double { sequences * Double(maxLength) }
  /// Tokens of a step on a GPU.
  var tokensPerStep: Double { Double(accumulation) * tokens }

  /// Tokens of a pass through this program's own models, which take a prompt once for all responses to it.
  var distinctTokens: Double {
    guard sharesPrompts else { return tokens }
    let prompts = Double((batchSize + generations - 1) / generations)
    return Double(batchSize * completionLength) + prompts * Double(maxLength - completionLength)
  }
  var sharesPrompts: Bool { generates && generations > 1 }

  /// Numbers of a model that are trained, and their letter in the formulas: P, or A where these are adapters.
  var trainedNumbers: Double { lowRank.map { Double(model.shape.adapterNumbers($0)) } ?? model.parameters }
  var trainedText: String { (trained > 1 ? "2 " : "") + (lowRank == nil ? "P" : "A") }
  /// Passes over all weights that learning from a batch takes: with adapters, no weight's gradient is computed.
  var learningPasses: Double { lowRank == nil ? 3 : 2 }

  /// Models that are trained: a critic beside the policy.
  var trained: Double { trainer.hasCritic ? 2 : 1 }
  public var generates: Bool { trainer.samples }
  /// Models that are only asked: the reference, a reward model, a teacher.
  var frozen: Double {
    [hasReference, trainer.takesRewardModel, trainer.takesTeacher].reduce(0) { $0 + ($1 ? 1 : 0) }
  }
  /// Passes that are asked of the trained models before they learn: with a critic, policy and critic as they sampled.
  var askedBefore: Double { trainer.hasCritic ? 2 : 0 }
}
