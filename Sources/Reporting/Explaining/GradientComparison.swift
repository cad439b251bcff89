import Documents

/// What `verify` says of a gradient and the finite difference beside it.
///
/// Where the two disagree, the differences to either side tell whether the term lies on a corner or at the end of the
/// domain: there the gradient is that of one side.
struct GradientComparison {
  let verdict: String
  let agrees: Bool
  /// The difference of the two, relative to the steepest of them and of the slopes to either side; nil where one of them is
  /// NaN or infinite.
  ///
  /// At an extremum the loss rises or falls to either side, and the two slopes cancel but for a rest that is no slope.
  let error: Double?

  private static let tolerance = 1e-4

  init(
    _ gradient: Double, _ check: (derivative: Double, above: Double, below: Double, step: Double), value: Double
  ) {
    guard gradient.isFinite else {
      (verdict, agrees, error) = ("The gradient is \(NumberText.full(gradient)): nothing agrees with it.", false, nil)
      return
    }
    let sides = [
      (name: "below", slope: (value - check.below) / check.step),
      (name: "above", slope: (check.above - value) / check.step),
    ]
    error =
      check.derivative.isFinite
      ? Self.error(gradient, check.derivative, beside: sides.map { $0.slope }.filter { $0.isFinite }) : nil
    if let error, error <= Self.tolerance {
      (verdict, agrees) = ("They agree.", true)
      return
    }
    let own = sides.first { $0.slope.isFinite && Self.error(gradient, $0.slope) <= Self.tolerance }
    let slopes = "from below \(NumberText.short(sides[0].slope)), from above \(NumberText.short(sides[1].slope))"
    if let own {
      (verdict, agrees) = ("The two sides differ: \(slopes). The gradient is that from \(own.name).", false)
    } else if error == nil {
      (verdict, agrees) = ("The difference is not finite: there is nothing to compare with.", false)
    } else {
      (verdict, agrees) = ("They differ: is a clip's border or a minimum's tie within h? Slopes: \(slopes).", false)
    }
  }

  private static func error(_ a: Double, _ b: Double, beside slopes: [Double] = []) -> Double {
    let scale = ([a, b] + slopes).reduce(0) { max($0, $1.magnitude) }
    return scale == 0 ? 0 : (a - b).magnitude / scale
  }
}
