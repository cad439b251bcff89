import Documents

/// Round numbers along an axis: 1, 2 or 5 times a power of ten apart.
public struct AxisTicks: Equatable, Sendable {
  public let values: [Double]
  public let labels: [String]

  /// About `count` ticks within a range that is not empty.
  public init(_ range: ClosedRange<Double>, count: Int, whole: Bool = false) {
    let span = range.upperBound - range.lowerBound
    let rough = span / Double(max(1, count))
    let power = Self.powerOfTen(Self.exponent(of: rough))
    func ends(_ step: Double) -> (first: Double, last: Double) {
      ((range.lowerBound / step - 1e-9).rounded(.up), (range.upperBound / step + 1e-9).rounded(.down))
    }
    let steps = [10, 5, 2, 1, 0.5].map { $0 * power }
    // A single tick would give no sense of scale: then take the next smaller step.
    var step = steps.last { $0 >= rough * 0.999 } ?? 10 * power
    if ends(step).first >= ends(step).last { step = steps.first { $0 < step } ?? step }
    if whole { step = max(1, step.rounded()) }
    let (first, last) = ends(step)
    let values = first <= last ? stride(from: first, through: last, by: 1).prefix(50).map { $0 * step } : []
    let decimals = max(0, -Self.exponent(of: step))
    let largest = values.map { $0.magnitude }.max() ?? 0
    self.values = values
    labels = values.map { value in
      if largest >= 1e6 || (decimals > 5 && largest > 0) {
        return NumberText.short(value, digits: Self.digits(of: largest, step)).withMinusSign
      }
      return NumberText.fixed(value, decimals: decimals).withMinusSign
    }
  }

  /// How many significant digits distinguish neighbouring ticks.
  private static func digits(of largest: Double, _ step: Double) -> Int {
    max(1, min(15, 1 + exponent(of: largest) - exponent(of: step)))
  }

  /// The exponent of the largest power of ten that is not above a positive number, but for rounding.
  private static func exponent(of x: Double) -> Int {
    guard x > 0, x.isFinite else { return 0 }
    let x = x * (1 + 1e-9)
    var exponent = 0
    while exponent < 308, powerOfTen(exponent + 1) <= x { exponent += 1 }
    while exponent > -307, powerOfTen(exponent) > x { exponent -= 1 }
    return exponent
  }

  private static func powerOfTen(_ exponent: Int) -> Double {
    var power = 1.0
    for _ in 0..<exponent.magnitude { power *= 10 }
    return exponent < 0 ? 1 / power : power
  }
}

extension String {
  /// With a minus sign in place of each hyphen, for numbers.
  var withMinusSign: String {
    var text = ""
    for scalar in unicodeScalars { text.unicodeScalars.append(scalar == "-" ? "\u{2212}" : scalar) }
    return text
  }
}
