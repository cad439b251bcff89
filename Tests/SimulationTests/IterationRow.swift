import Objectives
import Recording
import Simulation

extension Trace {
  /// A quantity of the tokens of a response, of the iteration in which a beat lies.
  func row(_ quantity: Quantity, _ i: Int, ofIterationAt beat: Int) -> [Double] {
    let iteration = stage(ofBeat: beat).loops.iteration
    return (0..<9).compactMap { t in
      let term = term(TermKey(quantity, i, t), at: beat)
      let stage = term.map { self.stage(ofBeat: terms[$0].beat) }
      return stage?.loops.iteration == iteration ? term.map { value($0) } : nil
    }
  }
}
