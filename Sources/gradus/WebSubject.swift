import Debugging
import Documents
import Foundation
import Objectives
import Plots
import Recording
import Reporting
import Simulation
import Training
import WebPage

/// What a page shows: a source with changes, recorded.
struct WebSubject {
  var configuration: PageConfiguration
  private let algorithm: Algorithm
  let trace: Trace
  /// The second recording, side by side with the first.
  let variant: Trace?
  /// What the page opens with; nil where there is nothing to draw.
  private var picture: Plot?

  init(_ named: NamedSource, changes: ChangeOptions, position: String?, variant: [Assignment]?) throws {
    let source = try changes.applied(to: named.source)
    algorithm = source.algorithm
    trace = source.recorded()
    self.variant = try variant.map { assignments in
      var other = source
      try other.change(assignments)
      return other.recorded()
    }
    configuration = PageConfiguration(name: source.name, title: source.title, document: named.document?.json)
    configuration.preset = changes.preset?.rawValue
    configuration.settings = changes.assignments.map { ($0.name, $0.value) }
    configuration.variant = variant?.map { ($0.name, $0.value) }
    configuration.beat = try position.map { try Self.beat($0, in: trace) } ?? Self.tellingBeat(trace, source)
    if case .batch = source { configuration.isBatch = true }
    describe(source)
  }

  /// A built-in scenario as it is.
  init(_ scenario: Scenario) {
    algorithm = scenario.algorithm
    trace = Source.scenario(scenario).recorded()
    variant = nil
    configuration = PageConfiguration(name: scenario.name, title: scenario.title)
    configuration.beat = Self.tellingBeat(trace, .scenario(scenario))
    describe(.scenario(scenario))
  }

  /// What a link to the page says of it: what its picture claims, and what it is.
  private mutating func describe(_ source: Source) {
    configuration.program = Version.number
    picture = PlotKind.first(of: trace, source: source)?.plot
    let claim = picture.map { ($0.claim ?? $0.title) + ". " } ?? ""
    let title = source.title.isEmpty ? source.name : source.title
    configuration.description =
      claim + "\(title): \(extent) to step through, with every number, its formula and its gradient."
  }

  /// Draws what links to the page show, as a file beside it, `ppo.png` of `ppo.html`, and names it in the page.
  ///
  /// - Parameter address: Of the folder that the page will be in. A link's preview needs a whole address; without one the
  ///   file's name is the best that there is.
  mutating func drawPreview(beside page: String, at address: String?) throws {
    guard let picture else { return }
    let file = URL(filePath: page).deletingPathExtension().appendingPathExtension("png")
    try OutputFile.write(try PictureFormat.png.draw(picture.dot), to: file.relativePath)
    let folder = address.map { $0.hasSuffix("/") ? $0 : $0 + "/" } ?? ""
    configuration.previewImage = folder + file.lastPathComponent
  }

  /// Where the source's first plot has what it points out.
  private static func tellingBeat(_ trace: Trace, _ source: Source) -> Int {
    PlotKind.first(of: trace, source: source)?.plot.places(in: trace).first?.beat ?? 0
  }

  /// As in `goto`: for a stage, its first beat.
  private static func beat(_ position: String, in trace: Trace) throws -> Int {
    do throws(ExpressionError) {
      return try Position.parse(position, in: trace, from: -1)
    } catch {
      throw CommandError(.usage, error.message)
    }
  }

  // MARK: The page

  func page(engine: [UInt8]?) throws -> PlayerPage {
    var page = PlayerPage(configuration)
    page.engine = engine
    page.diagrams = try tell(&page.configuration, hasEngine: engine != nil)
    if engine == nil {
      let recording = try PageRecording(configuration, beats: trace.beats.count)
      page.recording = recording.json
      if recording.beats < trace.beats.count {
        Output.complain(
          "\(configuration.name): without the engine a page holds the first \(recording.beats) of \(trace.beats.count) beats"
        )
      }
    }
    page.diagrams += try diagrams()
    return page
  }

  /// Adds the tour and the places of a built-in scenario; returns the drawings that the tour needs.
  private func tell(
    _ configuration: inout PageConfiguration, hasEngine: Bool
  ) throws -> [(shape: String, svg: String)] {
    guard configuration.document == nil, let scenario = Scenario.builtIn.first(where: { $0.name == configuration.name })
    else { return [] }
    // Places are found in the scenario as it is, and so are what their links lead to.
    if configuration.preset == nil, configuration.settings.isEmpty, configuration.variant == nil {
      configuration.moments = try Sight.all[scenario.name]?.links(in: .scenario(scenario), hasEngine: hasEngine) ?? []
    }
    guard hasEngine, let tour = try TourForPage(of: scenario.name) else { return [] }
    configuration.tour = tour.tour
    return tour.drawings
  }

  /// A drawing for every shape of the stages, which the page fills with numbers.
  private func diagrams() throws -> [(shape: String, svg: String)] {
    try Activity.during("drawing diagrams") { activity in
      var shapes = StageShape.all(of: trace)
      let known = Set(shapes.map { $0.id })
      if let variant { shapes += StageShape.all(of: variant).filter { !known.contains($0.id) } }
      shapes.removeAll { $0.dot.isEmpty }
      return try shapes.enumerated().map { n, shape in
        activity.reach(n + 1, of: shapes.count)
        return (shape.id, CompactSVG.text(String(decoding: try PictureFormat.svg.draw(shape.dot), as: UTF8.self)))
      }
    }
  }

  /// What trains a transformer in the page: the trainer of the source's algorithm.
  func training(
    _ settings: [PageConfiguration.Setting]
  ) throws -> (trainer: String, settings: [PageConfiguration.Setting]) {
    let trainers = Trainer.all.filter { $0.algorithm == algorithm && PageTraining.trains($0) }
    guard let trainer = trainers.first else {
      throw CommandError(
        .usage,
        "\(configuration.name): a page trains by \(PageTraining.trainers); \(algorithm.name) is none of them"
      )
    }
    let settings = PageTraining.smallModel + settings
    // Asked once here, so that an impossible option is an error now and not in the page.
    do throws(TrainingError) {
      try PageTraining.check(trainer, settings)
    } catch {
      throw CommandError(.usage, "--train: \(error.message)")
    }
    return (trainer.name, settings)
  }

  // MARK: What is said about it

  func report(on written: PlayerPage.Written, as path: String) -> String {
    let kilobytes = (written.bytes.count + 999) / 1000
    return "wrote \(path): \(extent), \(kilobytes) kB\n"
  }

  /// `1437 beats in 130 stages`.
  var extent: String { "\(trace.beats.count) beats in \(trace.stages.count) stages" }
}

extension PlayerPage {
  /// The page's bytes; says on standard error what did not fit.
  func written(as path: String) throws -> Written {
    let written: Written
    do throws(PageError) {
      written = try html()
    } catch {
      throw CommandError(.badData, error.message)
    }
    if written.omitted > 0 {
      let limit = training == nil ? Self.limit : Self.trainingLimit
      let instead = engine == nil ? "there the page shows no diagram" : "the page lays them out itself"
      Output.complain(
        "\(path): \(written.omitted) of \(diagrams.count) diagrams are left out, for a page of at most "
          + "\(limit / 1000) kB; \(instead)")
    }
    return written
  }
}
