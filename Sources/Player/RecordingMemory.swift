import Debugging
import Documents
import Plots
import Recording
import Simulation

/// What a page asks about a recording at every step, computed once.
final class RecordingMemory {
  let trace: Trace
  // Where nothing asks for them, as while a slider is dragged, they are not gathered.
  private(set) lazy var gradients = TermGradients(trace)
  private(set) lazy var uses = TermUses(trace)
  private let source: Source
  /// The plots that there are.
  private(set) lazy var plots = PlotKind.available(for: trace, source: source)
  /// The plot that the source's algorithm is about.
  private(set) lazy var firstPlot = PlotKind.firstName(of: trace, source: source)
  /// The terms of the original recording that the terms correspond to; nil before any what-if.
  let pairing: TermPairing?
  /// How many terms differ from the original recording, including those that only one of the two has.
  private(set) var changedTerms = 0
  /// The beat of the first term that differs.
  private(set) var firstChange: Int?
  /// For each stage, whether a term in it differs from the original recording.
  private(set) var isStageChanged: [Bool]

  init(_ session: Session) {
    trace = session.trace
    source = session.source
    isStageChanged = trace.stages.map { _ in false }
    pairing = trace === session.originalTrace ? nil : TermPairing(session.originalTrace, trace)
    if let pairing { count(pairing, session.originalTrace) }
  }

  private func count(_ pairing: TermPairing, _ original: Trace) {
    changedTerms = pairing.gone.count
    for (term, recorded) in trace.terms.enumerated() {
      if let partner = pairing[term], !NumberText.differ(original.value(partner), trace.value(term)) { continue }
      changedTerms += 1
      firstChange = firstChange ?? recorded.beat
      isStageChanged[trace.beats[recorded.beat].stage] = true
    }
  }
}
