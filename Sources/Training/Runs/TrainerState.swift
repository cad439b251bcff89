import Diagnosis
import Documents

/// `trainer_state.json`, in which transformers' `Trainer`, and so TRL, keeps what it logged.
enum TrainerState {
  private static let name = "trainer_state.json"

  /// The newest such file of an output folder: its own, or that of its last checkpoint.
  static func newest(in folder: String) -> String? {
    let checkpoints = RunFile.entries(folder).filter { $0.hasPrefix("checkpoint-") }
    let files = (["."] + checkpoints).map { $0 == "." ? "\(folder)/\(name)" : "\(folder)/\($0)/\(name)" }
    return files.filter(RunFile.exists).max { RunReader.timeWritten($0) < RunReader.timeWritten($1) }
  }

  static func run(_ folder: String, from file: String) throws(TrainingError) -> RecordedRun {
    let bytes = try RunFile.read(file)
    do throws(DocumentError) {
      let fields = try JSONReader.read(PythonJSON.quotingNaN(bytes)).object("the trainer's state")
      let lines = try RunRecord.rows(history: fields.required("log_history")).map { row in
        MetricsLog.Line(step: row.step, row.values.map { MetricValue($0.name, $0.value) })
      }
      let total = try fields.optional("max_steps")?.integer("max_steps")
      let step = try fields.required("global_step").integer("global_step")
      return RecordedRun(
        path: folder, name: folder, trainer: "TRL",
        state: total.map { step >= $0 } == true ? .finished : .stopped, total: total,
        written: RunReader.timeWritten(file), settings: try settings(fields), metrics: MetricSummary(lines))
    } catch {
      throw TrainingError(error, in: file)
    }
  }

  /// The few options in the file, under their names here.
  private static func settings(_ fields: Fields) throws(DocumentError) -> [RecordedRun.Setting] {
    let names = [
      ("train_batch_size", "batch_size"), ("max_steps", "max_steps"), ("num_train_epochs", "num_train_epochs"),
      ("logging_steps", "logging_steps"), ("eval_steps", "eval_steps"), ("save_steps", "save_steps"),
    ]
    var settings: [RecordedRun.Setting] = []
    for (theirs, ours) in names {
      guard case .number(let number)? = fields.optional(theirs)?.value else { continue }
      settings.append(RecordedRun.Setting(name: ours, value: NumberText.full(number)))
    }
    return settings
  }
}
