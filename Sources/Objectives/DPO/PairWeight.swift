import Autodiff

/// WPO: the weight of each pair, by which pairs that another policy wrote count as if this one had written them.
///
///     ω_i = exp(mean_t (log π(y_w,t) − log Σ_v π(v)²)) · exp(mean_t (log π(y_l,t) − log Σ_v π(v)²))
///
/// The sum over the vocabulary is the expected probability of a token that the policy samples itself, so that its own
/// pairs weigh about 1. No gradient passes. Each pair is a beat of the stage `pair-weight`. Source: Zhou et al. 2024,
/// WPO, equation 2, with the sampled alignment of section 3.2; TRL `use_weighting`.
func pairWeights<O: Observer>(_ pairs: [PreferencePair], observer: O) -> [Scalar] {
  let tape = observer.tape
  observer.begin(.pairWeight)
  return pairs.map { pair in
    observer.beat()
    func weight(_ name: Quantity, _ logps: [Scalar], _ collisions: [Scalar]?) -> Scalar {
      let missing = tape.constant(.nan)
      let aligned = logps.enumerated().map { t, logp in stopGradient(logp) - (collisions?[t] ?? missing) }
      return observer.term(name, pair.index, exp(tape.mean(aligned)))
    }
    let chosen = weight(.chosenWeight, pair.chosenLogp, pair.chosenCollisions)
    let rejected = weight(.rejectedWeight, pair.rejectedLogp, pair.rejectedCollisions)
    return observer.term(.pairWeight, pair.index, chosen * rejected)
  }
}
