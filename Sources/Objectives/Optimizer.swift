public import Autodiff

/// Adam's memory of one parameter.
public struct Moments {
  public var mean: Scalar
  public var square: Scalar

  public init(on tape: Tape) {
    mean = tape.constant(0)
    square = tape.constant(0)
  }
}

/// An optimizer's update of one parameter, written on the tape so that a step can be explained.
///
///     m ← β₁ m + (1 − β₁) g        v ← β₂ v + (1 − β₂) g²
///     step = −lr · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
///
/// AdamW also adds `−lr · weight_decay · parameter` (decoupled); Adam and SGD add `weight_decay · parameter` to the
/// gradient instead. Source: Kingma and Ba 2014, algorithm 1; Loshchilov and Hutter 2017, algorithm 2; `torch.optim`.
public struct Optimizer: Sendable {
  /// The values of the option `optim`.
  public enum Method: String, Sendable { case adam, adamw, sgd }

  public let method: Method
  public let learningRate, beta1, beta2, epsilon, weightDecay: Constant

  /// - Parameters:
  ///   - settings: Which method, its learning rate and its constants.
  ///   - remaining: The share of the run that is still to come, 1 at its start, for a decaying learning rate.
  public init(_ settings: Settings, remaining: Double = 1) {
    method = Method(rawValue: settings.choice(.optimizer)) ?? .adam
    let isFalling = settings.choice(.schedule) == "linear"
    let rate = settings.value(.learningRate)
    learningRate = isFalling ? rate * Count.remaining.value(remaining) : rate
    beta1 = settings.value(.adamBeta1)
    beta2 = settings.value(.adamBeta2)
    epsilon = settings.value(.adamEpsilon)
    weightDecay = settings.value(.weightDecay)
  }

  /// The new moments (nil for SGD, which has none), given the gradient after clipping.
  public func moments(_ old: Moments, gradient: Scalar, parameter: Scalar) -> Moments? {
    guard method != .sgd else { return nil }
    let g = regularized(gradient, parameter)
    var new = old
    new.mean = beta1 * old.mean + (1 - beta1) * g
    new.square = beta2 * old.square + (1 - beta2) * square(g)
    return new
  }

  /// What is added to the parameter at step number `step`, from 1.
  public func change(moments: Moments?, gradient: Scalar, parameter: Scalar, step: Int) -> Scalar {
    guard let moments else { return -learningRate * regularized(gradient, parameter) }
    let number = Count.step.value(step)
    let mean = moments.mean / (1 - beta1.raised(to: number))
    let square = moments.square / (1 - beta2.raised(to: number))
    let adaptive = -learningRate * mean / (sqrt(square) + epsilon)
    guard method == .adamw, weightDecay.value > 0 else { return adaptive }
    return adaptive - learningRate * weightDecay * parameter
  }

  private func regularized(_ gradient: Scalar, _ parameter: Scalar) -> Scalar {
    method == .adamw || weightDecay.value == 0 ? gradient : gradient + weightDecay * parameter
  }
}

/// Records the length of a gradient over all parameters, and the factor that brings it to at most `limit`.
///
/// The factor is `min(1, limit / (norm + 1e-6))`, as in `torch.nn.utils.clip_grad_norm_`.
///
/// - Returns: The factor; nil without a limit.
public func gradientClipping<O: Observer>(_ gradients: [Scalar], limit: Constant?, observer: O) -> Scalar? {
  let norm = observer.term(.gradNorm, sqrt(observer.tape.sum(gradients.map { square($0) })))
  guard let limit else { return nil }
  return observer.term(.gradScale, minimum(limit / (norm + 1e-6), observer.tape.constant(1)))
}
