import Debugging
import Objectives
import Plots
import Recording
import Reporting
import Simulation

// Which options move a picture most directly.
extension Pane {
  /// How many options stand beside a picture.
  private static let leverCount = 3
  /// How many terms are followed back; what lies further away moves a point by way of almost everything.
  private static let searched = 60

  /// The names of the options that stand beside a picture: those that the formulas of its points name, the nearest first, and
  /// then those whose roles move any picture.
  ///
  /// - Parameter name: Which plot; nil for the one that the source's algorithm is about.
  func levers(_ name: String?) -> [String] {
    let own = session.source.options
    var found: [String] = []
    for name in namedOptions(from: pictured(name)) + movers where found.count < Self.leverCount {
      if !found.contains(name), own.contains(where: { $0.description.name == name && $0.isScalar }) { found.append(name) }
    }
    return found
  }

  /// The terms that a picture shows, the one that it points out first.
  private func pictured(_ name: String?) -> [Int] {
    guard let kind = memory.plots.first(where: { $0.name == name })?.name ?? memory.firstPlot else { return [] }
    let trace = session.trace
    do throws(PlotError) {
      let plot = try PlotKind.plot(kind, trace: trace, source: session.source, at: session.shownBeat)
      return plot.places(in: trace).prefix(4).flatMap { place in
        trace.beats[place.beat].terms.filter { trace.text($0) == place.term }
      }
    } catch {
      return []
    }
  }

  /// The options in the formulas of terms, and of what these are computed from, generation by generation.
  private func namedOptions(from terms: [Int]) -> [String] {
    let trace = session.trace
    var found: [String] = []
    var (open, isSeen) = (terms, Set<Int>())
    var count = 0
    while !open.isEmpty, count < Self.searched, found.count < Self.leverCount {
      let term = open.removeFirst()
      // One term of a name is as good as another.
      guard isSeen.insert(trace.terms[term].key.name).inserted else { continue }
      count += 1
      for definition in StageFormulas(trace, terms: [term]).definitions {
        if case .option(let name, _) = definition.kind { found.append(name) }
      }
      open += trace.inputs(of: term)
    }
    return found
  }

  /// What moves any picture: the size and the number of the steps, and what holds the policy back.
  private var movers: [String] {
    let algorithm = session.source.algorithm
    let roles = [Algorithm.Role.klWeight, .epochs, .clipLow, .batchSize, .iterations].compactMap { algorithm.option($0) }
    return ([Option.learningRate] + roles).map { $0.description.name }
  }
}

extension Option {
  /// Whether a slider can move it.
  fileprivate var isScalar: Bool {
    switch description.kind {
    case .number, .integer: true
    case .optionalNumber, .flag, .choice, .weights: false
    }
  }
}
