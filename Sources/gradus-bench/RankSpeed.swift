import Autodiff
import Distribution
import Foundation
import Training
import Transformers

/// How fast several ranks train together, against one of them alone while the others wait:
///
///     mpirun -np 2 gradus-bench ranks
///
/// A rank's efficiency is its share of the speed together over the speed alone, with as many threads each.
func measureRanks() throws {
  let ranks = try Launch.ranks()
  guard ranks.count > 1 else {
    return row("ranks", "start it by mpirun -np 2 … ranks, with the trait MPI")
  }
  defer { ranks.leave() }
  let timing = RankTiming(ranks: ranks)
  if ranks.isFirst { heading("\(ranks.count) ranks of \(ranks.processors) threads; efficiency per rank") }
  for size in [ModelSize.small, .large] {
    let tokens = Double(size.sequences * size.length)
    let alone = try tokens / timing.alone { SharedStep(size, Workers(ranks.processors)) }
    try timing.report("training \(size.name)", id: "training.\(size.id)", alone: alone, unit: "tokens/s") {
      try tokens / timing.together(SharedStep(size, Workers(ranks.processors, ranks: ranks)))
    }
    try timing.report("  sums after the backward pass", id: "late.\(size.id)", alone: alone, unit: "tokens/s") {
      try tokens / timing.together(SharedStep(size, Workers(ranks.processors, ranks: ranks), overlaps: false))
    }
    for trainer in [Trainer.grpo, .dpo] {
      let amount = trainer == .dpo ? 16.0 : 1024
      let alone = try amount / timing.alone { try TimedStep(trainer, size, Workers(ranks.processors)) }
      try timing.report(
        "\(trainer.rawValue) \(size.name)", id: "\(trainer.rawValue).\(size.id)", alone: alone,
        unit: trainer == .dpo ? "pairs/s" : "tokens/s"
      ) {
        try amount / timing.together(TimedStep(trainer, size, Workers(ranks.processors, ranks: ranks)))
      }
    }
  }
}

/// Something that is measured step by step, on one rank or on all of them.
private protocol Steps { func step() throws }

/// A forward and a backward pass, the sum of the gradient and AdamW.
private struct SharedStep: Steps {
  private let model: Transformer
  private let optimizer: AdamW
  private let gradient: Parameters
  private let batch: TokenBatch
  private let overlaps: Bool

  init(_ size: ModelSize, _ workers: Workers, overlaps: Bool = true) {
    model = Transformer(size.configuration, seed: 1, workers: workers)
    optimizer = AdamW(for: model)
    gradient = Parameters(count: model.parameters.count)
    var random = RandomStream(seed: 1, purpose: 1)
    let sequences = size.randomSequences(&random)
    batch = TokenBatch.scoring(sequences, from: sequences.map { _ in 1 })
    self.overlaps = overlaps
  }

  func step() {
    let (ranks, rows) = (model.workers.ranks, [Float](repeating: -1 / Float(batch.rowCount), count: batch.rowCount))
    gradient.clear()
    model.forward(batch, keepsActivations: true).backward(rows, into: gradient, isLast: overlaps)
    if !overlaps { ranks.beginSum(gradient[0..<gradient.count]) }
    ranks.finishSums()
    optimizer.step(gradient, scale: min(1, 1 / gradient.norm(model.workers)), learningRate: 1e-3)
  }
}

private struct TimedStep: Steps {
  private let trainer: TimedTrainer

  init(_ trainer: Trainer, _ size: ModelSize, _ workers: Workers) throws {
    var shape = TimedTrainer.Shape()
    if trainer == .dpo { (shape.responses, shape.promptLength) = (16, 32) }
    self.trainer = try TimedTrainer(trainer, size.configuration, alphabet: alphabet, shape: shape, workers: workers)
  }

  func step() throws { try trainer.step() }
}

/// Clocks that all ranks start together.
private struct RankTiming {
  let ranks: any Ranks

  /// Seconds of a step by the first rank, for which the others wait.
  func alone<Work: Steps>(_ make: () throws -> Work) throws -> Double {
    defer { _ = ranks.exchange([]) }
    return ranks.isFirst ? try seconds(make()) : .nan
  }

  /// Seconds of a step by all of them.
  func together<Work: Steps>(_ work: Work) throws -> Double { try seconds(work) }

  /// The shortest of some steps; as many on every rank, since they wait for each other.
  private func seconds<Work: Steps>(_ work: Work) throws -> Double {
    try work.step()
    return try (0..<12).map { _ in
      let start = ContinuousClock.now
      try work.step()
      return (ContinuousClock.now - start) / .seconds(1)
    }.min() ?? .nan
  }

  func report(
    _ name: String, id: String, alone: Double, unit: String, _ speed: () throws -> Double
  ) throws {
    let together = try speed()
    guard ranks.isFirst else { return }
    row(name, together, unit, id: "ranks.\(id)")
    row("  alone", "\(rounded(alone, together < 100 ? 10 : 1)) \(unit)")
    row("  efficiency", 100 * together / alone / Double(ranks.count), "%", id: "efficiency.\(id)")
  }
}
