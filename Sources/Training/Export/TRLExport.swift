import Foundation
import Objectives

/// A run as a folder with which TRL and accelerate continue it, on other machines.
///
///     train.py  continuation.py  rewards.py  reward_functions.py  config.yaml  accelerate.yaml  README.md
///     data/  model/  adapter/  critic/  reward_model/  checkpoint-100/
///
/// `model/` is the model that the run began with, with `adapter/` if adapters are trained: TRL makes the frozen reference from
/// it, then loads the checkpoint's weights.
public struct TRLExport {
  /// The optimizer steps that were taken, and how many the whole run has.
  public var step: Int { position.step }
  public var totalSteps: Int { position.totalSteps }
  private let run: RunDirectory
  private let inputs: RunInputs
  private let position: TRLPosition
  private let translator: TRLTranslator

  private var settings: TrainingSettings { run.configuration.settings }
  private var trainer: Trainer { run.configuration.trainer }

  /// Reads a run and what it began with.
  ///
  /// - Parameters:
  ///   - path: The run's folder.
  ///   - step: That of a checkpoint, or 0 for the run's beginning; nil for the latest checkpoint from which steps are left.
  public init(run path: String, step: Int?) throws(TrainingError) {
    run = try RunDirectory.read(path)
    guard let inputs = try RunInputs(run.configuration, in: path, trainsStages: false) else {
      throw TrainingError(.missingInput, "\(path): what the run begins with is not there yet")
    }
    self.inputs = inputs
    let total = run.configuration.settings.totalSteps(examples: inputs.data.examples.count)
    translator = TRLTranslator(
      settings: run.configuration.settings, totalSteps: total, hasHeldOut: inputs.heldOut?.examples.isEmpty == false)
    let trainer = run.configuration.trainer
    if run.configuration.settings.lowRank != nil, trainer.scores || trainer.trl.ownLoop != nil {
      throw TrainingError(
        .usage,
        "use_peft: adapters of `train \(trainer.name)`, with a scalar head beside them, are not handed over to TRL; "
          + "`gradus export merged \(run.path)/model --output DIR` writes the model as a whole")
    }
    if let obstacle = trainer.trl.obstacle(run.configuration.settings) {
      throw TrainingError(.usage, obstacle)
    }
    position = try TRLPosition(run, step: step, totalSteps: total)
  }

  /// Writes the folder, whole or not at all.
  ///
  /// - Returns: What TRL does not do as Gradus does, a line each.
  public func write(to path: String) throws(TrainingError) -> [String] {
    if RunFile.exists(path), !RunFile.isFolder(path) || !RunFile.entries(path).isEmpty {
      throw TrainingError(.usage, "\(path): is there already and not an empty folder; choose another --output")
    }
    let (parent, name) = Self.place(of: path)
    try RunFile.makeFolder(parent)
    let beside = "\(parent)/.\(name).tmp-\(getpid())"
    do throws(TrainingError) {
      let notes = try fill(beside)
      guard rename(beside, path) == 0 else { throw RunFile.unwritable(path) }
      return notes
    } catch {
      RunFile.remove(beside)
      throw error
    }
  }

  private static func place(of path: String) -> (parent: String, name: String) {
    let url = URL(fileURLWithPath: RunFile.absolute(path)).standardizedFileURL
    return (url.deletingLastPathComponent().path, url.lastPathComponent)
  }

  private func fill(_ folder: String) throws(TrainingError) -> [String] {
    try RunFile.makeFolder("\(folder)/data")
    let models = TRLModels(run: run, inputs: inputs, position: position)
    var paths = try models.write(to: folder)
    paths += try data.write(to: folder)
    let rewards = try TRLRewardFiles(run: run, inputs: inputs).write(to: folder)
    let configuration = TRLConfiguration(
      translator: translator, paths: paths, step: step, remarks: data.remarks + rewards, changed: models.changedOptions)
    try RunFile.write(configuration.yaml, to: "\(folder)/\(TRLConfiguration.name)")
    try RunFile.write(TRLAccelerate.yaml(batchSize: settings.integer(.batchSize)), to: "\(folder)/accelerate.yaml")
    try TRLPython.script(for: trainer).write(to: folder)
    try TRLPython.continuation.write(to: folder)
    let readme = TRLReadme(
      trainer: trainer, step: step, totalSteps: position.totalSteps, notes: configuration.notes,
      files: RunFile.entries(folder) + ["README.md"])
    try RunFile.write(readme.markdown, to: "\(folder)/README.md")
    return configuration.notes
  }

  private var data: TRLData {
    TRLData(inputs: inputs, settings: settings, seal: DatasetSeal(run: run), position: position)
  }
}

extension RunDirectory {
  /// Opens a run to look at it; nothing in it changes.
  static func read(_ path: String) throws(TrainingError) -> RunDirectory {
    let file = "\(path)/config.yaml"
    if RunFile.exists(file) {
      return RunDirectory(path: path, configuration: try RunConfiguration.read(RunFile.read(file), name: file))
    }
    let inner = RunFile.entries(path).filter { RunFile.exists("\(path)/\($0)/config.yaml") }
    let hint =
      inner.isEmpty
      ? "name the --output of `gradus train`"
      : "there are runs in it: \(inner.map { "\(path)/\($0)" }.joined(separator: ", "))"
    throw TrainingError(.missingInput, "\(path): there is no run, since config.yaml is missing; \(hint)")
  }
}
