import ArgumentParser
import Documents
import Foundation
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
                   [--brief | --stages names | --format markdown|json]
                   [--output DIR]
      """,
    discussion: """
      Example:  gradus trace ppo --output ppo-trace
      Example:  gradus trace ppo --brief --output handout
      Example:  gradus trace ppo --stages gae,clip
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case markdown, json }

  @OptionGroup var options: SourceOptions

  @Option(help: "What to write.")
  var format = Format.markdown

  @Flag(help: "Two pages: the world, one iteration, one token through every formula, three figures.")
  var brief = false

  @Option(help: ArgumentHelp("Only these stages, with commas between them.", valueName: "names"))
  var stages: String?

  @Option(
    help: ArgumentHelp(
      "The folder to write to, or - for standard output without diagrams; for JSON also a .json file.",
      valueName: "DIR"),
    completion: .file())
  var output = "-"

  func validate() throws {
    if format == .json, brief || stages != nil { throw ValidationError("--brief and --stages are for Markdown") }
    if brief && stages != nil { throw ValidationError("--brief has stages of its own; leave --stages or --brief out") }
  }

  func run() throws {
    let source = try options.load()
    let trace = source.recorded()
    if brief { return try writeBrief(of: trace, source: source) }
    let stages = try chosenStages(of: trace)
    switch format {
    case .json: try writeJSON(TraceJSON.text(trace, source: source))
    case .markdown where output == "-":
      try Output.write(MarkdownTrace.document(trace, source: source, diagrams: [], stages: stages))
    case .markdown: try writeDocument(of: trace, source: source, stages: stages)
    }
  }

  /// The stages that were asked for; nil for all.
  private func chosenStages(of trace: Trace) throws -> [String]? {
    guard let stages else { return nil }
    let names = stages.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    var known: [String] = []
    for stage in trace.stages where !known.contains(stage.name) { known.append(stage.name) }
    guard !names.isEmpty else { throw CommandError(.usage, "--stages names none of \(known.joined(separator: ", "))") }
    for name in names where !known.contains(name) {
      let near = nearestNames(to: name, among: known, limit: 1).first.map { "; did you mean \($0)?" } ?? ""
      throw CommandError(
        .usage, "there is no stage '\(name)' here\(near.isEmpty ? ": they are " + known.joined(separator: ", ") : near)"
      )
    }
    return names
  }

  private func writeBrief(of trace: Trace, source: Source) throws {
    let handout = Handout(trace, source: source)
    if output == "-" { return try Output.write(handout.markdown(hasFigures: false)) }
    try OutputFile.makeFolder(output)
    for figure in handout.figures { try OutputFile.write(figure.svg(trace, source), to: "\(output)/\(figure.file)") }
    try OutputFile.write(handout.markdown(hasFigures: true), to: "\(output)/brief.md")
    try Output.write("wrote \(output)/brief.md and \(handout.figures.count) pictures beside it\n")
  }

  private func writeJSON(_ json: String) throws {
    if output == "-" || output.lowercased().hasSuffix(".json") { return try OutputFile.write(json, to: output) }
    try OutputFile.makeFolder(output)
    try OutputFile.write(json, to: "\(output)/trace.json")
  }

  /// The document comes last: once it is there, so are the diagrams that it shows.
  private func writeDocument(of trace: Trace, source: Source, stages: [String]?) throws {
    try OutputFile.makeFolder(output)
    let diagrams = try writeDiagrams(of: trace, source: source, stages: stages)
    let path = "\(output)/trace.md"
    try OutputFile.write(MarkdownTrace.document(trace, source: source, diagrams: diagrams, stages: stages), to: path)
    try Output.write("wrote \(path) and \(diagrams.count) pictures beside it\n")
  }

  private func writeDiagrams(of trace: Trace, source: Source, stages: [String]?) throws -> [DiagramReference] {
    var pictures: [DiagramReference] = []
    if let (name, plot) = PlotKind.first(of: trace, source: source) {
      let file = "plot-\(name).svg"
      try OutputFile.write(plot.svg, to: "\(output)/\(file)")
      pictures.append(DiagramReference(stage: nil, title: plot.title, file: file))
    }
    let diagrams = DocumentDiagram.all(of: trace).filter { diagram in
      diagram.stage.map { stages?.contains($0) ?? true } ?? true
    }
    return try Activity.during("drawing diagrams") { activity in
      for (n, diagram) in diagrams.enumerated() {
        activity.reach(n + 1, of: diagrams.count)
        let dot = try DiagramCommand.dot(diagram.name, trace: trace, source: source, at: diagram.beat)
        try OutputFile.write(PictureFormat.svg.draw(dot), to: "\(output)/\(diagram.file)")
        pictures.append(DiagramReference(stage: diagram.stage, title: diagram.title(in: trace), file: diagram.file))
      }
      return pictures
    }
  }
}

extension Handout.Figure {
  /// The picture for a slide.
  func slideSVG(_ trace: Trace, _ source: Source) throws -> String {
    guard case .diagram(let name, let beat) = kind,
      let dot = Diagrams.slideDOT(name, trace: trace, source: source, at: beat)
    else { return try svg(trace, source) }
    return String(decoding: try PictureFormat.svg.draw(dot), as: UTF8.self)
  }

  /// The picture itself.
  func svg(_ trace: Trace, _ source: Source) throws -> String {
    switch kind {
    case .plot(let name): try PlotCommand.plot(name, trace, source, at: nil).svg
    case .diagram(let name, let beat):
      String(
        decoding: try PictureFormat.svg.draw(DiagramCommand.dot(name, trace: trace, source: source, at: beat)),
        as: UTF8.self)
    }
  }
}
