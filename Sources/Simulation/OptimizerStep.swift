import Autodiff
import Objectives
import Recording

extension Trace {
  /// One optimizer step against the gradient of a recorded loss: the stages `gradient` and `update`.
  ///
  /// The gradient is clipped over all tables together, as one vector.
  func takeStep(
    _ step: Int, against loss: Scalar, moving tables: inout [ParameterTable], by optimizer: Optimizer,
    settings: Settings
  ) {
    let gradient = differentiate(loss)
    begin(.gradient)
    let gradients = tables.map { $0.recordGradients(gradient, trace: self) }
    beat()
    let scale = gradientClipping(
      gradients.flatMap { $0 }.flatMap { $0 }, limit: settings.optionalValue(.maxGradNorm), observer: self)
    begin(.update)
    for index in tables.indices {
      tables[index].update(gradients[index], scale: scale, optimizer: optimizer, step: step, trace: self)
    }
  }
}

extension Trace {
  /// Moves the weight of the entropy bonus for the next update, where it adapts.
  ///
  /// - Parameters:
  ///   - coefficient: As it was in this update, and then as it is for the next one.
  ///   - gap: The target minus this update's mean entropy.
  ///   - settings: Whether and how it moves.
  func adapt(_ coefficient: inout Scalar, gap: Double?, settings: Settings) {
    guard settings.flag(.adaptiveEntropy), let gap else { return }
    begin(.adaptiveEntropy)
    beat()
    coefficient = term(
      .entropyCoefficient,
      adaptedEntropyCoefficient(stopGradient(coefficient), gap: tape.leaf(gap), settings: settings))
  }
}
