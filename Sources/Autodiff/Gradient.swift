/// The derivatives of one scalar with respect to everything it was computed from.
public struct Gradient: Sendable {
  /// The number of the node that was differentiated.
  public let root: Int32
  /// The lowest node that the reverse pass reached; those before it have derivative zero.
  private let first: Int
  private let derivatives: [Double]

  init(root: Int32, first: Int, derivatives: [Double]) {
    self.root = root
    self.first = first
    self.derivatives = derivatives
  }

  /// The derivative of the root with respect to `scalar`; zero where the root does not depend on it.
  public subscript(scalar: Scalar) -> Double {
    let index = Int(scalar.node) - first
    return index >= 0 && index < derivatives.count ? derivatives[index] : 0
  }
}

extension Tape {
  /// The gradient of `root` by reverse accumulation: one sweep from its node down to the lowest one it depends on.
  ///
  /// A node whose derivative is exactly 0 passes nothing on, so that `0 · ∞` in a branch that a clip has cut off
  /// does not turn the gradient into NaN.
  public func gradient(of root: Scalar) -> Gradient { gradient(of: root, passingZeros: false) }

  /// The gradient without that safeguard, as PyTorch computes it: NaN where a derivative of 0 meets an infinite one.
  public func unguardedGradient(of root: Scalar) -> Gradient { gradient(of: root, passingZeros: true) }

  private func gradient(of root: Scalar, passingZeros: Bool) -> Gradient {
    let nodes = nodes
    var derivatives = [Double](repeating: 0, count: Int(root.node) + 1)
    derivatives[Int(root.node)] = 1
    var isReached = [Bool](repeating: false, count: passingZeros ? derivatives.count : 0)
    if passingZeros { isReached[Int(root.node)] = true }
    var lowest = Int(root.node)
    var node = Int(root.node)
    while node >= lowest {
      let upstream = derivatives[node]
      let operation = nodes.operations[node]
      if passingZeros ? isReached[node] : upstream != 0, operation != .stopGradient {
        nodes.withOperands(of: node) { operands in
          for k in 0..<operands.count {
            let operand = operands.node(k)
            if nodes.operations[operand] == .constant { continue }
            var local = operation.derivative(by: k, at: operands, result: nodes.values[node])
            if passingZeros {
              isReached[operand] = true
              // A trainer writes log(1 − exp(x)), whose derivative is infinite as soon as exp(x) rounds to 1.
              if operation == .log1mexp, Elementary.exp(operands[0]) == 1 { local = .nan }
            }
            derivatives[operand] += upstream * local
            if operand < lowest { lowest = operand }
          }
        }
      }
      node -= 1
    }
    return Gradient(root: root.node, first: lowest, derivatives: Array(derivatives[lowest...]))
  }
}
