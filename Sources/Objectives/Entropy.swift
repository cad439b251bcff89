public import Autodiff

/// The entropy `−Σ p log p` of a distribution given by its log-probabilities, in nats.
public func entropy(_ logp: [Scalar]) -> Scalar {
  -logp[0].tape.sum(logp.map { exp($0) * $0 })
}
