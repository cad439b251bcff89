import ArgumentParser
import Distribution
import Documents
import Formats
import Foundation
import Training
import Transformers

/// `gradus train`: a real transformer, trained with the objectives that the debugger shows.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a transformer: \(listed); rlhf is sft, reward and ppo in a row.",
    usage: """
      gradus train TRAINER [--config FILE] [--model DIR] [--reward-model DIR]
                   [--teacher DIR] [--dataset FILE] [--eval-dataset FILE]
                   [--output DIR] [--resume] [--record N]
                   [--set option=value …] [--print-config]
      """,
    discussion: """
      Without files, each trainer has a built-in task:  gradus train grpo

      --model takes a Hugging Face folder or a GGUF file. --dataset takes JSON, JSON lines or CSV with the keys \(keys), or \
      conversations; a folder stands for the files in it; task:NAME is a built-in task: \
      \(BuiltInTask.names.joined(separator: ", ")).

      Everything is written to the folder of --output: config.yaml, metrics.jsonl, samples, checkpoints, report.html \
      and model. Ctrl-C saves; --resume goes on. With --record 50 every 50th step can be opened:  \
      gradus step OUTPUT/batches/step-000050.batch.json
      """)

  /// `prompt and completion (sft), …`: which trainers want which keys.
  private static let keys = names(
    Dataset.Kind.allCases.map { kind in
      "\(kind.summary) (\(Trainer.all.filter { $0.data == kind }.map(\.name).joined(separator: ", ")))"
    }, or: ", or ")
  private static let listed = names(Trainer.all.map(\.name), or: " or ")
  private static let taught = names(Trainer.all.filter(\.takesTeacher).map(\.name), or: " and ")
  private static let scored = names(Trainer.all.filter(\.takesRewardModel).map(\.name), or: " and ")

  private static func names(_ items: [String], or last: String) -> String {
    items.dropLast().joined(separator: ", ") + (items.count > 1 ? last : "") + (items.last ?? "")
  }

  /// A trainer, or several in a row.
  struct Method: ExpressibleByArgument {
    let name: String
    /// Nil for rlhf.
    var trainer: Trainer? { Trainer.named(name) }

    init?(argument: String) {
      guard Self.allValueStrings.contains(argument) else { return nil }
      name = argument
    }

    static let allValueStrings = Trainer.all.map(\.name) + ["rlhf"]
    static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
  }

  @Argument(help: ArgumentHelp("\(listed), or rlhf.", valueName: "TRAINER"))
  var method: Method

  @Option(
    help: ArgumentHelp("Options from a file, such as the config.yaml of another run.", valueName: "FILE"),
    completion: .file(extensions: ["yaml", "yml", "json"]))
  var config: String?

  @Option(
    help: ArgumentHelp("The model to start from; without one a small one is made.", valueName: "DIR"),
    completion: .directory)
  var model: String?

  @Option(
    help: ArgumentHelp("For \(scored): the model that scores the responses.", valueName: "DIR"), completion: .directory)
  var rewardModel: String?

  @Option(
    help: ArgumentHelp("For \(taught): the model that the responses are compared with.", valueName: "DIR"),
    completion: .directory)
  var teacher: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("What to learn from: a file, a folder, or task:NAME; can be repeated.", valueName: "FILE"),
    completion: .datasets)
  var dataset: [String] = []

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("What to evaluate on: a file or a folder; can be repeated.", valueName: "FILE"),
    completion: .datasets)
  var evalDataset: [String] = []

  @Option(
    help: ArgumentHelp("The folder of the run (default: runs/TRAINER).", valueName: "DIR"),
    completion: .directory)
  var output: String?

  @Flag(help: "Go on with the run in that folder, from its last checkpoint.")
  var resume = false

  @Option(help: ArgumentHelp("Record every Nth step's batch for gradus step.", valueName: "N"))
  var record: Int?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "Set an option; can be repeated; for rlhf with its stage, as in ppo.kl_coef=0.", valueName: "option=value"),
    completion: .trainingOptions)
  var assignments: [String] = []

  @Flag(help: "Print the run's config.yaml, which explains every option, and stop.")
  var printConfig = false

  func run() throws {
    try RankedProgram.run { ranks throws(TrainingError) in
      if let trainer = method.trainer { try single(trainer, ranks) } else { try pipeline(ranks) }
    } stopped: { ranks in
      let start = ranks.count > 1 ? "mpirun -np \(ranks.count) " : ""
      Output.complain(
        "stopped and saved; go on with: \(start)gradus train \(method.name) --resume --output \(folder)")
    }
  }

  private var folder: String { output ?? "runs/\(method.name)" }

  /// What the command line says of folders and files.
  private var given: [(path: RunPath, values: [String])] {
    [
      (.model, [model].compactMap(\.self)), (.rewardModel, [rewardModel].compactMap(\.self)),
      (.teacher, [teacher].compactMap(\.self)), (.dataset, dataset), (.evalDataset, evalDataset),
    ]
  }

  private func single(_ trainer: Trainer, _ ranks: any Ranks) throws(TrainingError) -> Bool {
    let sets = assignments + (record.map { ["record=\($0)"] } ?? [])
    let configuration = try configuration(trainer, sets, withPaths: true)
    if printConfig { return print([configuration], in: [output], ranks) }
    let paths = given.compactMap { path, values in
      values.isEmpty ? nil : "\(path.rawValue)=\(RunPath.text(values))"
    }
    let isFinished = try TrainingSession.train(
      configuration, in: folder, resuming: resume, assignments: paths + sets, ranks: ranks,
      progress: Activity.tell, say: Output.complain)
    if isFinished, ranks.isFirst { announce(folder) }
    return isFinished
  }

  private func pipeline(_ ranks: any Ranks) throws(TrainingError) -> Bool {
    guard config == nil else {
      throw TrainingError(.usage, "--config: rlhf is three runs; give each one its own with train sft, reward, ppo")
    }
    guard dataset.isEmpty, evalDataset.isEmpty, model == nil, rewardModel == nil, teacher == nil else {
      throw TrainingError(
        .usage, "rlhf runs on the built-in task alone; with files of your own: train sft, train reward, train ppo")
    }
    for assignment in assignments {
      let parts = assignment.prefix { $0 != "=" }.split(separator: ".")
      guard let stage = parts.first, Trainer.rlhf.contains(where: { $0.name == stage }) else {
        let hint =
          parts.count > 1
          ? "the stages are \(Trainer.rlhf.map(\.name).listed)" : "say which stage, as in ppo.\(assignment)"
        throw TrainingError(.usage, "--set \(assignment): \(hint)")
      }
    }
    var configurations: [RunConfiguration] = []
    for stage in Trainer.rlhf {
      let prefix = stage.name + "."
      var own = assignments.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
      if let record, stage.samples { own.append("record=\(record)") }
      configurations.append(try configuration(stage, own, withPaths: false))
    }
    if printConfig {
      return print(
        configurations, in: configurations.map { stage in output.map { "\($0)/\(stage.trainer.name)" } }, ranks)
    }
    let isFinished = try TrainingSession.trainPipeline(
      configurations, in: folder, resuming: resume, ranks: ranks, say: Output.complain)
    if isFinished, ranks.isFirst, let last = configurations.last { announce("\(folder)/\(last.trainer.name)") }
    return isFinished
  }

  private func configuration(_ trainer: Trainer, _ assignments: [String], withPaths: Bool) throws(TrainingError)
    -> RunConfiguration
  {
    var paths: [RunPath: [String]] = [:]
    if withPaths {
      for (path, values) in given where !values.isEmpty { paths[path] = values }
      if teacher != nil, !trainer.takesTeacher {
        throw TrainingError(.usage, "--teacher belongs to train \(Self.taught)")
      }
      if rewardModel != nil, !trainer.takesRewardModel {
        throw TrainingError(
          .usage, "--reward-model belongs to train \(Self.scored); grpo takes --set reward_funcs=model:path=DIR")
      }
    }
    return try RunConfiguration.resolved(trainer, file: try file(), paths: paths, assignments: assignments)
  }

  private func file() throws(TrainingError) -> (bytes: [UInt8], name: String)? {
    guard let config else { return nil }
    do throws(FileError) {
      return (try readFile(config), config)
    } catch {
      throw TrainingError(.missingInput, "\(error)")
    }
  }

  /// Prints what runs would be told, with their folders where these were said.
  private func print(_ configurations: [RunConfiguration], in folders: [String?], _ ranks: any Ranks) -> Bool {
    let told = zip(configurations, folders).map { configuration, folder in
      var told = configuration
      if let folder { told[.output] = folder }
      return told.yaml
    }
    if ranks.isFirst { Swift.print(told.joined(separator: "---\n"), terminator: "") }
    return true
  }

  private func announce(_ folder: String) {
    Output.complain("the model is in \(folder)/model, the curves are in \(folder)/report.html")
  }
}

extension CommandError {
  init(_ error: TrainingError) {
    let kind: Kind =
      switch error.kind {
      case .usage: .usage
      case .badData: .badData
      case .missingInput: .missingInput
      case .writeFailed: .writeFailed
      case .diverged: .diverged
      }
    if error.isLocated { self.init(kind, at: error.message) } else { self.init(kind, error.message) }
  }
}
