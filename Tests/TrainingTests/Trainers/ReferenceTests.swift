import Testing
import Transformers

@testable import Training

/// What a run compares with: asked when it is needed, or for everything at once, and the same when the run goes on.
@Suite struct ReferenceTests {
  private func weights(_ trainer: Trainer, _ options: String...) throws -> UInt64 {
    let run = try SmallRun(trainer)
    _ = try TrainingSession.train(
      run.configuration(["max_steps=4"] + options), in: run.path(), resuming: false)
    return try LanguageModel.read("\(run.path())/model").model.parameters.checksum
  }

  @Test func whenTheReferenceIsAskedChangesNoBit() throws {
    let lazily = try weights(.dpo)
    #expect(try weights(.dpo, "precompute_ref_log_probs=true") == lazily)
    #expect(try weights(.dpo, "precompute_ref_log_probs=true", "loss_type=ipo") != lazily)
  }

  @Test(arguments: [Trainer.dpo, .kto]) func aRunThatGoesOnAsksAgainForTheSame(trainer: Trainer) throws {
    let straight = try SmallRun(trainer)
    try straight.train("max_steps=4")
    let run = try SmallRun(trainer)
    try run.train("max_steps=2")
    _ = try TrainingSession.train(
      run.configuration([]), in: run.path(), resuming: true, assignments: ["max_steps=4"])
    func checksum(_ run: SmallRun) throws -> UInt64 {
      try LanguageModel.read("\(run.path())/model").model.parameters.checksum
    }
    #expect(try checksum(run) == checksum(straight))
  }

  @Test func anotherReferenceIsRefused() throws {
    let run = try SmallRun(.dpo)
    try run.endEarly()
    try run.train("max_steps=1")
    let model = try LanguageModel.read(run.model, workers: Workers(1))
    model.model.parameters.values[0] += 1
    try model.write(to: run.model)
    let error = #expect(throws: TrainingError.self) {
      try TrainingSession.train(run.configuration([]), in: run.path(), resuming: true, assignments: ["max_steps=2"])
    }
    #expect(error?.message.hasPrefix("\(run.model): has other weights than when the run began") == true)
  }
}
