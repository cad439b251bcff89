import ArgumentParser
import Debugging
import Plots
import Recording
import Simulation

/// `gradus plot`: numbers of a run as curves, points and bars.
struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Plot curves and the run's own numbers on them: clip, pair-loss, kl, policy, progress, …",
    usage: """
      gradus plot SOURCE WHAT [--set option=value …] [--preset name]
                  [--at position] [--format svg|png|pdf|text] [--output FILE]
      """,
    discussion: """
      WHAT is one of:
      \(PlotKind.all.map { "  " + $0.name + String(repeating: " ", count: 11 - $0.name.count) + $0.summary }.joined(separator: "\n"))
      A source has those that it recorded the numbers for.

      Example:  gradus plot ppo clip --output clip.svg
      """)

  @OptionGroup var options: SourceOptions

  @Argument(help: ArgumentHelp("What to plot; see above.", valueName: "WHAT"), completion: .plots)
  var what: String

  @Option(
    name: .customLong("at"),
    help: ArgumentHelp(
      "As of a beat, or the end of an iteration/epoch/minibatch or stage (default: where it shows most).",
      valueName: "position"),
    completion: .positions)
  var position: String?

  @Option(help: "The format; by default that of the file's ending, text without a file.")
  var format: PlotFormat?

  @Option(
    help: ArgumentHelp("The file to write, or - for standard output.", valueName: "FILE"),
    completion: .file())
  var output = "-"

  func run() throws {
    guard let format = format ?? (output == "-" ? .text : PlotFormat(fileName: output)) else {
      throw CommandError(
        .usage, "\(output): the name does not say which format; end it in .svg, .png, .pdf or .txt, or add --format")
    }
    let source = try options.load()
    let trace = source.recorded()
    let beat = try position.map { try PositionOption.beat($0, in: trace) }
    try OutputFile.write(format.draw(Self.plot(what, trace, source, at: beat)), to: output)
  }

  static func plot(_ what: String, _ trace: Trace, _ source: Source, at beat: Int?) throws -> Plot {
    do throws(PlotError) {
      return try Activity.during("plotting \(what)") { _ throws(PlotError) in
        try PlotKind.plot(what, trace: trace, source: source, at: beat)
      }
    } catch {
      throw CommandError(.usage, error.message)
    }
  }
}

extension PlotFormat: ExpressibleByArgument {}
