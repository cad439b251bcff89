import Autodiff
import Objectives
import Recording

extension Trace {
  /// Samples one token by inverting the cumulative distribution, and records the draw and its interval.
  func sampleToken(_ i: Int, _ t: Int, from logps: [Scalar], random: inout RandomStream) -> Int {
    let eos = logps.count - 1
    let draw = term(.draw, i, t, tape.leaf(random.uniform()))
    let probabilities = logps.map { exp($0) }
    let recorded = term(.token, i, t, tape.leaf(Double(pickedToken(probabilities.map { $0.value }, draw: draw.value))))
    let token = min(max(0, Int(recorded.value)), eos)
    _ = term(.cumulativeLow, i, t, tape.sum(Array(probabilities[..<token])))
    _ = term(.cumulativeHigh, i, t, tape.sum(Array(probabilities[...token])))
    return token
  }
}

/// The token in whose interval of the cumulative distribution a draw falls.
func pickedToken(_ probabilities: [Double], draw: Double) -> Int {
  var below = 0.0
  let picked = probabilities.firstIndex { probability in
    below += probability
    return draw < below
  }
  return picked ?? probabilities.count - 1
}

extension RandomStream {
  /// The shuffled batch in parts whose sizes differ by one at most.
  mutating func minibatches(of count: Int, parts: Int) -> [[Int]] {
    let order = shuffled(count)
    let parts = min(parts, count)
    return (0..<parts).map { part in
      Array(order[(part * count / parts)..<((part + 1) * count / parts)]).sorted()
    }
  }
}
