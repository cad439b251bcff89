extension Transformer {
  /// Moves every parameter towards another model's: `θ ← (1 − share) θ + share · other`, as a reference that follows does.
  ///
  /// - Parameters:
  ///   - other: A model of the same shape.
  ///   - share: 0 changes nothing, 1 makes it the other.
  public func move(towards other: Transformer, by share: Float) {
    let (own, others) = (trainedParameters, other.trainedParameters)
    precondition(own.count == others.count)
    for i in 0..<own.count {
      // As TRL does: first what remains, then what is added.
      own.values[i] = own.values[i] * (1 - share) + others.values[i] * share
    }
    parametersChanged()
  }
}
