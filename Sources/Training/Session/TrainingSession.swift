import Objectives
public import Transformers

/// A whole run of a trainer: from its configuration to the trained model, the report and the checkpoints.
public enum TrainingSession {
  /// Begins a run in a folder, or goes on with the one that is there.
  ///
  /// - Parameters:
  ///   - configuration: The trainer, its settings and its files; a resumed run has its own, and only the trainer counts.
  ///   - folder: The run's folder.
  ///   - resuming: Whether the run is there already.
  ///   - assignments: `--set NAME=VALUE` for a resumed run, where it does not change the resulting weights.
  ///   - title: The run's name in the progress bar; nil for the trainer's.
  ///   - ranks: The processes that train it together, each of which calls this; the first one writes.
  ///   - progress: Told what takes its time beside the steps, such as reading the model, and how much of it is done.
  ///   - say: Receives lines about the run: notes on its data, its beginning and its outcome.
  /// - Returns: Whether the run reached its end; false if the user stopped it.
  public static func train(
    _ configuration: RunConfiguration, in folder: String, resuming: Bool, assignments: [String] = [],
    title: String? = nil, ranks: any Ranks = SingleRank(),
    progress: @escaping (_ what: String, _ done: Int, _ all: Int) -> Void = { _, _, _ in },
    say: @escaping (String) -> Void = { _ in }
  ) throws(TrainingError) -> Bool {
    let say = ranks.isFirst ? say : { _ in }
    let progress = ranks.isFirst ? progress : { _, _, _ in }
    defer { progress("", 0, 0) }
    if !resuming { try configuration.check() }
    let run = try ranks.run(at: folder, configuration.trainer) { () throws(TrainingError) in
      try resuming
        ? RunDirectory.open(folder, trainer: configuration.trainer, assignments: assignments)
        : RunDirectory.create(configuration, at: folder)
    }
    let lock = ranks.isFirst ? try RunLock(run) : nil
    defer { withExtendedLifetime(lock) {} }
    Interruption.watch(speaks: ranks.isFirst)
    let method: any TrainingMethod
    do throws(TrainingError) {
      if title == nil { try introduce(run.configuration, say) }
      progress("reading the model and the data", 0, 0)
      guard var inputs = try RunInputs(run.configuration, in: folder, ranks: ranks, say: say) else { return false }
      inputs.progress = progress
      method = try run.configuration.trainer.method(inputs)
      if ranks.isFirst {
        for path in DatasetSeal.paths {
          let seal = DatasetSeal(run: run, path: path)
          if resuming, let complaint = seal.complaint { say("note: \(complaint)") }
          try seal.remember()
        }
        try ReferenceSeal(run: run).check(inputs.model.model)
      }
    } catch {
      if !resuming, ranks.isFirst { run.withdraw() }
      throw error
    }
    let loop = TrainingLoop(
      run: run, method: method, title: title ?? configuration.trainer.name, ranks: ranks, tell: progress)
    do throws(TrainingError) {
      return try loop.train(say: say)
    } catch {
      if !resuming, method.stepsDone == 0, ranks.isFirst { run.withdraw() }
      throw error
    }
  }

  /// Several runs one after the other, each below the folder under its trainer's name: the first makes a model, with which
  /// the others begin, and one may make the reward model of those behind it.
  public static func trainPipeline(
    _ stages: [RunConfiguration], in folder: String, resuming: Bool, ranks: any Ranks = SingleRank(),
    say: @escaping (String) -> Void = { _ in }
  ) throws(TrainingError) -> Bool {
    let say = ranks.isFirst ? say : { _ in }
    // The others may come when the first one has begun.
    guard !ranks.isFirst || RunFile.exists("\(folder)/\(stages[0].trainer.name)/config.yaml") == resuming else {
      throw resuming
        ? TrainingError(.missingInput, "\(folder): there is no run to resume; without --resume one begins here")
        : TrainingError(
          .usage, "\(folder): there is a run already; --resume goes on with it, another --output begins a new one")
    }
    if ranks.isFirst { try RunFile.makeFolder(folder) }
    // The last stage is what it is all for.
    try introduce(stages[stages.count - 1], say)
    var (model, rewardModel): (String?, String?) = (nil, nil)
    for var stage in stages {
      let (trainer, path) = (stage.trainer, "\(folder)/\(stage.trainer.name)")
      stage[.model] = stage[.model] ?? model
      if trainer.takesRewardModel { stage[.rewardModel] = stage[.rewardModel] ?? rewardModel }
      let isBegun = RunFile.exists("\(path)/config.yaml")
      guard
        try train(stage, in: path, resuming: isBegun, title: trainer.name, ranks: ranks, say: say)
      else { return false }
      let made = RunFile.absolute("\(path)/model")
      if trainer.scores { rewardModel = made } else { model = made }
    }
    return true
  }

  /// Says what a built-in task shows, once per run, whatever stages it has; and what is standard for pretrained weights.
  private static func introduce(_ configuration: RunConfiguration, _ say: (String) -> Void) throws(TrainingError) {
    if configuration.startsFromPretrainedWeights {
      let options = configuration.pretrainedStandards.keys.sorted { $0.rawValue < $1.rawValue }
      let values = options.map { "\($0.name) \(configuration.settings[$0].text)" }.joined(separator: ", ")
      say("the model was trained before: \(values), unless you set others")
    }
    guard let task = try configuration.task else { return }
    // What it shows, it shows in the end: models to start from are no news.
    say("the built-in task \(task.name)" + (configuration.trainer.makesModel ? "" : ": \(task.sentence)"))
  }
}
