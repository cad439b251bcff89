public import Transformers

/// A whole run of a trainer: from its configuration to the trained model, the report and the checkpoints.
public enum TrainingSession {
  /// Begins a run in a folder, or goes on with the one that is there.
  ///
  /// - Parameters:
  ///   - configuration: The trainer, its settings and its files; a run that goes on has its own, and only the trainer counts.
  ///   - folder: The run's folder.
  ///   - resuming: Whether the run is there already.
  ///   - assignments: `--set NAME=VALUE` for a run that goes on, where that does not change the weights that come out.
  ///   - title: What the progress bar calls the run; nil for the trainer's name.
  ///   - ranks: The processes that train it together, each of which calls this; the first one writes.
  ///   - say: Told in a line what happens before training starts.
  /// - Returns: Whether the run reached its end; false if the user stopped it.
  public static func train(
    _ configuration: RunConfiguration, in folder: String, resuming: Bool, assignments: [String] = [],
    title: String? = nil, ranks: any Ranks = SingleRank(), say: @escaping (String) -> Void = { _ in }
  ) throws(TrainingError) -> Bool {
    let say = ranks.isFirst ? say : { _ in }
    if !resuming { try configuration.check() }
    let run = try ranks.run(at: folder, configuration.trainer) { () throws(TrainingError) in
      try resuming
        ? RunDirectory.open(folder, trainer: configuration.trainer, assignments: assignments)
        : RunDirectory.create(configuration, at: folder)
    }
    let lock = ranks.isFirst ? try RunLock(run) : nil
    defer { withExtendedLifetime(lock) {} }
    Interruption.watch()
    let method: any TrainingMethod
    do throws(TrainingError) {
      if title == nil { try introduce(run.configuration, say) }
      guard let inputs = try RunInputs(run.configuration, in: folder, ranks: ranks, say: say) else { return false }
      method = try inputs.method()
      if ranks.isFirst {
        let seal = DatasetSeal(run: run)
        if resuming, let complaint = seal.complaint { say("note: \(complaint)") }
        try seal.remember()
      }
    } catch {
      if !resuming, ranks.isFirst { run.withdraw() }
      throw error
    }
    let loop = TrainingLoop(
      run: run, method: method, title: title ?? configuration.trainer.rawValue, ranks: ranks)
    do throws(TrainingError) {
      return try loop.train(say: say)
    } catch {
      if !resuming, method.stepsDone == 0, ranks.isFirst { run.withdraw() }
      throw error
    }
  }

  /// Supervised fine-tuning, a reward model and PPO, each a run of its own below the folder.
  public static func trainPipeline(
    _ configurations: (sft: RunConfiguration, reward: RunConfiguration, ppo: RunConfiguration), in folder: String,
    resuming: Bool, ranks: any Ranks = SingleRank(), say: @escaping (String) -> Void = { _ in }
  ) throws(TrainingError) -> Bool {
    let say = ranks.isFirst ? say : { _ in }
    // The others may come when the first one has begun.
    guard !ranks.isFirst || RunFile.exists("\(folder)/sft/config.yaml") == resuming else {
      throw resuming
        ? TrainingError(.missingInput, "\(folder): there is no run to resume; without --resume one begins here")
        : TrainingError(
          .usage, "\(folder): there is a run already; --resume goes on with it, another --output begins a new one")
    }
    func stage(_ configuration: RunConfiguration, _ name: String) throws(TrainingError) -> Bool {
      let path = "\(folder)/\(name)"
      return try train(
        configuration, in: path, resuming: RunFile.exists("\(path)/config.yaml"), title: name, ranks: ranks, say: say)
    }
    if ranks.isFirst { try RunFile.makeFolder(folder) }
    try introduce(configurations.ppo, say)
    guard try stage(configurations.sft, "sft") else { return false }
    var (reward, ppo) = (configurations.reward, configurations.ppo)
    reward[.model] = reward[.model] ?? RunFile.absolute("\(folder)/sft/model")
    guard try stage(reward, "reward") else { return false }
    ppo[.model] = ppo[.model] ?? RunFile.absolute("\(folder)/sft/model")
    ppo[.rewardModel] = ppo[.rewardModel] ?? RunFile.absolute("\(folder)/reward/model")
    return try stage(ppo, "ppo")
  }

  /// Says what a built-in task shows: once for a run, whatever stages it has.
  private static func introduce(_ configuration: RunConfiguration, _ say: (String) -> Void) throws(TrainingError) {
    guard let task = try configuration.task else { return }
    // What it shows, it shows in the end: models to start from are no news.
    let isStart = configuration.trainer == .sft || configuration.trainer == .reward
    say("the built-in task \(task.name)" + (isStart ? "" : ": \(task.sentence)"))
  }
}
