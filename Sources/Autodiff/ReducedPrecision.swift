/// The precision in which an engine computes, which may be lower than the policy's.
public enum ReducedPrecision: String, CaseIterable, Sendable {
  case float32
  /// 8 significant bits.
  case bfloat16
  /// 4 significant bits, the largest number 448: e4m3.
  case float8
  /// Whole multiples, up to 127 of them, of a step that a row has of its own.
  case int8

  /// The nearest numbers of this precision, ties to even; float32 leaves a row as it is.
  ///
  /// What lies beyond the largest number becomes the largest, and an infinity stays one. A row of int8 has a 127th of its
  /// largest magnitude as its step, and stays as it is where that is infinite.
  ///
  ///     ReducedPrecision.int8.rounded([1, 0.1, 0])  // 1, 0.1023622047244094, 0
  ///
  /// Source: Micikevicius et al. 2022, FP8 Formats for Deep Learning, table 1; Dettmers et al. 2022, LLM.int8(), section 2.1.
  public func rounded(_ row: [Double]) -> [Double] {
    switch self {
    case .float32: return row
    case .bfloat16:
      return row.map { Self.rounded($0, significantBits: 8, lowestExponent: -126, largest: 3.3895313892515355e38) }
    case .float8: return row.map { Self.rounded($0, significantBits: 4, lowestExponent: -6, largest: 448) }
    case .int8:
      let step = row.reduce(0) { max($0, $1.magnitude) } / 127
      return step > 0 && step.isFinite ? row.map { ($0 / step).rounded(.toNearestOrEven) * step } : row
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
