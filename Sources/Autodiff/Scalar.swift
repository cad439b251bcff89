/// A number on a tape: its value now, and the node by which its gradient and its formula are found.
public struct Scalar {
  public let tape: Tape
  /// The node's number on the tape.
  public let node: Int32

  public var value: Double { tape.nodes.values[Int(node)] }
}

extension Scalar {
  public static func + (a: Scalar, b: Scalar) -> Scalar { a.tape.record(.add, a, b) }
  public static func - (a: Scalar, b: Scalar) -> Scalar { a.tape.record(.subtract, a, b) }
  public static func * (a: Scalar, b: Scalar) -> Scalar { a.tape.record(.multiply, a, b) }
  public static func / (a: Scalar, b: Scalar) -> Scalar { a.tape.record(.divide, a, b) }
  public static prefix func - (a: Scalar) -> Scalar { a.tape.record(.negate, a) }

  public static func + (a: Scalar, b: Double) -> Scalar { a + a.tape.constant(b) }
  public static func - (a: Scalar, b: Double) -> Scalar { a - a.tape.constant(b) }
  public static func * (a: Scalar, b: Double) -> Scalar { a * a.tape.constant(b) }
  public static func / (a: Scalar, b: Double) -> Scalar { a / a.tape.constant(b) }
  public static func + (a: Double, b: Scalar) -> Scalar { b.tape.constant(a) + b }
  public static func - (a: Double, b: Scalar) -> Scalar { b.tape.constant(a) - b }
  public static func * (a: Double, b: Scalar) -> Scalar { b.tape.constant(a) * b }
  public static func / (a: Double, b: Scalar) -> Scalar { b.tape.constant(a) / b }
}

/// `e^x`, from ``Elementary``.
public func exp(_ x: Scalar) -> Scalar { x.tape.record(.exp, x) }

/// The natural logarithm, from ``Elementary``.
public func log(_ x: Scalar) -> Scalar { x.tape.record(.log, x) }

/// `log(1 − e^x)`, accurate for `x` near 0; see ``Elementary/log1mexp(_:)``.
public func log1mexp(_ x: Scalar) -> Scalar { x.tape.record(.log1mexp, x) }

/// `max(0, x)` with derivative 0 at 0, `torch.relu`.
public func relu(_ x: Scalar) -> Scalar { x.tape.record(.relu, x) }

/// The square root.
public func sqrt(_ x: Scalar) -> Scalar { x.tape.record(.sqrt, x) }

/// `x²` as one node.
public func square(_ x: Scalar) -> Scalar { x.tape.record(.square, x) }

/// `σ(x) = 1 / (1 + e^−x)`.
public func sigmoid(_ x: Scalar) -> Scalar { x.tape.record(.sigmoid, x) }

/// `log σ(x)`, stable for large |x|.
public func logSigmoid(_ x: Scalar) -> Scalar { x.tape.record(.logSigmoid, x) }

/// The smaller of two; equal operands get half of the gradient each.
public func minimum(_ a: Scalar, _ b: Scalar) -> Scalar { a.tape.record(.min, a, b) }

/// The larger of two; equal operands get half of the gradient each.
public func maximum(_ a: Scalar, _ b: Scalar) -> Scalar { a.tape.record(.max, a, b) }

/// `x` kept within `low … high`; the gradient passes inside and on the borders, and is zero outside.
public func clip(_ x: Scalar, _ low: Double, _ high: Double) -> Scalar {
  x.tape.record(.clip, [x, x.tape.constant(low), x.tape.constant(high)])
}

/// `x` kept within computed borders; where `x` is beyond one, the gradient goes to that border.
public func clip(_ x: Scalar, _ low: Scalar, _ high: Scalar) -> Scalar {
  x.tape.record(.clip, [x, low, high])
}

/// The value of `x` as a number that the gradient does not pass, `x.detach()`.
public func stopGradient(_ x: Scalar) -> Scalar { x.tape.record(.stopGradient, x) }

/// `x` as a node of its own, so that it can bear another name.
public func alias(_ x: Scalar) -> Scalar { x.tape.record(.alias, x) }
