public import Formulas

/// The recorded values of names, as they were when a term was computed: what a general formula is evaluated with.
public struct RecordedValues: FormulaValues {
  private let trace: Trace
  private let instance: FormulaInstance

  public init(_ trace: Trace, for instance: FormulaInstance) {
    self.trace = trace
    self.instance = instance
  }

  public func value(ofQuantity name: Int, _ indices: [Int], age: Int) -> Double? {
    let key = TermKey(name: name, i: indices.count > 0 ? indices[0] : -1, j: indices.count > 1 ? indices[1] : -1)
    var found = trace.term(key, before: instance.term)
    for _ in 0..<age { found = found.flatMap { trace.term(key, before: $0) } }
    return found.map { trace.value($0) }
  }

  public func value(ofSymbol symbol: Int, _ indices: [Int]) -> Double? {
    instance.symbols.first { $0.symbol == symbol && $0.indices == indices }?.value
  }
}
