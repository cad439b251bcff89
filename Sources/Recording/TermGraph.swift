public import Autodiff

/// A step from a term to one that it was computed from, over however many unnamed operations.
public struct TermEdge: Sendable {
  public let from: Int
  public let to: Int
  /// The derivative of `from` with respect to `to`, with all other inputs held.
  public let derivative: Double
  /// What stops the gradient on the way, if anything.
  public let cut: Cut?

  /// An operation whose derivative is zero: a clip beyond its border, the branch of a minimum that is not taken, …
  public struct Cut: Equatable, Sendable {
    public let operation: Operation
    /// The value that was not taken, and the one that was.
    public let value: Double
    public let taken: Double
    /// Whether the input is a border of a clip, one that the clipped number does not reach.
    public var isBorder = false
  }
}

extension Trace {
  /// The edges from a term to its direct inputs, one for each, in the order of its formula.
  ///
  /// One sweep from the term's node down over the unnamed ones, each visited once: a mean that enters a variance for every
  /// number costs no more than another operation.
  public func edges(of term: Int) -> [TermEdge] {
    let nodes = formulaNodes(of: term)
    var ways = [terms[term].node: Way(derivative: 1, cut: nil)]
    for node in nodes.unnamed.sorted(by: >) {
      guard let way = ways[node] else { continue }
      let scalar = tape.scalar(node)
      let operands = tape.operands(of: scalar)
      for (k, operand) in operands.enumerated() where !isPlainNumber(operand) {
        let local = tape.derivative(of: scalar, byOperand: k)
        // Of two choices on the way the one nearer to the input compares with the input itself.
        let isHeld = way.cut?.operation == .stopGradient
        let own = isHeld ? nil : self.cut(tape.operation(of: scalar), local, operand: k, operands, result: scalar)
        let cut = own ?? way.cut
        let next = Way(derivative: way.derivative * local, cut: cut)
        ways[operand.node] = ways[operand.node].map { $0.joined(with: next) } ?? next
      }
    }
    return nodes.inputs.compactMap { node in
      guard let way = ways[node], let input = self.term(ofNode: node) else { return nil }
      return TermEdge(from: term, to: input, derivative: way.derivative, cut: way.cut)
    }
  }

  /// All paths from a term to a node of its formula.
  private struct Way {
    let derivative: Double
    let cut: TermEdge.Cut?

    /// The derivatives add up, and one open way is enough.
    func joined(with other: Way) -> Way {
      Way(derivative: derivative + other.derivative, cut: cut == nil || other.cut == nil ? nil : cut)
    }
  }

  /// The nodes of a term's formula: the unnamed ones with its own, and the named ones where it ends, in its order.
  private func formulaNodes(of term: Int) -> (unnamed: [Int32], inputs: [Int32]) {
    var unnamed: [Int32] = []
    var inputs: [Int32] = []
    var isSeen: Set<Int32> = []
    var open = [terms[term].node]
    while let node = open.popLast() {
      guard isSeen.insert(node).inserted else { continue }
      if node != terms[term].node, self.term(ofNode: node) != nil {
        inputs.append(node)
      } else {
        unnamed.append(node)
        // The first operand is taken off the pile first.
        for operand in tape.operands(of: tape.scalar(node)).reversed() { open.append(operand.node) }
      }
    }
    return (unnamed, inputs)
  }

  private func isPlainNumber(_ scalar: Scalar) -> Bool {
    tape.operation(of: scalar) == .constant && term(ofNode: scalar.node) == nil
  }

  private func cut(
    _ operation: Operation, _ derivative: Double, operand k: Int, _ operands: [Scalar], result: Scalar
  ) -> TermEdge.Cut? {
    guard derivative == 0 else { return nil }
    switch operation {
    case .min, .max, .relu, .stopGradient:
      return TermEdge.Cut(operation: operation, value: operands[k].value, taken: result.value)
    case .clip:
      return TermEdge.Cut(operation: operation, value: operands[k].value, taken: result.value, isBorder: k > 0)
    default: return nil
    }
  }
}
