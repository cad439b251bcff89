import Debugging
import Recording

/// What a page asks of a recording at every step, found out once.
final class RecordingMemory {
  let trace: Trace
  let gradients: TermGradients
  let uses: TermUses
  /// How many terms differ from the original recording.
  let changedTerms: Int
  /// Of each stage, whether a term in it differs from the original recording.
  let isStageChanged: [Bool]

  init(_ session: Session) {
    trace = session.trace
    gradients = TermGradients(trace)
    uses = TermUses(trace)
    let changes = trace === session.originalTrace ? [] : Comparison(session.originalTrace, trace).changes
    changedTerms = changes.count
    var isChanged = trace.stages.map { _ in false }
    for change in changes {
      if let term = change.after { isChanged[trace.beats[trace.terms[term].beat].stage] = true }
    }
    isStageChanged = isChanged
  }
}
