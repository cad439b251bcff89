import Documents
import Foundation

/// Round numbers along an axis: 1, 2 or 5 times a power of ten apart.
struct AxisTicks: Equatable {
  let values: [Double]
  let labels: [String]

  /// About `count` ticks within a range that is not empty.
  init(_ range: ClosedRange<Double>, count: Int, whole: Bool = false) {
    let span = range.upperBound - range.lowerBound
    let rough = span / Double(max(1, count))
    let power = pow(10, floor(log10(rough)))
    func ends(_ step: Double) -> (first: Double, last: Double) {
      ((range.lowerBound / step - 1e-9).rounded(.up), (range.upperBound / step + 1e-9).rounded(.down))
    }
    let steps = [10, 5, 2, 1, 0.5].map { $0 * power }
    // One tick alone would not tell how far it is to anywhere: then the next smaller step.
    var step = steps.last { $0 >= rough * 0.999 } ?? 10 * power
    if ends(step).first >= ends(step).last { step = steps.first { $0 < step } ?? step }
    if whole { step = max(1, step.rounded()) }
    let (first, last) = ends(step)
    let values = first <= last ? stride(from: first, through: last, by: 1).prefix(50).map { $0 * step } : []
    let decimals = max(0, Int(-floor(log10(step) + 1e-9)))
    let largest = values.map(\.magnitude).max() ?? 0
    self.values = values
    labels = values.map { value in
      if largest >= 1e6 || (decimals > 5 && largest > 0) {
        return NumberText.short(value, digits: Self.digits(of: largest, step)).replacing("-", with: "−")
      }
      return NumberText.fixed(value, decimals: decimals).replacing("-", with: "−")
    }
  }

  /// How many significant digits tell neighbouring ticks apart.
  private static func digits(of largest: Double, _ step: Double) -> Int {
    max(1, min(15, 1 + Int(floor(log10(largest) + 1e-9) - floor(log10(step) + 1e-9))))
  }
}
