import Foundation
import Transformers

/// Runs a method to its end: metrics, evaluations, samples, recordings and checkpoints at their times.
struct TrainingLoop {
  let run: RunDirectory
  let method: any TrainingMethod
  let title: String

  private var settings: TrainingSettings { run.configuration.settings }

  /// Trains, from the latest checkpoint if there is one. Returns false if the user stopped it.
  ///
  /// - Parameter say: Told in a line each what begins and what came of it.
  func train(say: (String) -> Void) throws(TrainingError) -> Bool {
    let checkpoint = try run.checkpoints.latest()
    if let checkpoint { try method.restore(from: checkpoint.path) }
    say(beginning)
    var evaluation: [MetricValue] = []
    let metrics = try run.metrics(after: checkpoint?.step ?? -1, of: method.totalSteps)
    let samples = try run.samples(after: checkpoint?.step ?? -1, beside: metrics)
    var progress = ProgressBar(every: settings.integer(.loggingSteps))
    let clock = Rate(method.tokensDone)
    if checkpoint == nil {
      evaluation = try method.evaluate()
      if !evaluation.isEmpty { try metrics.append(step: 0, evaluation) }
      try log(step: 0, samples)
    }
    var saved = checkpoint?.step ?? 0
    while method.stepsDone < method.totalSteps, !Interruption.isRequested {
      let before = method.stepsDone
      let records = try method.advance { isTime(.record, $0 - 1, $0) }
      for record in records { try write(record.batches, step: record.step) }
      let isLast = method.stepsDone >= method.totalSteps
      let held = isLast || isTime(.evalSteps, before, method.stepsDone) ? try method.evaluate() : []
      for record in records {
        try metrics.append(step: record.step, record.metrics + (record.step == records.last?.step ? held : []))
      }
      if isLast || isTime(.evalSteps, before, method.stepsDone) { try log(step: method.stepsDone, samples) }
      if !held.isEmpty { evaluation = held }
      if let last = records.last { progress.show(state(last.metrics + evaluation, clock)) }
      if isLast || isTime(.saveSteps, before, method.stepsDone) {
        try save(metrics, samples)
        saved = method.stepsDone
      }
    }
    progress.finish()
    if saved != method.stepsDone || (method.stepsDone == 0 && checkpoint == nil) { try save(metrics, samples) }
    try method.result.write(to: run.model)
    let report = try run.writeReport()
    if !report.outcome.isEmpty { say("\(title): \(report.outcome)") }
    return method.stepsDone >= method.totalSteps
  }

  /// Whether an interval of the settings ended between two steps; one step may stand for several.
  private func isTime(_ option: TrainingOption, _ before: Int, _ after: Int) -> Bool {
    let interval = settings.integer(option)
    return interval > 0 && before / interval != after / interval
  }

  private func save(_ metrics: MetricsLog, _ samples: SampleLog) throws(TrainingError) {
    try metrics.synchronize()
    try samples.synchronize()
    _ = try run.checkpoints.save(step: method.stepsDone) { folder throws(TrainingError) in
      try method.save(to: folder)
    }
  }

  private func log(step: Int, _ log: SampleLog) throws(TrainingError) {
    for sample in try method.samples(settings.integer(.sampleTexts)) {
      try log.append(
        Sample(step: step, prompt: sample.prompt, completion: sample.completion, reward: sample.reward))
    }
  }

  private func write(_ batches: [String], step: Int) throws(TrainingError) {
    for (part, batch) in batches.enumerated() {
      try run.writeBatch(batch, step: step, part: batches.count == 1 ? nil : part + 1)
    }
  }

  /// `grpo: 400 steps, batch_size 256, a model of 107,584 parameters; runs/grpo`
  private var beginning: String {
    let parameters = ProgressBar.grouped(Double(method.result.model.parameters.count))
    let steps =
      method.stepsDone == 0 ? "\(method.totalSteps) steps" : "from step \(method.stepsDone) to \(method.totalSteps)"
    return
      "\(title): \(steps), batch_size \(settings.integer(.batchSize)), a model of \(parameters) parameters; \(run.path)"
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

/// How fast it goes since the loop began.
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
