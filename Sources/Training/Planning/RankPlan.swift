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
  public let memory: RankMemory
  /// Seconds of a step in which a rank computes, and in which its gradients travel.
  public let work, travel: PlanLine
  /// Bytes that a rank sends in a step, and receives.
  public let traffic: PlanLine

  /// A rank's memory in bytes, if it is known.
  public let limit: Double?

  public var fits: Bool? { limit.map { bytes <= $0 } }
  public var bytes: Double { memory.peak }
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
    memory = RankMemory(own, workers: workers)
    let gradients = load.trainedNumbers * load.trained
    // Where a step has several passes, what sampled without a critic is asked once more before the first of them.
    let again: Double = load.generates && !load.trainer.hasCritic && load.accumulation > 1 ? 1 : 0
    let learning = load.learningPasses + (RankMemory.isCheckpointed(load) ? 1 : 0)
    let passes = load.trained * learning + load.frozen + load.askedBefore + again
    let speed = load.machine.flops * load.machine.utilisation * Double(workers)
    work = PlanLine(
      "arithmetic", passes * 2 * load.model.parameters * tokens / speed,
      "\(passes.wholeText) × 2 P × tokens / speed")
    let ring = 2 * Double(ranks - 1) / Double(ranks)
    traffic = PlanLine("gradients", ring * 4 * gradients, "2 (N − 1)/N × 4 × \(load.trainedText)")
    travel = PlanLine("traffic", ring * 4 * gradients / load.machine.bandwidth, "bytes / bandwidth")
  }
}
