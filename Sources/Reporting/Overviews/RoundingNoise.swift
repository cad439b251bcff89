import Autodiff
import Documents
import Objectives
public import Recording
import Simulation

extension Trace {
  /// Whether a number is nothing but what rounding left where numbers cancel: exactly computed it would be 0.
  ///
  /// A computed number is compared with the magnitudes that entered it, carried along the tape to first order; a
  /// derivative, which the reverse pass summed up, with the largest of its kind in the same stage. Noise is below 2⁻⁴⁶ of
  /// them, 64 units in the last place.
  public func isRoundingNoise(_ term: Int) -> Bool {
    let size = value(term).magnitude
    // Whatever is larger is a number to be read.
    guard size > 0, size < 1e-9 else { return false }
    // Probabilities and rewards are near 1, and where a whole gradient is smaller than their last digits it is 0.
    if isDerivative(term), size < 0x1p-52, largestAlike(term) < 0x1p-48 { return true }
    return size <= 0x1p-46 * (isDerivative(term) ? largestAlike(term) : magnitude(of: scalar(term), in: term))
  }

  private func isDerivative(_ term: Int) -> Bool {
    switch quantity(of: term) {
    case .policyGradient, .criticGradient, .rewardGradient, .sampledGradient, .exactGradient: true
    default: false
    }
  }

  private func largestAlike(_ term: Int) -> Double {
    let (name, run) = (terms[term].key.name, stage(ofBeat: terms[term].beat))
    var largest = 0.0
    for other in terms(of: run) where terms[other].key.name == name { largest = max(largest, value(other).magnitude) }
    return largest
  }

  /// The sum of the magnitudes that a number was made of, each times what it counts for; a named number counts as itself.
  private func magnitude(of scalar: Scalar, in term: Int) -> Double {
    if let named = self.term(ofNode: scalar.node), named != term {
      guard isRoundingNoise(named) else { return scalar.value.magnitude }
      return isDerivative(named) ? largestAlike(named) : magnitude(of: scalar, in: named)
    }
    var sum = scalar.value.magnitude
    for (k, operand) in tape.operands(of: scalar).enumerated() {
      // What no gradient passes is still made of its operand.
      let isHeld = tape.operation(of: scalar) == .stopGradient
      let derivative = isHeld ? 1 : tape.derivative(of: scalar, byOperand: k).magnitude
      if derivative != 0 { sum += derivative * magnitude(of: operand, in: term) }
    }
    return sum
  }

  /// The terms of a stage.
  func terms(of run: StageRun) -> Range<Int> {
    beats[run.beats.lowerBound].terms.lowerBound..<beats[run.beats.upperBound - 1].terms.upperBound
  }

  /// A term's value for a terminal: a word, a number to so many digits, or `≈ 0` for what is left by rounding.
  public func shownValue(_ term: Int, digits: Int = 4) -> String {
    if let word = glossary.valueText(of: terms[term].key.name, value(term)) { return word }
    return isRoundingNoise(term) ? "≈ 0" : NumberText.short(value(term), digits: digits)
  }
}
