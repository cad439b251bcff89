import Objectives
public import Recording
import Simulation

/// The response that the document's examples follow, so that diagrams can show the same one.
public struct DocumentExample {
  private let trace: Trace
  private let sequence: Int

  public init(_ trace: Trace) {
    self.trace = trace
    let shown = MarkdownTrace.shownMinibatch(of: trace)
    sequence = TokenSelection(trace, gradients: TermGradients(trace), shown: shown).example.i
  }

  /// The last beat of a stage that speaks of the response, or the stage's last one where none does.
  public func beat(in run: Trace.StageRun) -> Int {
    run.beats.last { beat in
      let term = trace.beats[beat].terms.lowerBound
      return trace.quantity(of: term).description.axes.first == .sequence && trace.terms[term].key.i == sequence
    } ?? run.beats.upperBound - 1
  }
}
