import Objectives
import Recording
import Simulation

/// Which tokens of an iteration the tables show, and which of them serves as the example.
///
/// A large batch's tables would be endless: only the tokens that the loss depends on most are kept.
struct TokenSelection {
  static let limit = 30

  /// The response and the token that the examples follow.
  private(set) var example: (i: Int, t: Int) = (0, 0)
  private(set) var tokenCount = 0
  private let noun: String
  /// Nil if all are shown.
  private var chosen: Set<TermKey>?

  /// - Parameter loops: The minibatch that is shown in full; the example is taken from it.
  init(_ trace: Trace, gradients: TermGradients, shown loops: Trace.LoopPosition) {
    var weights: [TermKey: Double] = [:]
    var shown: [TermKey: Double] = [:]
    for term in trace.terms.indices where trace.quantity(of: term) == .logp {
      let stage = trace.stage(ofBeat: trace.terms[term].beat).loops
      guard stage.iteration == loops.iteration else { continue }
      let key = TermKey(.logp, trace.terms[term].key.i, trace.terms[term].key.j)
      let weight = (gradients[term] ?? 0).magnitude
      weights[key] = max(weights[key] ?? 0, weight)
      if stage == loops { shown[key] = weight }
    }
    tokenCount = weights.count
    noun = trace.words.step
    let ranked = Self.ranked(weights)
    if ranked.count > Self.limit { chosen = Set(ranked.prefix(Self.limit)) }
    if let best = Self.longest(shown) { example = best }
  }

  /// Whether a table shows a token; a slot after a response is shown with all of a small batch.
  func contains(_ i: Int, _ t: Int) -> Bool {
    isNearExample(i, t) || (chosen?.contains(TermKey(.logp, i, t)) ?? true)
  }

  /// Whether a token is of the example's response, and not too far away.
  func isNearExample(_ i: Int, _ t: Int) -> Bool { i == example.i && (t - example.t).magnitude <= 8 }

  /// Whether a table of responses shows one.
  func contains(response i: Int) -> Bool { i == example.i || (chosen?.contains { $0.i == i } ?? true) }

  /// What was left out, for a note below a table; nil if nothing was.
  var remark: String? {
    chosen == nil
      ? nil
      : "Tables show the \(Self.limit) of \(tokenCount) \(noun)s whose log-probability the loss depends on most, and those "
        + "around the example; `gradus trace --format json` has all."
  }

  /// The heaviest first; equal ones in the order of the batch.
  private static func ranked(_ weights: [TermKey: Double]) -> [TermKey] {
    weights.keys.sorted { a, b in
      let (x, y) = (weights[a] ?? 0, weights[b] ?? 0)
      return x != y ? x > y : (a.i, a.j) < (b.i, b.j)
    }
  }

  /// Of the longest response, up to eight tokens, the token with the largest weight.
  private static func longest(_ weights: [TermKey: Double]) -> (i: Int, t: Int)? {
    var lengths: [Int: Int] = [:]
    for key in weights.keys { lengths[key.i] = max(lengths[key.i] ?? 0, key.j + 1) }
    let longest = lengths.values.reduce(0) { max($0, min($1, 8)) }
    let best = ranked(weights).first { min(lengths[$0.i] ?? 0, 8) == longest }
    return best.map { ($0.i, $0.j) }
  }
}
