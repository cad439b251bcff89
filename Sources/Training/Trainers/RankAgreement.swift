import Transformers

// What ranks agree on beside their numbers. The first one decides, since only it writes, and others may see its files later.

extension Ranks {
  /// Waits until all are here.
  func meet() { _ = exchange([]) }

  /// Whether any of them was asked to stop; all of them then stop after the same step.
  var isAskedToStop: Bool { exchange([Interruption.isRequested ? 1 : 0]).contains([1]) }

  /// Makes sure that all have the same weights before a checkpoint is written.
  func compare(_ trained: TrainedModels) throws(TrainingError) {
    if count == 1 { return }
    let weights = exchange(
      trained.parts.flatMap { part in withUnsafeBytes(of: part.model.parameters.checksum) { Array($0) } })
    guard let other = weights.firstIndex(where: { $0 != weights[0] }) else { return }
    throw TrainingError(
      .badData,
      "the weights of rank \(other) are no longer those of rank 0, so that nothing was saved; do all run the same program "
        + "on the same kind of processor? GRADUS_KERNELS=avx2 or portable for all of them makes them alike")
  }

  /// What the first rank says.
  func first(_ say: () throws(TrainingError) -> [UInt8]) throws(TrainingError) -> [UInt8] {
    gather(isFirst ? try say() : [])
  }

  /// The run in which the first rank begins or goes on.
  func run(
    at path: String, _ trainer: Trainer, _ make: () throws(TrainingError) -> RunDirectory
  ) throws(TrainingError) -> RunDirectory {
    var run: RunDirectory?
    let yaml = try first { () throws(TrainingError) in
      let made = try make()
      run = made
      return Array(made.configuration.yaml.utf8)
    }
    if let run { return run }
    return RunDirectory(
      path: path, configuration: try RunConfiguration.read(yaml, name: "\(path)/config.yaml", trainer: trainer))
  }

  /// The checkpoint from which all of them go on, if there is one.
  func latestCheckpoint(of run: RunDirectory) throws(TrainingError) -> CheckpointStore.Checkpoint? {
    let name = try first { () throws(TrainingError) in Array("\(try run.checkpoints.latest()?.step ?? -1)".utf8) }
    guard let step = Int(String(decoding: name, as: UTF8.self)), step >= 0 else { return nil }
    return try run.checkpoints.checkpoint(step: step)
  }
}

/// A reward that only the first rank asks, since its answers need not be the same twice: a program of the user's.
struct FirstRankReward: RewardFunction {
  let function: any RewardFunction
  let ranks: any Ranks

  var name: String { function.name }

  func scores(_ completions: [ScoredCompletion]) throws(TrainingError) -> [Double] {
    ranks.gather(ranks.isFirst ? try function.scores(completions) : [])
  }
}
