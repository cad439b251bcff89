import Autodiff
import Objectives

// The weight of the entropy bonus, where it adapts to a target: what a trainer keeps from step to step.
extension Settings {
  /// The same with the weight as it is now; unchanged where it does not adapt.
  func with(entropyCoefficient: Double) -> Settings {
    guard flag(.adaptiveEntropy) else { return self }
    var settings = self
    // A number within the option's range can always be set.
    try? settings.set(.entropyCoef, to: .number(entropyCoefficient))
    return settings
  }

  /// The weight for the next step; unchanged where it does not adapt.
  ///
  /// - Parameters:
  ///   - coefficient: As it was in this step.
  ///   - entropy: The mean entropy of the step's tokens.
  func nextEntropyCoefficient(after coefficient: Double, entropy: Double) -> Double {
    guard flag(.adaptiveEntropy) else { return coefficient }
    let tape = Tape()
    return adaptedEntropyCoefficient(
      tape.leaf(coefficient), gap: tape.leaf(number(.targetEntropy) - entropy), settings: self
    ).value
  }

  /// What is logged of it.
  var entropyMetrics: [MetricValue] {
    flag(.adaptiveEntropy) ? [MetricValue("entropy_coef", number(.entropyCoef))] : []
  }
}
