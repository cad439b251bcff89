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
  /// How many steps the formulas are followed back; what lies further away moves a point by way of almost everything.
  private static let reach = 2

  /// The names of the options that stand beside a picture.
  ///
  /// First come those that the formulas of its points name, the nearest first, and then those whose roles move any picture;
  /// what a reader would not change first is left for where there is nothing else.
  ///
  /// - Parameter name: Which plot; nil for the one that the source's algorithm is about.
  func levers(_ name: String?) -> [String] {
    let own = session.source.options
    let candidates = namedOptions(from: pictured(name)) + movers
    var found: [String] = []
    for name in candidates.filter({ Control.main.contains($0) }) + Control.main + candidates
    where found.count < Self.leverCount {
      if !found.contains(name), own.contains(where: { $0.description.name == name && $0.isLever }) {
        found.append(name)
      }
    }
    return found
  }

  /// The terms that a picture shows where it shows most, the one that it points out first.
  private func pictured(_ name: String?) -> [Int] {
    guard let kind = memory.plots.first(where: { $0.name == name })?.name ?? memory.firstPlot else { return [] }
    let trace = session.trace
    do throws(PlotError) {
      let plot = try PlotKind.plot(kind, trace: trace, source: session.source, at: nil)
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
    var (generation, isSeen) = (terms, Set<Int>())
    for _ in 0...Self.reach {
      // One term of a name is as good as another.
      generation = generation.filter { isSeen.insert(trace.terms[$0].key.name).inserted }
      for definition in StageFormulas(trace, terms: generation).definitions {
        if case .option(let name, _) = definition.kind { found.append(name) }
      }
      generation = generation.flatMap { trace.inputs(of: $0) }
    }
    return found
  }

  /// What moves any picture: what holds the policy back, the size of a step, what is clipped and what is lost, and then how
  /// long it goes on.
  private var movers: [String] {
    let algorithm = session.source.algorithm
    func options(_ roles: [Algorithm.Role]) -> [Option] { roles.compactMap { algorithm.option($0) } }
    let all = options([.klWeight]) + [.learningRate] + options([.clipLow, .lossType, .epochs, .batchSize, .iterations])
    return all.map { $0.description.name }
  }
}

extension Option {
  /// Whether one movement of the hand changes it.
  fileprivate var isLever: Bool {
    switch description.kind {
    case .number, .integer, .choice, .choices: true
    case .optionalNumber, .flag, .weights: false
    }
  }
}
