import Objectives
public import Recording
import Simulation

// What the policy does not learn from, whatever its advantage: tokens that a tool wrote, responses that were cut off. Both
// are known with the response, but recorded where the masks are made.
extension Trace {
  /// Whether the policy does not learn from a token of this iteration's samples.
  public func isLeftOut(_ i: Int, _ t: Int, at beat: Int) -> Bool {
    isMasked(TermKey(.isComplete, i), at: beat) == true || isMasked(i, t, at: beat)
  }

  /// Whether it learns from nothing of a response.
  public func isLeftOut(_ i: Int, at beat: Int) -> Bool {
    isMasked(TermKey(.isComplete, i), at: beat) == true
      || maskedTokens(of: i, at: beat).map { $0.leftOut == $0.all } ?? false
  }

  /// Whether what a term is about is left out: a token, or else the whole response.
  func isLeftOut(_ term: Int) -> Bool {
    let (key, beat) = (terms[term].key, terms[term].beat)
    return key.j < 0 ? isLeftOut(key.i, at: beat) : isLeftOut(key.i, key.j, at: beat)
  }

  /// Whether the batch's own mask leaves a token out.
  func isMasked(_ i: Int, _ t: Int, at beat: Int) -> Bool { isMasked(TermKey(.lossMask, i, t), at: beat) == true }

  /// The tokens of a response that its mask leaves out, and how many the mask is for; nil without one.
  func maskedTokens(of i: Int, at beat: Int) -> (leftOut: Int, all: Int)? {
    var masked: [Bool] = []
    while let next = isMasked(TermKey(.lossMask, i, masked.count), at: beat) { masked.append(next) }
    return masked.isEmpty ? nil : (masked.count { $0 }, masked.count)
  }

  /// Whether a mask of the iteration is 0, recorded by now or later; nil where there is none.
  private func isMasked(_ key: TermKey, at beat: Int) -> Bool? {
    let iteration = sampleIteration(at: beat)
    var found = term(key, before: terms.count)
    while let term = found {
      let stage = stage(ofBeat: terms[term].beat)
      if stage.loops.iteration == iteration { return stage.name == Stage.mask.name ? value(term) == 0 : nil }
      found = self.term(key, before: term)
    }
    return nil
  }
}
