public import Autodiff

/// What the entropy bonus takes off a loss: `entropy_coef · H`; nil where it takes nothing.
///
/// With `adap_ent_ctrl` the coefficient is one that moves, and it counts only where the entropy has fallen to its target:
///
///     α = c_H · [H ≤ H_target]
///
/// Source: He et al. 2025, Skywork Open Reasoner 1, section 3.2.5.
///
/// - Parameters:
///   - bonus: What is multiplied: the mean entropy, or the batch's share of a step's.
///   - mean: The mean entropy, which is compared with the target.
///   - coefficient: The coefficient as it is now, where it moves; nil for `entropy_coef`.
///   - settings: Whether it moves, and the target.
///   - observer: Is told every named number.
func entropyCharge<O: Observer>(
  _ bonus: Scalar, mean: Scalar, coefficient: Scalar?, settings: Settings, observer: O
) -> Scalar? {
  guard settings.flag(.adaptiveEntropy) else {
    return settings.number(.entropyCoef) == 0 ? nil : settings.value(.entropyCoef) * bonus
  }
  let tape = observer.tape
  let now = observer.term(.entropyCoefficient, coefficient ?? tape.leaf(settings.number(.entropyCoef)))
  let gap = observer.term(.entropyGap, settings.value(.targetEntropy) - stopGradient(mean))
  let isOn = observer.term(.entropySwitch, tape.constant(gap.value >= 0 ? 1 : 0))
  return stopGradient(now) * isOn * bonus
}

/// The adaptive coefficient after an update: a step up where the entropy was below its target, a step down otherwise.
///
///     c_H ← clip(c_H ± delta_ent_coef, min_ent_coef, max_ent_coef)
///
/// Source: He et al. 2025, Skywork Open Reasoner 1, section 3.2.5, and its `EntController`.
///
/// - Parameters:
///   - coefficient: As it was in the update.
///   - gap: The target minus the update's mean entropy.
///   - settings: The step and the bounds.
public func adaptedEntropyCoefficient(_ coefficient: Scalar, gap: Scalar, settings: Settings) -> Scalar {
  let step = settings.value(.entropyDelta)
  let moved = gap.value > 0 ? coefficient + step : coefficient - step
  return clip(moved, settings.value(.entropyMinimum), settings.value(.entropyMaximum))
}

extension Settings {
  /// Whether the loss has an entropy bonus, so that entropies must be known.
  public var hasEntropyBonus: Bool { number(.entropyCoef) != 0 || flag(.adaptiveEntropy) }
}
