import ArgumentParser
import Documents
import Training

/// `gradus models`: what a model on the disk is, and whether it can be used, before anything is run.
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Say what models are, and whether they are supported.",
    usage: "gradus models PATH … [--json]",
    discussion: """
      PATH is a model's folder, a GGUF file, or a folder with several of them. No weights are read. Where nothing that was \
      found can be used, the exit code is 65.
      Example:  gradus models ~/models
      """)

  @Argument(help: ArgumentHelp("Models, or folders with models.", valueName: "PATH"), completion: .directory)
  var paths: [String]

  @Flag(help: "Print a JSON list with an object for each model.")
  var json = false

  func run() throws {
    let looks = try looks()
    let table = ModelTable(looks)
    if json {
      try Output.write(table.json + "\n")
    } else {
      try Output.write((looks.count == 1 ? looks[0].text : table.text).onTerminal)
    }
    if !looks.contains(where: \.isSupported) { throw ExitCode(CommandError.Kind.badData.rawValue) }
  }

  private func looks() throws -> [ModelLook] {
    do throws(TrainingError) {
      var found: [String] = []
      for path in paths { found += try ModelFinder.models(path).filter { !found.contains($0) } }
      return Activity.during("looking at models") { activity in
        found.enumerated().map { number, path in
          activity.reach(number + 1, of: found.count)
          return ModelLook(path)
        }
      }
    } catch {
      throw CommandError(error)
    }
  }
}
