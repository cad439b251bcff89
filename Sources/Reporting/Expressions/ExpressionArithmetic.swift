import Autodiff

extension Expression.Operator {
  func apply(_ x: Double, _ y: Double) -> Double {
    switch self {
    case .add: x + y
    case .subtract: x - y
    case .multiply: x * y
    case .divide: x / y
    case .power: Self.power(x, y)
    case .less: x < y ? 1 : 0
    case .greater: x > y ? 1 : 0
    case .lessOrEqual: x <= y ? 1 : 0
    case .greaterOrEqual: x >= y ? 1 : 0
    case .equal: x == y ? 1 : 0
    case .unequal: x != y ? 1 : 0
    }
  }

  /// Whole exponents by multiplication, so that negative numbers have powers; others as e^(y log x).
  private static func power(_ x: Double, _ y: Double) -> Double {
    guard y.rounded() == y, y.magnitude <= 1000 else { return Elementary.exp(y * Elementary.log(x)) }
    var product = 1.0
    for _ in 0..<Int(y.magnitude) { product *= x }
    return y < 0 ? 1 / product : product
  }
}

extension Expression.Function {
  /// The one number that it makes of all; nil where it makes one of each.
  func overall(_ numbers: [Double]) -> Double? {
    switch self {
    case .mean: Self.sum(numbers) / Double(numbers.count)
    case .max: numbers.reduce(-.infinity) { $1.isNaN || $1 > $0 ? $1 : $0 }
    case .min: numbers.reduce(.infinity) { $1.isNaN || $1 < $0 ? $1 : $0 }
    case .sum: Self.sum(numbers)
    case .count: Double(numbers.count { $0 != 0 })
    case .abs, .exp, .log, .sqrt, .sigmoid, .softmax: nil
    }
  }

  /// What becomes of each of these numbers.
  func each(of numbers: [Double]) -> [Double] {
    switch self {
    case .abs: return numbers.map { $0.magnitude }
    case .exp: return numbers.map(Elementary.exp)
    case .log: return numbers.map(Elementary.log)
    case .sqrt: return numbers.map { $0.squareRoot() }
    case .sigmoid: return numbers.map(Self.sigmoid)
    case .softmax:
      let largest = numbers.reduce(-.infinity) { $1 > $0 ? $1 : $0 }
      let parts = numbers.map { Elementary.exp($0 - largest) }
      let total = Self.sum(parts)
      return parts.map { $0 / total }
    case .mean, .max, .min, .sum, .count: return numbers
    }
  }

  private static func sum(_ numbers: [Double]) -> Double { numbers.reduce(0) { $0 + $1 } }

  private static func sigmoid(_ x: Double) -> Double {
    let small = Elementary.exp(-x.magnitude)
    return x < 0 ? small / (1 + small) : 1 / (1 + small)
  }
}
