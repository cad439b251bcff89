import Autodiff
import Objectives
import Recording
import Simulation

/// One point of the clip's plot: a token, or a response where the ratio is the response's.
struct ClipItem {
  typealias Names = (ratio: Quantity, objective: Quantity)

  let objective: Int
  let ratio: Int
  let logps: [Int]
  let advantage: Double
  let stop: Stop?

  /// Whether its objective passes no gradient, although there is an advantage.
  var isCut: Bool { stop != nil }

  /// Why an objective passes no gradient: beyond this ratio it grows no more, or falls no further, or a mask is 0.
  enum Stop: CaseIterable {
    case limit, floor, mask

    fileprivate init(ratio: Double, advantage: Double, isMasked: Bool) {
      let isAgainst = advantage > 0 ? ratio < 1 : ratio > 1
      self = isMasked ? .mask : isAgainst ? .floor : .limit
    }

    func predicate(_ count: Int) -> String {
      switch self {
      case .limit: "\(count == 1 ? "has" : "have") moved as far as the objective rewards"
      case .floor: "\(count == 1 ? "is" : "are") where the objective falls no further"
      case .mask: "\(count == 1 ? "is" : "are") masked"
      }
    }
  }

  /// Nil where a part of the objective was not recorded, or is not finite.
  ///
  /// - Parameters:
  ///   - objective: The term of the objective.
  ///   - names: Those of ratio and objective.
  ///   - loss: The loss that the objective is part of.
  ///   - trace: The recording.
  init?(_ objective: Int, _ names: Names, _ loss: Trace.Differentiation?, in trace: Trace) {
    guard let parts = Self.parts(of: objective, names, in: trace),
      [parts.ratio, parts.advantage, objective].allSatisfy({ trace.value($0).isFinite })
    else { return nil }
    let key = trace.terms[objective].key
    let mask = Self.term(TermKey(.covarianceMask, key.i, key.j), of: objective, in: trace).map { trace.value($0) }
    let isMasked = mask == 0 || loss?.gradient[trace.scalar(objective)] == 0
    func slope() -> Double {
      ScalarFunction(of: [trace.scalar(objective)], moving: parts.logps.map { trace.scalar($0) }).slope(0)
    }
    self.objective = objective
    (ratio, logps, advantage) = (parts.ratio, parts.logps, trace.value(parts.advantage))
    stop =
      advantage != 0 && (isMasked || slope() == 0)
      ? Stop(ratio: trace.value(ratio), advantage: advantage, isMasked: isMasked) : nil
  }

  /// The terms that an objective is made of; nil where one is missing.
  static func parts(
    of objective: Int, _ names: Names, in trace: Trace
  ) -> (ratio: Int, logps: [Int], advantage: Int)? {
    let key = trace.terms[objective].key
    let isShared = names.ratio != .ratio
    func own(_ quantity: Quantity, _ i: Int, _ t: Int) -> Int? {
      term(TermKey(quantity, i, t), of: objective, in: trace)
    }
    guard let ratio = own(names.ratio, key.i, isShared ? -1 : key.j) else { return nil }
    var logps: [Int] = []
    if isShared {
      while let logp = own(.logp, key.i, logps.count) { logps.append(logp) }
    } else if let logp = own(.logp, key.i, key.j) {
      logps = [logp]
    }
    let advantage =
      trace.term(TermKey(.advantage, key.i, key.j), before: objective)
      ?? trace.term(TermKey(.advantage, key.i), before: objective)
    guard !logps.isEmpty, let advantage else { return nil }
    return (ratio, logps, advantage)
  }

  /// A term that was recorded before an objective, in the same minibatch.
  private static func term(_ key: TermKey, of objective: Int, in trace: Trace) -> Int? {
    let loops = trace.stage(ofBeat: trace.terms[objective].beat).loops
    return trace.term(key, before: objective).flatMap {
      trace.stage(ofBeat: trace.terms[$0].beat).loops == loops ? $0 : nil
    }
  }
}
