import ArgumentParser
import Training

/// `gradus export`: runs in the form that other tools need.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Hand a run over to other tools.",
    subcommands: [ExportTRLCommand.self, ExportUnipoCommand.self, ExportMergedCommand.self])
}
