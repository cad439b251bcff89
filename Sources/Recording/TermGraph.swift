public import Autodiff

/// A step from a term to one that it was computed from, over however many unnamed operations.
public struct TermEdge: Sendable {
  public let from: Int
  public let to: Int
  /// The derivative of `from` by `to`, with all other inputs held.
  public let derivative: Double
  /// What stops the gradient on the way, if something does.
  public let cut: Cut?

  /// An operation whose derivative is zero: a clip beyond its border, the branch of a minimum that is not taken, …
  public struct Cut: Equatable, Sendable {
    public let operation: Operation
    /// The value that was not taken, and the one that was.
    public let value: Double
    public let taken: Double
  }
}

extension Trace {
  /// The edges from a term to its direct inputs, one for each, in the order of its formula.
  public func edges(of term: Int) -> [TermEdge] {
    var edges: [TermEdge] = []
    walk(scalar(term), from: term, derivative: 1, cut: nil, into: &edges)
    return edges
  }

  private func walk(
    _ scalar: Scalar, from term: Int, derivative: Double, cut: TermEdge.Cut?, into edges: inout [TermEdge]
  ) {
    let operation = tape.operation(of: scalar)
    let operands = tape.operands(of: scalar)
    for (k, operand) in operands.enumerated() {
      if tape.operation(of: operand) == .constant, self.term(ofNode: operand.node) == nil { continue }
      let local = tape.derivative(of: scalar, byOperand: k)
      let newCut = cut ?? self.cut(operation, local, operand: k, operands, result: scalar)
      if let input = self.term(ofNode: operand.node) {
        add(TermEdge(from: term, to: input, derivative: derivative * local, cut: newCut), to: &edges)
      } else {
        walk(operand, from: term, derivative: derivative * local, cut: newCut, into: &edges)
      }
    }
  }

  private func cut(
    _ operation: Operation, _ derivative: Double, operand k: Int, _ operands: [Scalar], result: Scalar
  ) -> TermEdge.Cut? {
    guard derivative == 0 else { return nil }
    switch operation {
    case .min, .max, .stopGradient:
      return TermEdge.Cut(operation: operation, value: operands[k].value, taken: result.value)
    case .clip where k == 0:
      return TermEdge.Cut(operation: operation, value: operands[k].value, taken: result.value)
    default: return nil
    }
  }

  /// Where an input enters a formula twice, the derivatives add up, and one open way is enough.
  private func add(_ edge: TermEdge, to edges: inout [TermEdge]) {
    guard let index = edges.firstIndex(where: { $0.to == edge.to }) else {
      edges.append(edge)
      return
    }
    let old = edges[index]
    edges[index] = TermEdge(
      from: edge.from, to: edge.to, derivative: old.derivative + edge.derivative,
      cut: old.cut == nil || edge.cut == nil ? nil : old.cut)
  }
}
