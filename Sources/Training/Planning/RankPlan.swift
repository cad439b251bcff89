import Transformers

/// The memory and traffic of this program's own trainers under `mpirun`: every rank holds all weights, and its share of
/// each batch.
public struct RankPlan: Sendable {
  public let load: TrainingLoad
  public let ranks: Int
  /// Threads of a rank.
  public let workers: Int
  /// Tokens that a rank learns from in a step.
  public let tokens: Double
  public let memory: [PlanLine]
  /// Seconds of a step in which a rank computes, and in which its gradients travel.
  public let work, travel: PlanLine
  /// Bytes that a rank sends in a step, and receives.
  public let traffic: PlanLine

  /// A rank's memory in bytes, if it is known.
  public let limit: Double?

  public var fits: Bool? { limit.map { bytes <= $0 } }
  public var bytes: Double { memory.reduce(0) { $0 + $1.amount } }
  /// The share of a step in which a rank computes: if the gradients travel while the backward pass goes on, and if not.
  public var efficiency: (best: Double, worst: Double) {
    let exposed = max(0, travel.amount - work.amount * 2 / 3)
    return (work.amount / (work.amount + exposed), work.amount / (work.amount + travel.amount))
  }

  /// - Parameters:
  ///   - load: What is trained; its batch size is the whole batch's, of which each rank has a share.
  ///   - ranks: How many there are; `load.gpus` does not count.
  ///   - workers: Threads of a rank.
  ///   - limit: A rank's memory, in bytes.
  public init(_ load: TrainingLoad, ranks: Int, workers: Int = 1, limit: Double? = nil) {
    self.load = load
    self.limit = limit
    self.ranks = ranks
    self.workers = workers
    let share = (load.batchSize + ranks - 1) / ranks
    var own = load
    own.batchSize = share
    tokens = Double(own.accumulation) * own.distinctTokens
    memory = Self.memory(own, workers: workers)
    let parameters = load.model.parameters * load.trained
    // Where a step has several passes, what sampled without a critic is asked once more before the first of them.
    let again: Double = load.generates && !load.trainer.hasCritic && load.accumulation > 1 ? 1 : 0
    let passes = load.trained * 3 + load.frozen + load.askedBefore + again
    let speed = load.machine.flops * load.machine.utilisation * Double(workers)
    work = PlanLine(
      "arithmetic", passes * 2 * load.model.parameters * tokens / speed,
      "\(passes.wholeText) × 2 P × tokens / speed")
    let ring = 2 * Double(ranks - 1) / Double(ranks)
    let count = load.trained > 1 ? "2 P" : "P"
    traffic = PlanLine("gradients", ring * 4 * parameters, "2 (N − 1)/N × 4 × \(count)")
    travel = PlanLine("traffic", ring * 4 * parameters / load.machine.bandwidth, "bytes / bandwidth")
  }

  private static func memory(_ load: TrainingLoad, workers: Int) -> [PlanLine] {
    let model = load.model
    let shape = model.shape
    let (trained, frozen) = (load.trained, load.frozen)
    let count = trained > 1 ? "2 P" : "P"
    // Each matrix is packed for the products of the forward pass; a small model's for those of the backward pass as well.
    let packed = Double(shape.packedNumbers)
    let tokens = load.distinctTokens
    var lines = [
      PlanLine("weights", 4 * trained * model.parameters, "4 × \(count)"),
      PlanLine("gradient", 4 * trained * model.parameters, "4 × \(count)"),
      PlanLine("Adam", 8 * trained * model.parameters, "8 × \(count): m and v"),
      PlanLine(
        "packed weights", 4 * trained * packed,
        "4 × numbers of the matrices" + (shape.isPackedTwice ? ", for forward and for back" : "")),
    ]
    if frozen > 0 {
      lines.append(
        PlanLine("frozen models", 4 * frozen * model.parameters, "\(frozen.wholeText) × 4 P; half in bfloat16"))
    }
    lines += [
      PlanLine(
        "activations", 4 * trained * tokens * Double(shape.activationNumbersPerToken),
        "4 × \(shape.activationNumbersPerToken) × tokens"),
      PlanLine(
        "backward pass", 4 * trained * tokens * Double(shape.gradientNumbersPerToken),
        "4 × \(shape.gradientNumbersPerToken) × tokens: a layer at a time"),
    ]
    if shape.head == .language, !load.trainer.scores {
      let rows = load.sequences * Double(load.generates ? load.completionLength : load.maxLength)
      let atATime = min(rows, Double(1 << 24) / model.vocabulary) + Double(workers) * min(rows, 256)
      lines.append(
        PlanLine(
          "logits", 4 * atATime * model.vocabulary, "4 V × rows at a time, at most 2²⁴ numbers and 256 rows a thread"))
    }
    if load.generates {
      lines.append(
        PlanLine(
          "key-value cache",
          4 * model.cachedNumbersPerToken * Double(load.batchSize) * Double(load.maxLength),
          "4 × 2 L × \(shape.keySize) × responses × s: keys and values of \(shape.keySize) columns"))
    }
    return lines
  }
}
