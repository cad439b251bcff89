import Objectives
import Recording
import Simulation
import Testing

@testable import Training

/// What `gradus step` opens is what the trainer did.
@Suite struct RecordedBatchTests {
  private static let runs: [(Trainer, [String])] = [
    (.sft, []), (.sft, ["gradient_accumulation_steps=2", "batch_size=4"]),
    (.reward, []), (.reward, ["gradient_accumulation_steps=2", "batch_size=4"]),
    (.dpo, []), (.dpo, ["gradient_accumulation_steps=2", "batch_size=4"]), (.dpo, ["loss_type=simpo"]),
    (.ppo, []), (.ppo, ["gradient_accumulation_steps=2", "batch_size=4"]),
    (.ppo, ["num_mini_batches=1", "whiten_scope=minibatch", "entropy_coef=0.01"]),
    (.grpo, []), (.grpo, ["num_iterations=2", "beta=0.1"]),
    (.grpo, ["gradient_accumulation_steps=2", "num_iterations=2", "beta=0.1", "batch_size=4"]),
    (.grpo, ["gradient_accumulation_steps=2", "batch_size=4", "loss_type=grpo"]),
  ]

  @Test(arguments: runs)
  func theLossIsTheTrainers(trainer: Trainer, options: [String]) throws {
    let run = try SmallRun(trainer)
    _ = try TrainingSession.train(run.configuration(["record=1"] + options), in: run.path(), resuming: false)
    let lines = try run.metrics()
    #expect(lines.count == 3)
    for line in lines {
      let batches = try run.batches(step: line.step)
      #expect(batches.count == (options.contains("gradient_accumulation_steps=2") ? 2 : 1))
      let losses = try batches.map { try #require(Self.loss($0)) }
      let mean = zip(losses, Self.shares(batches)).reduce(0) { $0 + $1.0 * $1.1 }
      let logged = try #require(line["loss"])
      #expect(abs(mean - logged) < 1e-5 * max(1, abs(logged)), "step \(line.step): \(losses), logged \(logged)")
    }
    #expect(Set(lines.compactMap { $0["loss"] }).count == 3)
  }

  private static func loss(_ batch: Batch) -> Double? {
    let trace = batch.record()
    guard let name = trace.glossary.index(ofName: "loss"),
      let term = trace.term(TermKey(name: name, i: -1, j: -1), at: trace.beats.count - 1)
    else { return nil }
    return trace.value(term)
  }

  /// How much each part counts: SFT's parts by tokens; parts divided by a step's tokens add up; others are averaged.
  private static func shares(_ batches: [Batch]) -> [Double] {
    switch batches.first?.contents {
    case .demonstrations:
      let tokens = batches.map { batch -> Double in
        guard case .demonstrations(let sequences) = batch.contents else { return 0 }
        return Double(sequences.reduce(0) { $0 + $1.tokens.count })
      }
      return tokens.map { $0 / tokens.reduce(0, +) }
    case .groups where GroupLoss.chosen(by: batches[0].settings).dividesByStep: return batches.map { _ in 1 }
    default: return batches.map { _ in 1 / Double(batches.count) }
    }
  }
}
