import Foundation
import Synchronization
import Testing

@testable import Training
@testable import Transformers

/// Several ranks come to what one comes to.
@Suite struct RankTests {
  @Test(arguments: Trainer.all, [2, 3])
  func theNumberOfRanksChangesNothingButRounding(trainer: Trainer, count: Int) throws {
    let run = try SmallRun(trainer)
    var options = ["max_steps=4"]
    if !trainer.samples { options += ["gradient_accumulation_steps=2", "batch_size=4"] }
    // What two texts have in common cancels out in their difference. Adam divides by the gradient's size: without this,
    // rounding decides where that is nearly 0.
    if trainer == .reward { options.append("adam_epsilon=0.0001") }
    let together = try run.configuration(options)
    _ = try TrainingSession.train(together, in: run.path("alone"), resuming: false)
    let folder = run.path("together")
    let finished = try ThreadRanks.run(count) { ranks in
      let isFinished = try TrainingSession.train(together, in: folder, resuming: false, ranks: ranks)
      return isFinished && ranks.sums.load(ordering: .relaxed) >= 4
    }
    #expect(finished == Array(repeating: true, count: count))
    let (one, many) = (try run.parameters("alone"), try run.parameters("together"))
    #expect(one.count == many.count && one.count > 20_000)
    let largest = zip(one, many).map { abs($0 - $1) }.max() ?? 1
    #expect(largest < 1e-5, "\(trainer) \(count): \(largest)")
    let (alone, all) = (try run.metrics(in: "alone"), try run.metrics(in: "together"))
    #expect(alone.map(\.step) == all.map(\.step))
    for (a, b) in zip(alone, all) {
      #expect(a.values.map(\.name) == b.values.map(\.name))
      for (x, y) in zip(a.values, b.values) {
        #expect(abs(x.value - y.value) < 1e-4 * max(1, abs(x.value)), "\(x.name) \(x.value) \(y.value)")
      }
    }
    // The texts are the same ones, since every prompt has random numbers of its own.
    let texts = try ["alone", "together"].map { try SampleLog.read("\(run.path($0))/samples.jsonl") }
    #expect(texts[0].map(\.completion) == texts[1].map(\.completion) && !texts[0].isEmpty)
  }
}
