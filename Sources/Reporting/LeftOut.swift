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

  /// Whether the loss has nothing of a token, neither its objective nor its KL: it is left out, or was rejected for the engine
  /// that sampled it.
  public func isOutOfLoss(_ i: Int, _ t: Int, at beat: Int) -> Bool {
    isLeftOut(i, t, at: beat) || isZero(TermKey(.rejectionMask, i, t), at: beat)
      || isZero(TermKey(.sequenceRejectionMask, i), at: beat)
  }

  /// Whether a token's advantage moves nothing, by any mask that is known at a beat; its KL may be in the loss all the same.
  public func isPassedOver(_ i: Int, _ t: Int, at beat: Int) -> Bool {
    let masks = [
      TermKey(.entropyMask, i, t), TermKey(.samplingMask, i, t), TermKey(.covarianceMask, i, t),
      TermKey(.trustMask, i, t),
      TermKey(.offPolicyMask, i), TermKey(.sequenceSamplingMask, i),
    ]
    return isOutOfLoss(i, t, at: beat) || masks.contains { isZero($0, at: beat) }
  }

  /// Whether that is so of all tokens of a response.
  public func isPassedOver(_ i: Int, at beat: Int) -> Bool {
    let places = places(of: i, at: beat)
    return places.isEmpty ? isLeftOut(i, at: beat) : places.allSatisfy { isPassedOver(i, $0, at: beat) }
  }

  /// Whether what a term is about is passed over: a token, or else the whole response.
  func isPassedOver(_ term: Int) -> Bool {
    let (key, beat) = (terms[term].key, terms[term].beat)
    guard key.i >= 0, quantity(of: term).description.axes.first == .sequence else { return false }
    return key.j < 0 ? isPassedOver(key.i, at: beat) : isPassedOver(key.i, key.j, at: beat)
  }

  /// The places of a response's tokens.
  func places(of i: Int, at beat: Int) -> Range<Int> {
    let narrator = Narrator(trace: self, beat: beat)
    var count = 0
    while !narrator.isSlot(i, count) { count += 1 }
    return 0..<count
  }

  /// Whether a mask of this iteration's samples is 0, by its latest value.
  private func isZero(_ key: TermKey, at beat: Int) -> Bool {
    guard let mask = term(key, at: beat) else { return false }
    return value(mask) == 0 && stage(ofBeat: terms[mask].beat).loops.iteration == sampleIteration(at: beat)
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
