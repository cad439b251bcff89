/// The largest magnitude; 0 of nothing.
func largest(_ values: [Double]) -> Double { values.reduce(0) { max($0, $1.magnitude) } }

func mean(_ values: [Double]) -> Double {
  values.isEmpty ? 0 : values.reduce(0) { $0 + $1 } / Double(values.count)
}

/// The sum of the squared distances from the mean.
func squaredDistances(_ values: [Double]) -> Double {
  let middle = mean(values)
  return values.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
}

/// The square of the mean's standard error; 0 of fewer than two values.
func squaredError(_ values: [Double]) -> Double {
  values.count < 2 ? 0 : squaredDistances(values) / Double((values.count - 1) * values.count)
}

/// The root of the mean of the squared distances from the mean.
func deviation(_ values: [Double]) -> Double { (squaredDistances(values) / Double(max(1, values.count))).squareRoot() }

/// How far the mean may be off by chance; 0 of fewer than two values.
func standardError(_ values: [Double]) -> Double { squaredError(values).squareRoot() }

/// Pearson's correlation; nil where one of them does not vary.
func pearson(_ xs: [Double], _ ys: [Double]) -> Double? {
  let (mx, my) = (mean(xs), mean(ys))
  var (sxy, sxx, syy) = (0.0, 0.0, 0.0)
  for (x, y) in zip(xs, ys) {
    sxy += (x - mx) * (y - my)
    sxx += (x - mx) * (x - mx)
    syy += (y - my) * (y - my)
  }
  return sxx > 0 && syy > 0 ? sxy / (sxx * syy).squareRoot() : nil
}

extension [Double] {
  /// Whether their mean lies below that of others by more than so many standard errors of the difference.
  func areBelow(_ others: [Double], by sigmas: Double) -> Bool {
    guard count > 1, others.count > 1 else { return false }
    return mean(others) - mean(self) > sigmas * (squaredError(self) + squaredError(others)).squareRoot()
  }
}
