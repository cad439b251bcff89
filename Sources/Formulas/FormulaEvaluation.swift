import Autodiff

/// Where the numbers of a formula's leaves are found.
public protocol FormulaValues {
  /// A quantity with all of its indices; nil where there is none.
  func value(ofQuantity name: Int, _ indices: [Int], age: Int) -> Double?
  /// An option, or a count with its indices.
  func value(ofSymbol symbol: Int, _ indices: [Int]) -> Double?
}

extension Formula {
  /// The value of a general formula for the indices that its letters are bound to; nil where a leaf has none.
  public func value<Values: FormulaValues>(with bindings: Bindings, _ values: Values) -> Double? {
    var evaluation = FormulaEvaluation(bindings: bindings, values: values)
    return evaluation.value(of: self)
  }
}

private struct FormulaEvaluation<Values: FormulaValues> {
  let bindings: Bindings
  let values: Values
  /// How many sums have been evaluated.
  private var range = 0

  init(bindings: Bindings, values: Values) {
    self.bindings = bindings
    self.values = values
  }

  mutating func value(of formula: Formula) -> Double? {
    switch formula {
    case .number(let x): return x
    case .symbol(let symbol, let indices): return values.value(ofSymbol: symbol, indices.compactMap { bindings[$0] })
    case .quantity(let name, let indices, let age):
      let numbers = indices.compactMap { bindings[$0] }
      guard numbers.count == indices.count, let age = bindings[age] else { return nil }
      return values.value(ofQuantity: name, numbers, age: age)
    case .operation(let operation, let operands):
      var numbers: [Double] = []
      for operand in operands {
        guard let number = value(of: operand) else { return nil }
        numbers.append(number)
      }
      return operation.value(of: numbers)
    case .power(let base, let exponent):
      guard let base = value(of: base), let exponent = value(of: exponent) else { return nil }
      var result = 1.0
      for _ in 0..<Int(exponent) { result *= base }
      return result
    case .single(let x): return value(of: x).map { Double(Float($0)) }
    case .range(let operation, _, let body, _):
      guard range < bindings.ranges.count else { return nil }
      let runs = bindings.ranges[range]
      range += 1
      var numbers: [Double] = []
      for run in runs {
        guard let number = body.value(with: run, values) else { return nil }
        numbers.append(number)
      }
      return numbers.isEmpty ? 0 : operation.value(of: numbers)
    case .term, .abbreviation, .omitted: return nil
    }
  }
}

extension Operation {
  /// The result of the operation on some numbers.
  func value(of x: [Double]) -> Double {
    if isExtreme, x.count > 2 { return x.dropFirst().reduce(x[0]) { value(of: [$0, $1]) } }
    let tape = Tape()
    return tape.apply(self, to: x.map { tape.constant($0) }).value
  }
}
