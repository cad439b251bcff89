import Transformers

// What ranks agree on beside their numbers. The first one decides: only it writes, and others may see its files later.

extension Ranks {
  /// Waits until all ranks have come to this point.
  func meet() { _ = exchange([]) }

  /// Whether any rank was asked to stop; all then stop after the same step.
  var isAskedToStop: Bool { exchange([Interruption.isRequested ? 1 : 0]).contains([1]) }

  /// Makes sure that all ranks have the same weights before a checkpoint is written.
  func compare(_ trained: TrainedModels) throws(TrainingError) {
    if count == 1 { return }
    let weights = exchange(
      trained.parts.flatMap { part in withUnsafeBytes(of: part.model.trainedParameters.checksum) { Array($0) } })
    guard let other = weights.firstIndex(where: { $0 != weights[0] }) else { return }
    throw TrainingError(
      .badData,
      "the weights of rank \(other) are no longer those of rank 0, so nothing was saved; do all run the same program "
        + "on the same kind of processor? GRADUS_KERNELS=avx2 or portable for all of them makes them alike")
  }

  /// The first rank's bytes, given to all.
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

  /// The checkpoint from which all ranks go on, if there is one.
  func latestCheckpoint(of run: RunDirectory) throws(TrainingError) -> CheckpointStore.Checkpoint? {
    let name = try first { () throws(TrainingError) in Array("\(try run.checkpoints.latest()?.step ?? -1)".utf8) }
    guard let step = Int(String(decoding: name, as: UTF8.self)), step >= 0 else { return nil }
    return try run.checkpoints.checkpoint(step: step)
  }
}

/// A reward that only the first rank computes, since a user's program need not answer the same twice.
final class FirstRankReward: RewardFunction {
  private let function: any RewardFunction
  private let ranks: any Ranks

  init(function: any RewardFunction, ranks: any Ranks) { (self.function, self.ranks) = (function, ranks) }

  var name: String { function.name }

  func scores(_ completions: [ScoredCompletion]) throws(TrainingError) -> [Double?] {
    ranks.gather(ranks.isFirst ? try function.scores(completions) : [])
  }
}
