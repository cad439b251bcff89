import Objectives

extension BuiltInTask {
  /// The prefix of a built-in task's name in the place of a data file: `task:addition`.
  public static let prefix = "task:"

  /// Default settings that suit the task, tuned with the trainers.
  func standards(for trainer: Trainer) -> [(name: String, value: String)] {
    trainer.suited.first { $0.task == name }?.options ?? (trainer.samples ? sampled : [])
  }

  /// What suits it whichever trainer samples.
  private var sampled: [(name: String, value: String)] {
    name == "user-groups" ? [("max_steps", "120"), ("max_completion_length", "14"), ("eval_steps", "20")] : []
  }

  /// A few hundred sentences are imitated soon.
  private static let demonstrations: [(name: String, value: String)] = [("max_steps", "300"), ("eval_steps", "50")]

  /// Eight digits are learned from fewer steps of a smaller model, which is many times faster.
  static let smallModel: [(name: String, value: String)] = [
    ("num_hidden_layers", "2"), ("hidden_size", "64"), ("intermediate_size", "192"),
  ]
}

extension RunConfiguration {
  /// The built-in task that the run learns, or nil where it has data of its own.
  var task: BuiltInTask? {
    get throws(TrainingError) {
      let seed = settings.seed
      guard let dataset = self[.dataset] else {
        return try BuiltInTask.named(trainer.task(settings), seed: seed)
      }
      guard dataset.hasPrefix(BuiltInTask.prefix) else { return nil }
      return try BuiltInTask.named(String(dataset.dropFirst(BuiltInTask.prefix.count)), seed: seed)
    }
  }

  /// The resolved configuration: standards, those of the built-in task, a configuration file, `--set`; later ones win.
  ///
  /// - Parameters:
  ///   - trainer: The trainer, whose standards come first.
  ///   - file: The text of the file and its name.
  ///   - paths: What the command line says of folders and files.
  ///   - assignments: `--set NAME=VALUE`.
  public static func resolved(
    _ trainer: Trainer, file: (bytes: [UInt8], name: String)? = nil, paths: [RunPath: String] = [:],
    assignments: [String] = []
  ) throws(TrainingError) -> RunConfiguration {
    func given(over start: RunConfiguration) throws(TrainingError) -> RunConfiguration {
      var result = start
      if let file { try result.read(over: file.bytes, name: file.name) }
      for (path, value) in paths { result[path] = value }
      try result.apply(assignments)
      return result
    }
    let wanted = try given(over: RunConfiguration(trainer))
    guard let task = try wanted.task else { return wanted }
    var start = RunConfiguration(trainer)
    for (name, value) in task.standards(for: trainer) {
      do throws(OptionError) {
        try start.set(name: name, to: value)
      } catch {
        throw TrainingError(.usage, error.message)
      }
    }
    return try given(over: start)
  }
}
