import Objectives
import Recording
import Simulation

/// The token that an explanation follows, since something happens to it: a clip cuts it, its pair goes the wrong way.
struct TellingToken {
  let i: Int
  let t: Int
  /// Where that is.
  let loops: Trace.LoopPosition
  /// What happens, of the stage as a whole; nil where nothing does.
  let turn: String?
  /// The stage that shows it, by its number in the recording.
  let stage: Int?

  /// The token of the first surprise in a minibatch, or else in an iteration, unless it is left out, since nothing is learned
  /// from it; of a run without surprises, the token that the loss depends on most.
  init(_ trace: Trace) {
    let inMinibatches = trace.stages.indices.filter { trace.stages[$0].loops.minibatch != nil }
    let others = trace.stages.indices.filter {
      trace.stages[$0].loops.iteration != nil && trace.stages[$0].loops.minibatch == nil
    }
    for stage in inMinibatches + others {
      guard let turn = OverviewSubject(stage, in: trace).findings.first(where: { $0.isTurn }),
        let term = turn.terms.first(where: { !trace.isPassedOver($0) }),
        [.sequence, .pair].contains(trace.quantity(of: term).description.axes.first)
      else { continue }
      let key = trace.terms[term].key
      (i, t) = (key.i, max(0, key.j))
      (self.turn, self.stage) = (turn.text, stage)
      let run = trace.stages[stage].loops
      loops =
        run.minibatch != nil
        ? run
        : trace.stages.first { $0.loops.minibatch != nil && $0.loops.iteration == run.iteration }?.loops ?? run
      return
    }
    loops = MarkdownTrace.shownMinibatch(of: trace)
    (i, t) = TokenSelection(trace, gradients: TermGradients(trace), shown: loops).example
    (turn, stage) = (nil, nil)
  }
}
