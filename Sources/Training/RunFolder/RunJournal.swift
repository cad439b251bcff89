/// Writes a run's files: metrics, texts, batches and checkpoints, and at its end the model and the report. Where several
/// processes train together, only the first has a journal.
final class RunJournal {
  private let run: RunDirectory
  private let metrics: MetricsLog
  private let samples: SampleLog
  private let place: RunPlace
  /// The step of the latest checkpoint.
  private(set) var saved: Int?

  /// Continues after a checkpoint's step, or begins a run of so many steps.
  init(_ run: RunDirectory, after step: Int?, of total: Int) throws(TrainingError) {
    self.run = run
    place = try RunPlace(run.path)
    metrics = try run.metrics(after: step ?? -1, of: total)
    samples = try run.samples(after: step ?? -1, beside: metrics)
    saved = step
  }

  /// Throws if the run's folder is no longer where it was.
  func checkPlace() throws(TrainingError) { try place.check() }

  func append(step: Int, _ values: [MetricValue]) throws(TrainingError) {
    if !values.isEmpty { try metrics.append(step: step, values) }
  }

  func append(_ texts: [Sample]) throws(TrainingError) {
    for text in texts { try samples.append(text) }
  }

  func write(_ batches: [String], step: Int) throws(TrainingError) {
    for (part, batch) in batches.enumerated() {
      try run.writeBatch(batch, step: step, part: batches.count == 1 ? nil : part + 1)
    }
  }

  /// Remembers that the run ends here, before the last of its steps.
  func end(after step: Int) throws(TrainingError) { try run.writeTotal(step) }

  /// Saves a checkpoint, which `write` fills, after flushing the logs; that of the step `best` is kept.
  func save(step: Int, keeping best: Int? = nil, _ write: (_ folder: String) throws(TrainingError) -> Void)
    throws(TrainingError)
  {
    try metrics.synchronize()
    try samples.synchronize()
    try run.checkpoints.save(step: step, keeping: best, write: write)
    saved = step
  }

  /// Writes the resulting model, in as many bits as it began with, and the report.
  func finish(_ model: LanguageModel) throws(TrainingError) -> Report {
    try model.write(to: run.model, roundingAsRead: true)
    return try run.writeReport()
  }
}
