import ArgumentParser
import Plots
import Recording
import Reporting
import Simulation

/// `gradus trace`: the whole run as a document.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Write the whole run as a Markdown document with diagrams, or as JSON.",
    usage: """
      gradus trace SOURCE [--set option=value …] [--preset name]
                   [--format markdown|json] [--output DIR]
      """,
    discussion: "Example:  gradus trace ppo --output ppo-trace")

  enum Format: String, CaseIterable, ExpressibleByArgument { case markdown, json }

  @OptionGroup var options: SourceOptions

  @Option(help: "What to write.")
  var format = Format.markdown

  @Option(
    help: ArgumentHelp(
      "The folder to write to, or - for standard output without diagrams; for JSON also a .json file.",
      valueName: "DIR"),
    completion: .file())
  var output = "-"

  func run() throws {
    let source = try options.load()
    let trace = source.record()
    switch format {
    case .json: try writeJSON(TraceJSON.text(trace, source: source))
    case .markdown where output == "-":
      try Output.write(MarkdownTrace.document(trace, source: source, diagrams: []))
    case .markdown: try writeDocument(of: trace, source: source)
    }
  }

  private func writeJSON(_ json: String) throws {
    if output == "-" || output.lowercased().hasSuffix(".json") { return try OutputFile.write(json, to: output) }
    try OutputFile.makeFolder(output)
    try OutputFile.write(json, to: "\(output)/trace.json")
  }

  /// The document comes last: once it is there, so are the diagrams that it shows.
  private func writeDocument(of trace: Trace, source: Source) throws {
    try OutputFile.makeFolder(output)
    let diagrams = try writeDiagrams(of: trace, source: source)
    let path = "\(output)/trace.md"
    try OutputFile.write(MarkdownTrace.document(trace, source: source, diagrams: diagrams), to: path)
    try Output.write("wrote \(path) and \(diagrams.count) pictures beside it\n")
  }

  private func writeDiagrams(of trace: Trace, source: Source) throws -> [DiagramReference] {
    var pictures: [DiagramReference] = []
    if let (name, plot) = PlotKind.first(of: trace, source: source) {
      let file = "plot-\(name).svg"
      try OutputFile.write(plot.svg, to: "\(output)/\(file)")
      pictures.append(DiagramReference(stage: nil, title: plot.title, file: file))
    }
    return try pictures
      + DocumentDiagram.all(of: trace).map { diagram in
        let dot = try DiagramCommand.dot(diagram.name, trace: trace, source: source, at: diagram.beat)
        try OutputFile.write(PictureFormat.svg.draw(dot), to: "\(output)/\(diagram.file)")
        return DiagramReference(stage: diagram.stage, title: diagram.title(in: trace), file: diagram.file)
      }
  }
}
