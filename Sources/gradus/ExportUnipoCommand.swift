import ArgumentParser
import Foundation
import Training

/// `gradus export unipo`: a run or recorded steps as a log that UNIPO's page shows.
struct ExportUnipoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unipo",
    abstract: "Write a log that UNIPO shows, of PPO or GRPO.",
    usage: """
      gradus export unipo RUN|BATCH … --output FILE [--prompts N] [--task TEXT]
                   [--model-name NAME]
      """,
    discussion: """
      RUN is the folder of a run of gradus train ppo or grpo; all of its steps are exported, with the prompts of those \
      that --record kept. BATCH is a file or a folder of recorded batches, such as integrations/trl writes; each is an \
      update. The file follows UNIPO's docs/canonical_schema.json; in a checkout of UNIPO:

        gradus export unipo runs/grpo --output grpo.json
        python scripts/build_data.py grpo.json && npm run dev
      """)

  @Argument(help: ArgumentHelp("The folder of a run, or recorded batches.", valueName: "RUN|BATCH"))
  var inputs: [String]

  @Option(help: ArgumentHelp("The file to write, or - for standard output.", valueName: "FILE"))
  var output: String

  @Option(help: ArgumentHelp("How many prompts of a recorded step.", valueName: "N"))
  var prompts = 3

  @Option(help: ArgumentHelp("What the training is about, for the page.", valueName: "TEXT"))
  var task: String?

  @Option(help: ArgumentHelp("The model's name, for the page.", valueName: "NAME"))
  var modelName: String?

  func validate() throws {
    if prompts < 0 { throw ValidationError("--prompts must be 0 or more, not \(prompts)") }
  }

  func run() throws {
    var log = UnipoLog(prompts: prompts, task: task, modelName: modelName)
    if inputs.count == 1, let run = try Self.run(inputs[0]) {
      try log.add(run)
    } else {
      if inputs.count > 1, let run = inputs.first(where: { (try? Self.run($0)) != nil }) {
        throw CommandError(.usage, "\(run): is a run, and a log is of one run; name it alone, or batches")
      }
      for file in try inputs.flatMap(Self.files) { try log.add(file) }
    }
    try OutputFile.write(try log.json(), to: output)
    if output != "-" { try Output.write("wrote \(output): \(log.summary)\n") }
  }

  /// A folder with a run in it.
  private static func run(_ path: String) throws -> RunDirectory? {
    guard FileManager.default.fileExists(atPath: "\(path)/config.yaml") else { return nil }
    do throws(TrainingError) {
      return try RunDirectory.open(path)
    } catch {
      throw CommandError(error)
    }
  }

  /// A batch file, or those of a folder in the order of their names.
  static func files(_ path: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      return [path]
    }
    let names = try? FileManager.default.contentsOfDirectory(atPath: path)
    let batches = (names ?? []).filter { $0.hasSuffix(".batch.json") }.sorted()
    if !batches.isEmpty { return batches.map { "\(path)/\($0)" } }
    throw CommandError(.missingInput, "\(path): holds no run and no files .batch.json; record some with --record")
  }
}
