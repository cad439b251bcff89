import Autodiff
import Distribution
import Foundation
import Training
import Transformers

/// How fast several ranks train together, compared with one of them alone while the others wait:
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
  let (one, all) = (Workers(ranks.processors), Workers(ranks.processors, ranks: ranks))
  if ranks.isFirst { heading("\(ranks.count) ranks of \(ranks.processors) threads; efficiency per rank") }
  for size in [ModelSize.small, .large] {
    let tokens = Double(size.sequences * size.length)
    try timing.measure("training \(size.name)", id: "training.\(size.id)", tokens, "tokens/s") {
      [SharedStep(size, one), SharedStep(size, all), SharedStep(size, all, overlaps: false)]
    }
    for trainer in [Trainer.grpo, .dpo] {
      let (amount, unit) = trainer.learnsPairs ? (16.0, "pairs/s") : (1024, "tokens/s")
      try timing.measure("\(trainer.name) \(size.name)", id: "\(trainer.name).\(size.id)", amount, unit) {
        [try TimedStep(trainer, size, one), try TimedStep(trainer, size, all)]
      }
    }
  }
}

/// Work that is measured step by step, on one rank or on all of them.
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
    if trainer.learnsPairs { (shape.responses, shape.promptLength) = (16, 32) }
    self.trainer = try TimedTrainer(trainer, size.configuration, alphabet: alphabet, shape: shape, workers: workers)
  }

  func step() throws { try trainer.step() }
}

/// Timing in which all ranks take part.
private struct RankTiming {
  let ranks: any Ranks
  /// Each round measures all ways in turn, so that a machine that slows down does so for all.
  private let rounds = 15

  /// Measures three ways of doing the same: alone, by all ranks, and by all ranks with the sums after the backward pass.
  func measure<Work: Steps>(
    _ name: String, id: String, _ amount: Double, _ unit: String, _ ways: () throws -> [Work]
  ) throws {
    let ways = try ways()
    var best = ways.map { _ in Double.infinity }
    for _ in 0..<rounds {
      for (way, work) in ways.enumerated() {
        // Every rank must take the same number of steps, since they wait for each other.
        guard way > 0 || ranks.isFirst else { continue }
        let start = ContinuousClock.now
        try work.step()
        best[way] = min(best[way], (ContinuousClock.now - start) / .seconds(1))
      }
      _ = ranks.exchange([])
    }
    guard ranks.isFirst else { return }
    row(name, amount / best[1], unit, id: "ranks.\(id)")
    row("  alone", "\(rounded(amount / best[0], 10)) \(unit)")
    row("  efficiency", efficiency(best[1], best[0]), "%", id: "efficiency.\(id)")
    if ways.count > 2 {
      row("  efficiency without overlap", efficiency(best[2], best[0]), "%", id: "efficiency.late.\(id)")
    }
  }

  private func efficiency(_ together: Double, _ alone: Double) -> Double {
    100 * alone / together / Double(ranks.count)
  }
}
