/// The precision in which an engine computes, which may be lower than the policy's.
public enum ReducedPrecision: String, CaseIterable, Sendable {
  case float32
  /// 8 significant bits.
  case bfloat16
  /// 4 significant bits, the largest number 448: e4m3.
  case float8

  /// The nearest number of this precision, ties to even; float32 leaves a number as it is.
  ///
  /// What lies beyond the largest number becomes the largest, and an infinity stays one.
  ///
  /// Source: Micikevicius et al. 2022, FP8 Formats for Deep Learning, table 1.
  public func rounded(_ x: Double) -> Double {
    switch self {
    case .float32: x
    case .bfloat16: Self.rounded(x, significantBits: 8, lowestExponent: -126, largest: 3.3895313892515355e38)
    case .float8: Self.rounded(x, significantBits: 4, lowestExponent: -6, largest: 448)
    }
  }

  private static func rounded(
    _ x: Double, significantBits: Int, lowestExponent: Int, largest: Double
  ) -> Double {
    guard x != 0, x.isFinite else { return x }
    let exponent = max(Int(x.exponent), lowestExponent) - (significantBits - 1)
    let unit = Double(sign: .plus, exponent: exponent, significand: 1)
    return min(largest, max(-largest, (x / unit).rounded(.toNearestOrEven) * unit))
  }
}
