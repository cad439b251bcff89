import Documents

/// The name of one of the numbers that an expression with a wildcard stands for, with its own indices: for
/// `ratio[0,*] * 2`, for instance, `ratio[0,1] * 2`.
struct ElementName: Sendable {
  let text: String
  private let tightness: Tightness

  /// How much an operator beside it could tear apart.
  private enum Tightness: Comparable { case comparison, sum, product, power, whole }

  private init(_ text: String, _ tightness: Tightness) {
    self.text = text
    self.tightness = tightness
  }

  /// A term, or a call.
  init(_ text: String) { self.init(text, .whole) }

  init(_ number: Double) { self.init(NumberText.short(number), number < 0 ? .sum : .whole) }

  var negated: ElementName { ElementName("-" + standing(in: .whole), .sum) }

  func joined(by symbol: Expression.Operator, to right: ElementName) -> ElementName {
    let tightness: Tightness =
      switch symbol {
      case .add, .subtract: .sum
      case .multiply, .divide: .product
      case .power: .power
      case .less, .greater, .lessOrEqual, .greaterOrEqual, .equal, .unequal: .comparison
      }
    let isOneSided = symbol == .subtract || symbol == .divide || tightness == .comparison
    let rightText = isOneSided && right.tightness == tightness ? "(\(right.text))" : right.standing(in: tightness)
    // A power of a power is one from the right.
    let leftText = standing(in: symbol == .power ? .whole : tightness)
    return ElementName("\(leftText) \(symbol.rawValue) \(rightText)", tightness)
  }

  private func standing(in place: Tightness) -> String { tightness < place ? "(\(text))" : text }
}
