/// A plain number of a formula together with how it is written there: 0.8 that is `1 − ε`.
///
/// ```swift
/// let range = Constant(0.2, symbol: 7)  // whoever computes gives its options numbers
/// let border = 1 - range                // 0.8, and `1 − symbol 7`
/// ```
///
/// Arithmetic on constants gives the same bits as arithmetic on their values.
public struct Constant: Sendable {
  public let value: Double
  public let origin: Origin

  /// A number that stands in the formula as it is.
  public init(_ value: Double) {
    self.value = value
    origin = .number(value)
  }

  /// The value of an option or of a count, with indices if each response or group has its own; −1 for none.
  public init(_ value: Double, symbol: Int, _ i: Int = -1, _ j: Int = -1) {
    self.value = value
    origin = .symbol(symbol, i, j, value)
  }

  init(_ value: Double, _ origin: Origin) {
    self.value = value
    self.origin = origin
  }
}

/// How a plain number is written: as itself, as an option or a count, or as arithmetic on them.
public enum Origin: Equatable, Sendable {
  case number(Double)
  /// An option or a count by the number it was given, its indices or −1, and its value.
  case symbol(Int, Int, Int, Double)
  indirect case unary(Operation, Origin)
  indirect case binary(Operation, Origin, Origin)
  indirect case power(Origin, Origin)
  /// A number rounded to single precision, in which trainers keep some constants.
  indirect case single(Origin)

  fileprivate var isNumber: Bool { if case .number = self { true } else { false } }
}

extension Constant {
  public static func + (a: Constant, b: Constant) -> Constant { a.with(b, .add, a.value + b.value) }
  public static func - (a: Constant, b: Constant) -> Constant { a.with(b, .subtract, a.value - b.value) }
  public static func * (a: Constant, b: Constant) -> Constant { a.with(b, .multiply, a.value * b.value) }
  public static func / (a: Constant, b: Constant) -> Constant { a.with(b, .divide, a.value / b.value) }
  public static prefix func - (a: Constant) -> Constant { a.with(.negate, -a.value) }

  public static func + (a: Double, b: Constant) -> Constant { Constant(a) + b }
  public static func - (a: Double, b: Constant) -> Constant { Constant(a) - b }
  public static func * (a: Double, b: Constant) -> Constant { Constant(a) * b }
  public static func / (a: Double, b: Constant) -> Constant { Constant(a) / b }
  public static func + (a: Constant, b: Double) -> Constant { a + Constant(b) }
  public static func - (a: Constant, b: Double) -> Constant { a - Constant(b) }
  public static func * (a: Constant, b: Double) -> Constant { a * Constant(b) }
  public static func / (a: Constant, b: Double) -> Constant { a / Constant(b) }

  /// `self` to a whole power, 0 or more, by repeated multiplication.
  public func raised(to exponent: Constant) -> Constant {
    var result = 1.0
    for _ in 0..<Int(exponent.value) { result *= value }
    return Constant(result, .power(origin, exponent.origin))
  }

  /// The same number in single precision.
  public var inSinglePrecision: Constant {
    let rounded = Double(Float(value))
    return rounded == value ? self : Constant(rounded, .single(origin))
  }

  /// The natural logarithm.
  public static func log(_ x: Constant) -> Constant { x.with(.log, Elementary.log(x.value)) }

  /// `log (1 + x)`, exact also where x is small.
  public static func log1p(_ x: Constant) -> Constant { (1 + x).with(.log, Elementary.log1p(x.value)) }

  private func with(_ operation: Operation, _ value: Double) -> Constant {
    origin.isNumber ? Constant(value) : Constant(value, .unary(operation, origin))
  }

  private func with(_ other: Constant, _ operation: Operation, _ value: Double) -> Constant {
    origin.isNumber && other.origin.isNumber
      ? Constant(value) : Constant(value, .binary(operation, origin, other.origin))
  }
}

extension Scalar {
  public static func + (a: Scalar, b: Constant) -> Scalar { a + a.tape.constant(b) }
  public static func - (a: Scalar, b: Constant) -> Scalar { a - a.tape.constant(b) }
  public static func * (a: Scalar, b: Constant) -> Scalar { a * a.tape.constant(b) }
  public static func / (a: Scalar, b: Constant) -> Scalar { a / a.tape.constant(b) }
  public static func + (a: Constant, b: Scalar) -> Scalar { b.tape.constant(a) + b }
  public static func - (a: Constant, b: Scalar) -> Scalar { b.tape.constant(a) - b }
  public static func * (a: Constant, b: Scalar) -> Scalar { b.tape.constant(a) * b }
  public static func / (a: Constant, b: Scalar) -> Scalar { b.tape.constant(a) / b }
}

/// `x` kept within `low … high`; the gradient passes inside and on the borders, and is zero outside.
public func clip(_ x: Scalar, _ low: Constant, _ high: Constant) -> Scalar {
  x.tape.record(.clip, [x, x.tape.constant(low), x.tape.constant(high)])
}
