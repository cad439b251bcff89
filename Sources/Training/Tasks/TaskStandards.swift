import Objectives

extension BuiltInTask {
  /// How a built-in task is named where a data file could stand: `task:addition`.
  public static let prefix = "task:"

  /// Settings that suit the task, where the user says nothing else; measured with the trainers.
  func standards(for trainer: Trainer) -> [(name: String, value: String)] {
    switch (name, trainer) {
    case ("addition", .sft):
      [("max_steps", "400"), ("batch_size", "64"), ("eval_steps", "100")]
    case ("addition", _):
      [("max_steps", "400"), ("max_completion_length", "4"), ("eval_steps", "25")]
    case ("film-reviews", .sft), ("preferences", .sft), ("user-groups", .sft):
      [("max_steps", "300"), ("eval_steps", "50")]
    case ("film-reviews", .ppo):
      [("max_steps", "400"), ("max_completion_length", "14"), ("eval_steps", "40")]
    case ("user-groups", _):
      [("max_steps", "200"), ("max_completion_length", "14"), ("eval_steps", "20")]
    default: []
    }
  }
}

extension RunConfiguration {
  /// The built-in task that the run learns, or nil where it has data of its own.
  var task: BuiltInTask? {
    get throws(TrainingError) {
      let seed = settings.seed
      guard let dataset = self[.dataset] else {
        return try BuiltInTask.standard(
          forTrainer: trainer.rawValue, comparesUsers: settings.comparesUsers, seed: seed)
      }
      guard dataset.hasPrefix(BuiltInTask.prefix) else { return nil }
      return try BuiltInTask.named(String(dataset.dropFirst(BuiltInTask.prefix.count)), seed: seed)
    }
  }

  /// Everything resolved: the standards, those of the built-in task, a configuration file, `--set`; the later ones win.
  ///
  /// - Parameters:
  ///   - file: The text of the file and its name.
  ///   - paths: What the command line says of folders and files.
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
