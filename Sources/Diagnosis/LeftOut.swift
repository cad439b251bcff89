import Objectives
import Recording
import Simulation

/// What masks leave out: tokens that a tool wrote, answers that were cut off.
///
/// Nothing is learned from them, and their log-probabilities may be anything, so that nothing is judged by them either.
struct LeftOut {
  private var tokens: [Int: Set<Int>] = [:]
  private var responses: Set<Int> = []

  /// - Parameters:
  ///   - trace: The recording.
  ///   - range: The terms among which those of the masks are.
  init(in trace: Trace, _ range: Range<Int>) {
    for term in range where trace.value(term) == 0 {
      let key = trace.terms[term].key
      switch trace.quantity(of: term) {
      case .lossMask: tokens[key.i, default: []].insert(key.j)
      case .isComplete where trace.stage(ofBeat: trace.terms[term].beat).name == Stage.mask.name:
        responses.insert(key.i)
      default: continue
      }
    }
  }

  func contains(_ i: Int, _ t: Int) -> Bool { responses.contains(i) || tokens[i]?.contains(t) == true }

  /// Whether a term is a number of a token that is left out.
  func contains(_ term: Int, of trace: Trace) -> Bool {
    if tokens.isEmpty, responses.isEmpty { return false }
    let key = trace.terms[term].key
    guard contains(key.i, key.j) else { return false }
    let quantity = trace.quantity(of: term)
    return quantity != .lossMask && quantity.description.axes == [.sequence, .token]
  }
}

extension Examination {
  /// The log-probabilities of a response's tokens, without those that a mask leaves out.
  struct SampledLogps {
    /// Empty where the update did not learn from the response, or no reference was asked.
    let logp, oldLogp, refLogp: [Double]
  }

  /// The responses that a batch's policy sampled.
  var sampled: [SampledLogps] {
    (batch?.contents.sampled ?? []).enumerated().map { i, response in
      func kept(_ logps: [Double]) -> [Double] {
        logps.indices.filter { !leftOut.contains(i, $0) }.map { logps[$0] }
      }
      return SampledLogps(
        logp: kept(response.logp), oldLogp: kept(response.oldLogp), refLogp: kept(response.refLogp))
    }
  }
}
