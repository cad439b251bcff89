import ArgumentParser
import Training

/// `gradus export`: what others can go on with.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Hand a run over to other tools.",
    subcommands: [ExportTRLCommand.self, ExportUnipoCommand.self])
}
