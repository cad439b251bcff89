public import Autodiff

/// How a term was computed, down to the named terms it was computed from.
public indirect enum Formula {
  case number(Double)
  /// A named term, by its number in the trace.
  case term(Int)
  case operation(Operation, [Formula])
}

extension Trace {
  /// The formula of a term; nil for one that was not computed: a parameter, a sampled number, a what-if.
  public func formula(of term: Int) -> Formula? {
    let scalar = scalar(term)
    switch tape.operation(of: scalar) {
    case .leaf, .constant: return nil
    default: return formula(expanding: scalar)
    }
  }

  private func formula(of scalar: Scalar) -> Formula {
    if let term = term(ofNode: scalar.node) { return .term(term) }
    return formula(expanding: scalar)
  }

  private func formula(expanding scalar: Scalar) -> Formula {
    let operation = tape.operation(of: scalar)
    switch operation {
    case .leaf, .constant: return .number(scalar.value)
    default: return .operation(operation, tape.operands(of: scalar).map { formula(of: $0) })
    }
  }

  /// The terms that a term was computed from directly, each once, in the order of its formula.
  public func inputs(of term: Int) -> [Int] {
    var found: [Int] = []
    func collect(_ formula: Formula) {
      switch formula {
      case .number: break
      case .term(let input): if !found.contains(input) { found.append(input) }
      case .operation(_, let operands): operands.forEach(collect)
      }
    }
    if let formula = formula(of: term) { collect(formula) }
    return found
  }
}
