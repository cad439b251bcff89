import Foundation
import Transformers

/// Runs a method to its end: metrics, evaluations, samples, recordings and checkpoints at their times.
///
/// Every rank runs the same loop; the first one writes.
struct TrainingLoop {
  let run: RunDirectory
  let method: any TrainingMethod
  let title: String
  let ranks: any Ranks
  /// Told what takes its time, and how much of it is done; an empty text when that is over.
  var tell: (_ what: String, _ done: Int, _ all: Int) -> Void = { _, _, _ in }

  private var settings: TrainingSettings { run.configuration.settings }

  /// Trains, from the latest checkpoint if there is one. Returns false if the user stopped it.
  ///
  /// - Parameter say: Receives a line when it begins, and one with the outcome.
  func train(say: @escaping (String) -> Void) throws(TrainingError) -> Bool {
    let checkpoint = try ranks.latestCheckpoint(of: run)
    if let checkpoint { try method.restore(from: checkpoint.path) }
    let journal = ranks.isFirst ? try RunJournal(run, after: checkpoint?.step, of: method.totalSteps) : nil
    let rescue = Rescue(method, journal, say: say)
    ranks.whileWaiting { rescue.check(isBroken: $0) }
    defer { ranks.whileWaiting(nil) }
    say(beginning)
    var evaluation: [MetricValue] = []
    var best = BestCheckpoint(settings)
    if let checkpoint { try best?.restore(run, upTo: checkpoint.step, ranks) }
    var progress = ranks.isFirst ? ProgressBar(every: settings.integer(.loggingSteps)) : nil
    let clock = Rate(method.tokensDone)
    if checkpoint == nil {
      evaluation = try evaluated()
      if let value = try best?.value(in: evaluation) { best?.begin(value) }
      try journal?.append(step: 0, evaluation)
      try log(journal)
    }
    tell("taking the first step", 0, 0)
    while method.stepsDone < method.totalSteps, best?.isOver != true, !ranks.isAskedToStop {
      let before = method.stepsDone
      let records = try method.advance { ranks.isFirst && isTime(.record, $0 - 1, $0) }
      tell("", 0, 0)
      try journal?.checkPlace()
      for record in records { try journal?.write(record.batches, step: record.step) }
      let isLast = method.stepsDone >= method.totalSteps
      let isEvaluated = isLast || isTime(.evalSteps, before, method.stepsDone)
      let held = isEvaluated ? try evaluated() : []
      for record in records {
        try journal?.append(step: record.step, record.metrics + (record.step == records.last?.step ? held : []))
      }
      rescue.remember()
      if isEvaluated { try log(journal) }
      if !held.isEmpty { evaluation = held }
      if let last = records.last { progress?.show(state(last.metrics + evaluation, clock)) }
      if let step = records.first(where: \.isBroken)?.step {
        progress?.finish()
        throw diverged(at: step, journal)
      }
      let value = held.isEmpty ? nil : try best?.value(in: held)
      let isBest = value.map { best?.take($0, step: method.stepsDone) == true } ?? false
      if isLast || isBest || isTime(.saveSteps, before, method.stepsDone) {
        try ranks.compare(method.trained)
        try save(journal, keeping: best)
      }
    }
    progress?.finish()
    if let journal, journal.saved != method.stepsDone { try save(journal, keeping: best) }
    let isFinished = method.stepsDone >= method.totalSteps || best?.isOver == true
    if let journal { try finish(journal, best, isFinished: isFinished, say) }
    // Other ranks may now read what was written.
    ranks.meet()
    return isFinished
  }

  /// Writes the model and the report, and says how the run came out.
  private func finish(
    _ journal: RunJournal, _ best: BestCheckpoint?, isFinished: Bool, _ say: (String) -> Void
  ) throws(TrainingError) {
    if isFinished, method.stepsDone < method.totalSteps {
      try journal.end(after: method.stepsDone)
      say(
        "\(title): stopped after step \(method.stepsDone) of \(method.totalSteps): \(best?.metric ?? "") was not better for "
          + "\(settings.integer(.earlyStoppingPatience)) evaluations")
    }
    if isFinished, let best, let found = best.best {
      let loads = settings.flag(.loadBestModelAtEnd)
      if loads, found.step != method.stepsDone {
        try method.restoreResult(from: try run.checkpoints.checkpoint(step: found.step).path)
      }
      say(
        "\(title): the best \(best.metric) is \(Report.short(found.value)), after step \(found.step)"
          + (loads ? ", which is the run's model" : ": \(run.path)/\(CheckpointStore.name(found.step))")
          + (best.wasBetterBefore.map { "; before the first step it was \(Report.short($0)), which no step bettered" }
            ?? "")
      )
    }
    let report = try journal.finish(method.result)
    if !report.outcome.isEmpty { say("\(title): \(report.outcome)") }
  }

  private func evaluated() throws(TrainingError) -> [MetricValue] {
    tell("evaluating", 0, 0)
    defer { tell("", 0, 0) }
    return try method.evaluate()
  }

  /// Nothing can be saved any more; what was saved before stays.
  private func diverged(at step: Int, _ journal: RunJournal?) -> TrainingError {
    let saved = journal.map { journal in
      journal.saved.map { "; \(run.path) has the checkpoint of step \($0)" } ?? "; no checkpoint was written before"
    }
    return TrainingError(
      .diverged,
      "\(title): the loss or gradient of step \(step) is NaN or infinite, and the model would not recover: lower "
        + "learning_rate or max_grad_norm" + (saved ?? ""))
  }

  /// Whether an interval of the settings ended between two steps; one step may stand for several.
  private func isTime(_ option: TrainingOption, _ before: Int, _ after: Int) -> Bool {
    let interval = settings.integer(option)
    return interval > 0 && before / interval != after / interval
  }

  private func save(_ journal: RunJournal?, keeping best: BestCheckpoint?) throws(TrainingError) {
    try journal?.save(step: method.stepsDone, keeping: best?.best?.step) { folder throws(TrainingError) in
      try method.save(method.state, to: folder)
    }
  }

  private func log(_ journal: RunJournal?) throws(TrainingError) {
    // All ranks take part in writing them.
    let texts = try method.samples(settings.integer(.sampleTexts))
    try journal?.append(texts)
  }

  /// `grpo: 400 steps, batch_size 256, a model of 107,584 parameters; runs/grpo`
  private var beginning: String {
    let model = method.result.model
    let (all, trained) = (model.weightCount, model.trainedParameters.count)
    let size = ProgressBar.grouped(Double(all)) + " parameters"
    let parameters = model.isFrozen ? "\(size) and adapters of \(ProgressBar.grouped(Double(trained)))" : size
    let steps =
      method.stepsDone == 0 ? "\(method.totalSteps) steps" : "from step \(method.stepsDone) to \(method.totalSteps)"
    return
      "\(title): \(steps), batch_size \(settings.integer(.batchSize)), a model of \(parameters); \(run.path)"
  }

  private func state(_ metrics: [MetricValue], _ clock: Rate) -> ProgressBar.State {
    let numbers = method.headline.compactMap { name in metrics.first { $0.name == name } }
    return ProgressBar.State(
      title: title, step: method.stepsDone, total: method.totalSteps,
      numbers: numbers.map { MetricValue(Self.short($0.name), $0.value) },
      tokensPerSecond: clock.rate(method.tokensDone),
      secondsLeft: clock.left(done: method.stepsDone, of: method.totalSteps))
  }
}

extension TrainingLoop {
  /// `eval_accuracies` for `eval_rewards/accuracies`: the bar has room for the last part alone.
  static func short(_ name: String) -> String {
    guard let last = name.split(separator: "/").last, last.count < name.count else { return name }
    return (name.hasPrefix("eval_") ? "eval_" : "") + last
  }
}

/// The speed since the loop began.
private final class Rate {
  private let start = ContinuousClock.now
  private let tokens: Int
  private var firstStep: Int?

  init(_ tokens: Int) { self.tokens = tokens }

  private var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

  func rate(_ now: Int) -> Double { Double(now - tokens) / max(1e-9, seconds) }

  func left(done: Int, of total: Int) -> Double? {
    let first = firstStep ?? done
    firstStep = first
    return done > first ? seconds / Double(done - first + 1) * Double(total - done) : nil
  }
}
