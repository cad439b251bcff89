import ArgumentParser
import Notebooks
import Recording
import Reporting
import Simulation
import WebPage

/// `gradus slides`: a run as slides.
struct SlidesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slides",
    abstract: "Write slides on a run as one HTML file: its world, one iteration, one token through every formula.",
    usage: "gradus slides SOURCE [--set option=value …] [--preset name] --output FILE",
    discussion: """
      Open the file in a browser: → goes on, ← back, n shows the notes: what the tour says there, if there is one. A \
      button beside a formula or figure copies its LaTeX. Printed, each slide is a page.

      Example:  gradus slides ppo --output ppo-slides.html
      """)

  @OptionGroup var options: SourceOptions

  @Option(
    help: ArgumentHelp("The file to write, or - for standard output.", valueName: "FILE"), completion: .file())
  var output: String

  func run() throws {
    let source = try options.load()
    let trace = source.recorded()
    let notes = SpeakerNotes(touring: source, recorded: trace)
    let handout = Handout(trace, source: source, notes: notes)
    var pictures: [String: String] = [:]
    for figure in handout.figures { pictures[figure.file] = try figure.slideSVG(trace, source) }
    try OutputFile.write(try SlideDeck(handout, pictures: pictures).html(), to: output)
  }
}
