import Autodiff
public import Formulas

extension Trace {
  /// The formula of a term; nil for one that was not computed: a parameter, a sampled number, a what-if.
  ///
  /// - Parameters:
  ///   - term: The term's number.
  ///   - longest: The most operands that are written out; of more, the middle ones are omitted. Sums of sums otherwise
  ///     grow with the square of a batch's size.
  public func formula(of term: Int, longest: Int? = nil) -> Formula? {
    let scalar = scalar(term)
    switch tape.operation(of: scalar) {
    case .leaf, .constant: return nil
    default:
      let formula = formula(expanding: scalar, longest: longest)
      return isDetachmentFelt(of: term) ? formula : formula.attached
    }
  }

  private func formula(of scalar: Scalar, longest: Int?) -> Formula {
    if let term = term(ofNode: scalar.node) { return .term(term) }
    return formula(expanding: scalar, longest: longest)
  }

  private func formula(expanding scalar: Scalar, longest: Int?) -> Formula {
    let operation = tape.operation(of: scalar)
    switch operation {
    case .leaf, .constant: return .number(scalar.value)
    default: break
    }
    let operands = tape.operands(of: scalar)
    guard let longest, operands.count > longest else {
      return .operation(operation, operands.map { formula(of: $0, longest: longest) })
    }
    let first = operands.prefix(2).map { formula(of: $0, longest: longest) }
    return .operation(
      operation, first + [.omitted(operands.count - 3), formula(of: operands[operands.count - 1], longest: longest)])
  }

  /// The terms that a term was computed from directly, each once, in the order of its formula.
  public func inputs(of term: Int) -> [Int] { inputs(of: term, from: scalar(term)) }

  /// The same as it was computed, where a what-if has put another number in the place of a term.
  public func computedInputs(of term: Int) -> [Int] {
    inputs(of: term, from: terms[term].computedNode.map { tape.scalar($0) } ?? scalar(term))
  }

  private func inputs(of term: Int, from top: Scalar) -> [Int] {
    var found: [Int] = []
    var isSeen: Set<Int32> = []
    var open = [top]
    while let scalar = open.popLast() {
      guard isSeen.insert(scalar.node).inserted else { continue }
      if let input = self.term(ofNode: scalar.node), input != term {
        found.append(input)
      } else {
        open.append(contentsOf: tape.operands(of: scalar).reversed())
      }
    }
    return found
  }
}
