import Autodiff
import Objectives
public import Recording

extension Batch {
  /// Computes the batch's loss and gradients with the recorded log-probabilities and values as leaves.
  ///
  /// - Parameters:
  ///   - overrides: What-ifs: numbers to put in place of those that the batch holds or the objective computes.
  ///   - rewriting: What-ifs that are computations.
  public func record(overrides: [Override] = [], rewriting: Trace.Rewriting? = nil) -> Trace {
    let glossary = Glossary(
      vocabulary: [], algorithm: algorithm, settings: settings, rewards: contents.rewardNames)
    let trace = Trace(glossary: glossary, overrides: overrides, rewriting: rewriting)
    trace.loops = Trace.LoopPosition(iteration: 0)
    replay(in: trace)
    return trace
  }
}

extension Observer {
  /// Names numbers that come from outside, a beat for each.
  func leaves(_ quantity: Quantity, _ values: [[Double]]) -> [[Scalar]] {
    values.enumerated().map { i, row in leaves(quantity, i, row) }
  }

  func leaves(_ quantity: Quantity, _ i: Int, _ row: [Double]) -> [Scalar] {
    row.enumerated().map { t, value in
      beat()
      return term(quantity, i, t, tape.leaf(value))
    }
  }
}
