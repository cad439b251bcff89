import ArgumentParser
import Simulation
import Training
import WebPage

/// `gradus web`: the debugger as a page.
struct WebCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "web",
    abstract: "Write the debugger with a recording as one HTML file, which needs no server and no network.",
    usage: """
      gradus web SOURCE [--set option=value …] [--preset name] [--at position]
                 [--variant option=value …] [--module FILE] --output FILE
                 [--url URL] [--figure] [--train [--train-set option=value …]]
      gradus web --all [--url URL] [--module FILE] --output DIR
      """,
    discussion: """
      Example:  gradus web ppo --at clip --output ppo.html
      Example:  gradus web ppo --variant cliprange=0.05 --output two-clips.html
      Example:  gradus web grpo --train --output learns.html
      Example:  gradus web ppo --figure --output figure.html
      Example:  gradus web --all --output site
      """)

  @Argument(
    help: ArgumentHelp("A built-in scenario, a scenario file or a batch file.", valueName: "SOURCE"),
    completion: .sources)
  var source: String?

  @OptionGroup var changes: ChangeOptions

  @Option(
    name: .customLong("at"),
    help: ArgumentHelp(
      "Where to begin: a beat, iteration/epoch/minibatch or a stage (default: where the picture has most to show).",
      valueName: "position"),
    completion: .positions)
  var position: String?

  @Option(
    name: .customLong("variant"),
    help: ArgumentHelp(
      "Show a second recording beside the first, with this option set; can be repeated.", valueName: "option=value"),
    completion: .sourceOptions,
    transform: Assignment.init)
  var variant: [Assignment] = []

  @Flag(help: "Also train a transformer in the page, by the source's algorithm: \(PageTraining.trainers).")
  var train = false

  @Option(
    name: .customLong("train-set"),
    help: ArgumentHelp(
      "Set an option of that training, as in gradus train --set; can be repeated.", valueName: "option=value"),
    transform: Assignment.init)
  var trainingSettings: [Assignment] = []

  @Flag(help: "Open the page as a figure of 400 pixels: the picture, one option, a sentence, a link to the whole.")
  var figure = false

  @Flag(help: "Write a page for every built-in scenario, and an index.html of them.")
  var all = false

  @Option(
    help: ArgumentHelp(
      "The folder's address where the page will be: its picture, which links to it show, is written beside it.",
      valueName: "URL"))
  var url: String?

  @Option(
    help: ArgumentHelp("The engine (default: the one beside the program).", valueName: "FILE"),
    completion: .file(extensions: ["wasm"]))
  var module: String?

  @Option(
    help: ArgumentHelp("The file to write, or - for standard output; with --all a folder.", valueName: "FILE"),
    completion: .file())
  var output: String

  func validate() throws {
    if source == nil && !all { throw ValidationError("name a SOURCE, or write pages of all built-in ones with --all") }
    if !trainingSettings.isEmpty && !train { throw ValidationError("--train-set is for a page with --train") }
    guard all else {
      if url != nil && output == "-" {
        throw ValidationError("--url writes a picture beside the page: give --output a file")
      }
      return
    }
    if figure { throw ValidationError("--all writes the scenarios as they are: no --figure") }
    if train { throw ValidationError("--all writes the scenarios as they are: no --train") }
    if let source { throw ValidationError("--all writes every built-in scenario; leave \(source) out") }
    if !changes.assignments.isEmpty || changes.preset != nil || position != nil || !variant.isEmpty {
      throw ValidationError("--all writes the scenarios as they are: no --set, --preset, --at or --variant")
    }
    if output == "-" { throw ValidationError("--all writes several files: give --output a folder") }
  }

  func run() throws {
    guard let source else {
      return try Gallery(engine: try EngineModule.load(module), address: url).write(to: output)
    }
    // An error in the source is reported before anything else.
    var subject = try WebSubject(
      try NamedSource(source), changes: changes, position: position, variant: variant.isEmpty ? nil : variant)
    let engine = try EngineModule.load(module)
    if let url { try subject.drawPreview(beside: output, at: url) }
    var page = try subject.page(engine: engine)
    page.configuration.isFigure = figure
    if train {
      page.configuration.training = try subject.training(trainingSettings.map { ($0.name, $0.value) })
      page.training = try EngineModule.loadTraining(module)
    }
    let written = try page.written(as: output)
    try OutputFile.write(written.bytes, to: output)
    if output != "-" { try Output.write(subject.report(on: written, as: output)) }
  }
}
