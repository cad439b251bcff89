import ArgumentParser
import Recording
import Reporting
import Simulation

/// `gradus diagram`: one picture.
struct DiagramCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diagram",
    abstract: "Draw the pipeline, a stage, the trajectories, the policy, or a term's computation.",
    usage: """
      gradus diagram SOURCE WHAT [--set option=value …] [--preset name]
                     [--at position] [--format svg|png|pdf|dot] --output FILE
      """,
    discussion: "Example:  gradus diagram ppo 'ratio[1,2]' --output ratio.svg")

  @OptionGroup var options: SourceOptions

  @Argument(
    help: ArgumentHelp("pipeline, trajectories, policy, a stage or a term.", valueName: "WHAT"),
    completion: .diagrams)
  var what: String

  @OptionGroup var position: PositionOption

  @Option(help: "The format; by default that of the file's ending.")
  var format: PictureFormat?

  @Option(
    help: ArgumentHelp("The file to write, or - for standard output.", valueName: "FILE"),
    completion: .file())
  var output: String

  func run() throws {
    guard let format = format ?? PictureFormat(fileName: output) else {
      throw CommandError(
        .usage, "\(output): the name does not say which format; end it in .svg, .png, .pdf or .dot, or add --format")
    }
    let source = try options.load()
    let trace = source.recorded()
    let dot = try Self.dot(what, trace: trace, source: source, at: position.beat(in: trace), hasFormulas: true)
    try OutputFile.write(format.draw(dot), to: output)
  }

  static func dot(
    _ what: String, trace: Trace, source: Source, at beat: Int, hasFormulas: Bool = false
  ) throws -> String {
    do throws(DiagramNameError) {
      return try Diagrams.dot(what, trace: trace, source: source, at: beat, hasFormulas: hasFormulas)
    } catch {
      throw CommandError(.usage, error.message)
    }
  }
}

extension PictureFormat: ExpressibleByArgument {}
