import Documents
import Objectives
public import Recording
public import Simulation

/// Why a plot cannot be drawn, and what could be.
public struct PlotError: Error, Equatable, Sendable {
  public let message: String

  public init(message: String) { self.message = message }
}

/// What a plot is made from.
struct PlotSubject {
  let trace: Trace
  let source: Source
  /// The beat as of which it is drawn; nil for where it shows most.
  let beat: Int?
  /// What it is to be about, where it has a choice.
  var about: [TermKey] = []
  /// Whether it has the formulas of what it shows.
  var hasFormulas = true

  var settings: Settings { source.settings }
  var algorithm: Algorithm { source.algorithm }
  var words: Algorithm.Words { trace.words }
  /// What lies between two points of a run's path.
  var round: String { algorithm.samples ? "iteration" : "update" }
}

/// A kind of plot: what it shows, what it needs of a recording, and how it is made.
///
/// To add one, write a file like `GroupPlot.swift` and name it in `all`.
public struct PlotKind: Sendable {
  /// What the user types.
  public let name: String
  /// What it shows, in one clause.
  public let summary: String
  /// What the recording lacks; nil if it can be drawn.
  let lack: @Sendable (PlotSubject) -> String?
  /// Whether it would show anything but zeros.
  let shows: @Sendable (PlotSubject) -> Bool
  /// The plot; nil where it would show nothing but zeros.
  let draw: @Sendable (PlotSubject) -> Plot?

  init(
    name: String, summary: String, lack: @escaping @Sendable (PlotSubject) -> String?,
    draw: @escaping @Sendable (PlotSubject) -> Plot?
  ) {
    self.init(name: name, summary: summary, lack: lack, make: draw, plot: { $0 })
  }

  /// - Parameters:
  ///   - name: What the user types.
  ///   - summary: What it shows, in one clause.
  ///   - lack: What the recording lacks.
  ///   - isClear: Whether there is something at first sight; where it is not, `make` finds out.
  ///   - make: What is plotted; nil where that would be nothing but zeros.
  ///   - plot: Draws it, which takes longer than finding out that there is something.
  init<Figure>(
    name: String, summary: String, lack: @escaping @Sendable (PlotSubject) -> String?,
    isClear: @escaping @Sendable (PlotSubject) -> Bool = { _ in false },
    make: @escaping @Sendable (PlotSubject) -> Figure?, plot: @escaping @Sendable (Figure) -> Plot
  ) {
    (self.name, self.summary, self.lack) = (name, summary, lack)
    shows = { isClear($0) || make($0) != nil }
    draw = { subject in make(subject).map { plot($0).finite } }
  }

  /// All kinds, in the order in which they are offered.
  public static let all: [PlotKind] = [
    clip, pairLoss, kl, gae, group, userGroups, policy, frontier, progress, landscape, ratios, advantages,
  ]

  /// Those that show the run from its start to its end, wherever one is.
  static let ofWholeRuns: [PlotKind] = [frontier, progress, landscape]

  /// Those that a recording has the numbers for.
  public static func available(for trace: Trace, source: Source) -> [PlotKind] {
    let subject = PlotSubject(trace: trace, source: source, beat: nil)
    return all.filter { $0.lack(subject) == nil }
  }

  /// The first plot that a recording has something for: what its algorithm is about.
  public static func first(of trace: Trace, source: Source) -> (name: String, plot: Plot)? {
    let subject = PlotSubject(trace: trace, source: source, beat: nil)
    return first(for: subject).flatMap { kind in kind.draw(subject).map { (kind.name, $0) } }
  }

  /// The name of that plot, without drawing it.
  public static func firstName(of trace: Trace, source: Source) -> String? {
    first(for: PlotSubject(trace: trace, source: source, beat: nil))?.name
  }

  private static func first(for subject: PlotSubject) -> PlotKind? {
    all.first { $0.lack(subject) == nil && $0.shows(subject) }
  }

  /// The plot with a name.
  ///
  /// It is drawn as of a beat; nil for where it shows most. Where a plot shows nothing there, another place is chosen,
  /// which its subtitle says.
  ///
  /// - Parameters:
  ///   - name: What the user types.
  ///   - trace: The recording.
  ///   - source: What it was made from.
  ///   - beat: As of when.
  ///   - about: What it is to be about, where it has a choice: a row of the policy, a group, numbers of the run.
  ///   - hasFormulas: Whether the plot has the formulas of what it shows.
  public static func plot(
    _ name: String, trace: Trace, source: Source, at beat: Int?, about: [TermKey] = [], hasFormulas: Bool = true
  ) throws(PlotError) -> Plot {
    let subject = PlotSubject(trace: trace, source: source, beat: beat, about: about, hasFormulas: hasFormulas)
    guard let kind = all.first(where: { $0.name == name }) else {
      let near = nearestNames(to: name, among: all.map { $0.name }, limit: 2)
      let names = all.map { $0.name }.joined(separator: ", ")
      throw PlotError(
        message: "there is no plot \(name); "
          + (near.isEmpty ? "it is one of \(names)" : "did you mean \(near.joined(separator: " or "))?"))
    }
    if let lack = kind.lack(subject) { throw refusal(name, lack, trace, source) }
    guard var plot = kind.draw(subject) else {
      throw refusal(
        name, "at no step is there anything to see: what it compares is equal, or not finite", trace, source)
    }
    if beat != nil, ofWholeRuns.contains(where: { $0.name == name }) {
      plot.subtitle = ["the whole run", plot.subtitle].filter { !$0.isEmpty }.joined(separator: " · ")
    }
    return plot
  }

  private static func refusal(_ name: String, _ reason: String, _ trace: Trace, _ source: Source) -> PlotError {
    let subject = PlotSubject(trace: trace, source: source, beat: nil, hasFormulas: false)
    let possible = available(for: trace, source: source).filter { $0.name != name && $0.draw(subject) != nil }
      .map { $0.name }
    let advice = possible.isEmpty ? "nothing can be plotted of it" : "it has \(possible.joined(separator: ", "))"
    return PlotError(message: "\(source.name) has no plot \(name): \(reason); \(advice)")
  }
}

extension PlotSubject {
  /// Why one picture cannot show what is measured from the reference; nil where the reference stays as it is.
  var movingReference: String? {
    func moves(_ stage: Stage) -> Bool { trace.stages.contains { $0.name == stage.name } }
    if moves(.referenceSync) {
      return "its reference moves (sync_ref_model), and with it what is measured from there"
    }
    return moves(.teacherSync) ? "its teacher moves (teacher_model_kind), and with it what is measured from there" : nil
  }
}
