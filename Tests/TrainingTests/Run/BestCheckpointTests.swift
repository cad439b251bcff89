import Testing
import Transformers

@testable import Training

/// The best checkpoint by a metric, and the end of a run that gets no better.
@Suite struct BestCheckpointTests {
  private func best(_ options: String...) throws -> BestCheckpoint? {
    var run = RunConfiguration(.sft)
    try run.apply(options)
    return BestCheckpoint(run.settings)
  }

  @Test func nobodyAskedForIt() throws { #expect(try best() == nil) }

  @Test(arguments: [
    (["early_stopping_patience=2"], [3.0, 2, 2.5, 1.5, 1.5, 9], 4),
    (["metric_for_best_model=eval_reward"], [3.0, 2, 2.5, 1.5, 1.5, 9], 6),
    (["metric_for_best_model=loss", "greater_is_better=true"], [3.0, 4, 2], 2),
    (["load_best_model_at_end=true"], [.nan, 4.0, .nan], 2),
  ])
  func theBestIsTheLowestLossOrTheHighestOfAnythingElse(options: [String], values: [Double], step: Int) throws {
    var run = RunConfiguration(.sft)
    try run.apply(options)
    var best = try #require(BestCheckpoint(run.settings))
    for (number, value) in values.enumerated() { _ = best.take(value, step: number + 1) }
    #expect(best.best?.step == step)
  }

  @Test func patienceEndsAfterSoManyInARow() throws {
    var best = try #require(try best("early_stopping_patience=2"))
    let over = [3.0, 4, 2, 2, 5].enumerated().map { number, value in
      _ = best.take(value, step: number + 1)
      return best.isOver
    }
    #expect(over == [false, false, false, false, true])
  }

  /// A run whose rate is so high that it only gets worse.
  private static let worse = [
    "learning_rate=1", "max_grad_norm=none", "max_steps=12", "eval_steps=2", "save_steps=0", "save_total_limit=1",
    "early_stopping_patience=2",
  ]

  private func run(_ options: [String]) throws -> (run: SmallRun, said: [String]) {
    let run = try SmallRun(.sft)
    var configuration = try run.configuration(Self.worse + options)
    configuration[.evalDataset] = configuration[.dataset]
    var said: [String] = []
    #expect(try TrainingSession.train(configuration, in: run.path(), resuming: false, say: { said.append($0) }))
    return (run, said)
  }

  @Test func aRunThatGetsNoBetterEndsAndKeepsItsBestCheckpoint() throws {
    let (run, said) = try run([])
    let lines = try run.metrics().filter { $0["eval_loss"] != nil && $0.step > 0 }
    let best = try #require(lines.min { ($0["eval_loss"] ?? .infinity) < ($1["eval_loss"] ?? .infinity) })
    let last = try #require(lines.last)
    #expect(last.step == best.step + 4 && last.step < 12)
    #expect(said.contains { $0.contains("stopped after step \(last.step) of 12: eval_loss was not better") })
    let told = said.first { $0.contains("the best eval_loss is") }
    #expect(told?.contains("after step \(best.step): \(run.path())/\(CheckpointStore.name(best.step))") == true)
    #expect(told?.contains("before the first step it was") == true)
    let store = CheckpointStore(folder: run.path(), limit: 0)
    #expect(store.steps == [best.step, last.step])
    #expect(try RunReader.read(run.path()).state == .finished)
    // It does not go on from there.
    #expect(try TrainingSession.train(run.configuration([]), in: run.path(), resuming: true))
    #expect(try run.metrics().last?.step == last.step)
  }

  @Test func theBestCheckpointBecomesTheModel() throws {
    let (run, _) = try run(["load_best_model_at_end=true"])
    let best = try #require(CheckpointStore(folder: run.path(), limit: 0).steps.first)
    let checkpoint = "\(run.path())/\(CheckpointStore.name(best))/model"
    let (theirs, ours) = (try LanguageModel.read(checkpoint), try LanguageModel.read("\(run.path())/model"))
    #expect(theirs.model.parameters.checksum == ours.model.parameters.checksum)
  }

  @Test func aMetricThatIsNotThereIsAnErrorBeforeAnythingIsTrained() throws {
    let run = try SmallRun(.sft)
    var configuration = try run.configuration(["metric_for_best_model=acuracy", "eval_steps=1"])
    #expect(
      throws: TrainingError(
        .usage, "eval_acuracy is to tell which checkpoint is best, but nothing is evaluated: give --eval-dataset")
    ) { try TrainingSession.train(configuration, in: run.path(), resuming: false) }
    configuration[.evalDataset] = configuration[.dataset]
    #expect(
      throws: TrainingError(
        .usage, "metric_for_best_model: there is no eval_acuracy; the evaluation has: eval_loss")
    ) { try TrainingSession.train(configuration, in: run.path(), resuming: false) }
    #expect(!RunFile.exists(run.path()))
  }
}
