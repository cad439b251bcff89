import Objectives
import Transformers

extension RunConfiguration {
  /// The built-in task that the run learns, or nil where it has data of its own.
  var task: BuiltInTask? {
    get throws(TrainingError) {
      let seed = settings.seed
      guard let dataset = self[.dataset] else {
        return try BuiltInTask.named(trainer.task(settings), seed: seed)
      }
      let paths = self[all: .dataset] + self[all: .evalDataset]
      if paths.count > 1, let task = paths.first(where: { $0.hasPrefix(BuiltInTask.prefix) }) {
        throw TrainingError(.usage, "--dataset \(task): a built-in task has its own data, and takes no files beside it")
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
    _ trainer: Trainer, file: (bytes: [UInt8], name: String)? = nil, paths: [RunPath: [String]] = [:],
    assignments: [String] = []
  ) throws(TrainingError) -> RunConfiguration {
    func given(over start: RunConfiguration) throws(TrainingError) -> RunConfiguration {
      var result = start
      if let file { try result.read(over: file.bytes, name: file.name) }
      for (path, values) in paths { result[all: path] = values }
      try result.apply(assignments)
      return result
    }
    var wanted = try given(over: RunConfiguration(trainer))
    let (task, isPretrained) = (try wanted.task, wanted.startsFromPretrainedWeights)
    guard task != nil || isPretrained else { return wanted }
    do throws(OptionError) {
      var settings =
        try task.map { (task) throws(OptionError) in try TrainingSettings(trainer, suiting: task) }
        ?? TrainingSettings(trainer)
      if isPretrained {
        for (option, value) in wanted.pretrainedStandards { try settings.set(option, to: value) }
      }
      wanted = RunConfiguration(settings)
    } catch {
      throw TrainingError(.usage, error.message)
    }
    return try given(over: wanted)
  }
}

extension RunConfiguration {
  /// What suits pretrained weights. Adapters learn at ten times the rate (Schulman et al. 2025, LoRA Without Regret).
  var pretrainedStandards: [TrainingOption: OptionValue] {
    var standards = trainer.pretrained
    standards[.gradientCheckpointing] = .flag(true)
    if settings.lowRank != nil, case .number(let rate)? = standards[.learningRate] {
      // 10 times 1e-6 is not the number that is written 1e-5.
      standards[.learningRate] = .number((1e13 * rate).rounded() / 1e12)
    }
    return standards
  }

  /// Models with fewer parameters are taken for those that Gradus makes itself.
  static let fewestPretrainedParameters = 20_000_000

  /// Whether the model to start from is so large that somebody trained it on much text: what suits a small new model
  /// would ruin it.
  var startsFromPretrainedWeights: Bool {
    guard let folder = self[.model], let configuration = try? ModelDirectory.readConfiguration(folder) else {
      return false
    }
    return ParameterLayout(configuration).count >= Self.fewestPretrainedParameters
  }
}
