public import Autodiff

/// Numbers with commas between them: `1,1,2.5`.
public struct Weights: Sendable {
  public let values: [Double]

  /// The same for all.
  static let one = Weights([1])

  private init(_ values: [Double]) { self.values = values }

  /// Nil if the text is anything else.
  ///
  /// - Parameters:
  ///   - text: Numbers, with commas between them.
  ///   - isSigned: Whether a number may also be 0 or less: a reward may count for nothing, or against an answer.
  public init?(_ text: String, isSigned: Bool = false) {
    var values: [Double] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let digits = part.drop { $0 == " " }
      let isNegative = isSigned && digits.first == "-"
      guard let size = Self.decimal(isNegative ? digits.dropFirst() : digits), isSigned || size > 0 else { return nil }
      let value = isNegative ? -size : size
      values.append(value)
    }
    self.values = values
  }

  /// The weight of a group; the last one counts for all that follow.
  public subscript(group: Int) -> Double { values[min(group, values.count - 1)] }

  /// Digits with at most one point: no more than 15, so that the quotient is the nearest double.
  private static func decimal(_ text: Substring) -> Double? {
    var digits = 0.0
    var divisor = 1.0
    var hasPoint = false
    var count = 0
    for byte in text.utf8 where byte != UInt8(ascii: " ") {
      if byte == UInt8(ascii: "."), !hasPoint {
        hasPoint = true
      } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), count < 15 {
        digits = digits * 10 + Double(byte - UInt8(ascii: "0"))
        if hasPoint { divisor *= 10 }
        count += 1
      } else {
        return nil
      }
    }
    return count == 0 ? nil : digits / divisor
  }
}

/// Group DRO's next weights: a group that earns less counts more, and their mean stays 1.
///
///     w_g ∝ w_g e^(−η r̄_g)        Σ w_g = number of groups
///
/// The paper's loss is minus the group's mean reward here. Source: Sagawa et al. 2020, Distributionally Robust
/// Neural Networks for Group Shifts, algorithm 1.
///
/// `note` receives each group's weight before all are scaled, and returns the one to go on with.
public func robustWeights(
  _ old: [Scalar], means: [Scalar], stepSize: Constant, on tape: Tape, note: (Int, Scalar) -> Scalar = { $1 }
) -> [Scalar] {
  let raised = old.indices.map { g in note(g, old[g] * exp(-stepSize * stopGradient(means[g]))) }
  let total = tape.sum(raised)
  return raised.map { Count.groups.value(old.count) * $0 / total }
}
