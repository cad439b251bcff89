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
      let fields = try JSONReader.read(withoutNaN(bytes)).object("the trainer's state")
      let lines = try lines(fields.required("log_history"))
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

  /// Entries of one step make one line: transformers logs training and evaluation apart.
  private static func lines(_ history: Document) throws(DocumentError) -> [MetricsLog.Line] {
    var values: [Int: [MetricValue]] = [:]
    for entry in try history.list("log_history") {
      let fields = try entry.object("an entry of log_history")
      let step = try fields.required("step").integer("step")
      for member in fields.members where !["step", "epoch"].contains(member.key) && !isOfTheClock(member.key) {
        if values[step]?.contains(where: { $0.name == member.key }) == true { continue }
        switch member.value.value {
        case .number(let number): values[step, default: []].append(MetricValue(member.key, number))
        case .null: values[step, default: []].append(MetricValue(member.key, .nan))
        default: break
        }
      }
    }
    return values.sorted { $0.key < $1.key }.map { MetricsLog.Line(step: $0.key, $0.value) }
  }

  /// `train_runtime` and the like describe the whole run, at its last step, and say nothing about the model.
  private static func isOfTheClock(_ name: String) -> Bool {
    name == "total_flos" || name == "train_loss"
      || ["_runtime", "_samples_per_second", "_steps_per_second"].contains(where: name.hasSuffix)
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

  /// Replaces Python's `NaN` and `Infinity`, which are not JSON, by `null`.
  static func withoutNaN(_ bytes: [UInt8]) -> [UInt8] { replacingNaN(bytes) { _ in "null" } }

  /// Replaces Python's `NaN`, `Infinity` and `-Infinity` outside of strings.
  static func replacingNaN(_ bytes: [UInt8], by replacement: (String) -> String) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var (isInString, i) = (false, 0)
    while i < bytes.count {
      let byte = bytes[i]
      if isInString {
        if byte == UInt8(ascii: "\\"), i + 1 < bytes.count {
          result.append(byte)
          i += 1
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
      } else if byte == UInt8(ascii: "\"") {
        isInString = true
      } else if let word = ["NaN", "Infinity", "-Infinity"].first(where: { bytes[i...].starts(with: $0.utf8) }) {
        result += replacement(word).utf8
        i += word.utf8.count
        continue
      }
      result.append(bytes[i])
      i += 1
    }
    return result
  }
}
