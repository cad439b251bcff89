/// What a node of the tape computes from its operands: the value and, beside it, the local derivative.
///
/// Ties and borders follow PyTorch, so that a gradient here equals the one a trainer sees:
/// `min` and `max` of equal operands give half of the gradient to each (`torch.minimum`), and `clip` passes the
/// whole gradient to `x` on its borders (`torch.clamp`).
public enum Operation: UInt8, Sendable {
  /// A value from outside: a parameter or a recorded number. The gradient ends here.
  case leaf
  /// A number written in the formula. It has no gradient.
  case constant
  /// The operand itself under another name.
  case alias
  /// The operand's value with gradient zero, `x.detach()`.
  case stopGradient
  case add, subtract, multiply, divide, negate
  case exp, log, log1mexp, sqrt, square, sigmoid, logSigmoid
  /// `max(0, x)`, whose derivative at 0 is 0, as that of `torch.relu`.
  case relu
  case min, max
  /// `clip(x, low, high)`: the gradient goes to `x`, or beyond a border to that border.
  case clip
  /// Sums, means and log-sum-exps of any number of operands are one node.
  case sum, mean, logSumExp
}

extension Operation {
  /// The value, given the operands' values.
  func value(at x: Operands) -> Double {
    switch self {
    case .leaf, .constant: return 0
    case .alias, .stopGradient: return x[0]
    case .add: return x[0] + x[1]
    case .subtract: return x[0] - x[1]
    case .multiply: return x[0] * x[1]
    case .divide: return x[0] / x[1]
    case .negate: return -x[0]
    case .exp: return Elementary.exp(x[0])
    case .log: return Elementary.log(x[0])
    case .log1mexp: return Elementary.log1mexp(x[0])
    case .sqrt: return x[0].squareRoot()
    case .square: return x[0] * x[0]
    case .sigmoid: return Elementary.sigmoid(x[0])
    case .logSigmoid: return Elementary.logSigmoid(x[0])
    case .relu: return x[0] <= 0 ? 0 : x[0]
    case .min: return x[0].isNaN || x[0] < x[1] ? x[0] : x[1]
    case .max: return x[0].isNaN || x[0] > x[1] ? x[0] : x[1]
    case .clip: return x[0] < x[1] ? x[1] : (x[0] > x[2] ? x[2] : x[0])
    case .sum: return x.sum
    case .mean: return x.sum / Double(x.count)
    case .logSumExp: return x.logSumExp
    }
  }

  /// The derivative with respect to operand number `k`, given the operands' values and the result.
  @inline(__always)
  func derivative(by k: Int, at x: Operands, result: Double) -> Double {
    switch self {
    case .leaf, .constant, .stopGradient: return 0
    case .alias, .add, .sum: return 1
    case .subtract: return k == 0 ? 1 : -1
    case .multiply: return x[1 - k]
    case .divide: return k == 0 ? 1 / x[1] : -result / x[1]
    case .negate: return -1
    case .exp: return result
    case .log: return 1 / x[0]
    case .log1mexp: return Elementary.log1mexpDerivative(x[0])
    case .sqrt: return 0.5 / result
    case .square: return 2 * x[0]
    case .sigmoid: return result * (1 - result)
    case .logSigmoid: return Elementary.sigmoid(-x[0])
    case .relu: return x[0] > 0 ? 1 : 0
    case .min: return x[k] == x[1 - k] ? 0.5 : (x[k] < x[1 - k] ? 1 : 0)
    case .max: return x[k] == x[1 - k] ? 0.5 : (x[k] > x[1 - k] ? 1 : 0)
    case .clip:
      let isChosen = k == 0 ? x[0] >= x[1] && x[0] <= x[2] : k == 1 ? x[0] < x[1] : x[0] >= x[1] && x[0] > x[2]
      return isChosen ? 1 : 0
    case .mean: return 1 / Double(x.count)
    case .logSumExp: return Elementary.exp(x[k] - result)
    }
  }
}

extension Elementary {
  /// `1 / (1 + e^−x)`, by the form that does not overflow for the sign of `x`.
  public static func sigmoid(_ x: Double) -> Double {
    if x >= 0 { return 1 / (1 + exp(-x)) }
    let e = exp(x)
    return e / (1 + e)
  }

  /// `log σ(x) = min(x, 0) − log(1 + e^−|x|)`: finite where the naive `log(1 / (1 + e^−x))` is −∞.
  public static func logSigmoid(_ x: Double) -> Double {
    (x < 0 ? x : 0) - log1p(exp(x < 0 ? x : -x))
  }

  /// `log(1 − e^x)` for a log-probability `x`: the log-probability of everything else.
  ///
  /// `log(−expm1 x)` above `−ln 2` and `log1p(−e^x)` below it lose no digits (Mächler 2012). Above −1e-300, where
  /// nothing else has any probability left, the value stays at `log 1e-300` and the derivative at −1e300. The factor
  /// that meets this derivative in the chain rule is then as small as the derivative is large, and their product has
  /// its limit, where `0 · ∞` would be NaN. A log-probability above 0 is a rounding error and counts as 0.
  public static func log1mexp(_ x: Double) -> Double {
    if x > -smallestLogProbability { return log(smallestLogProbability) }
    return x > -0.6931471805599453 ? log(-expm1(x)) : log1p(-exp(x))
  }

  /// `−e^x / (1 − e^x) = −1 / (e^−x − 1)`, the derivative of `log(1 − e^x)`.
  static func log1mexpDerivative(_ x: Double) -> Double {
    -1 / (x > -smallestLogProbability ? smallestLogProbability : expm1(-x))
  }

  private static let smallestLogProbability = 1e-300
}
