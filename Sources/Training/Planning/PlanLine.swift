/// One number of a plan, with its formula.
public struct PlanLine: Equatable, Sendable {
  public let name: String
  /// Bytes, or seconds.
  public let amount: Double
  public let formula: String

  init(_ name: String, _ amount: Double, _ formula: String) {
    (self.name, self.amount, self.formula) = (name, amount, formula)
  }
}

extension Double {
  /// A small whole number as it stands in formulas.
  var wholeText: String { "\(Int(self))" }
}
