/// Recorded scalars as functions of others that move together, by evaluating the recorded operations again.
///
/// ```swift
/// let tape = Tape()
/// let x = tape.leaf(3)
/// var parabola = ScalarFunction(of: [x * x], moving: [x])
/// parabola.move(by: 1)
/// parabola.value(0)  // 16.0
/// parabola.slope(0)  // 8.0
/// ```
///
/// Everything that does not depend on the inputs stays as recorded. A stop-gradient passes changed values on, since
/// its number does change, but no slope, as in a gradient. Moved by 0, all values are the recorded ones, bit for bit.
public struct ScalarFunction {
  /// What depends on the inputs, the inputs included, and what these nodes are computed from, in the tape's order.
  private var operations: [Operation] = []
  private var operandStarts = [0]
  private var operands: [Int32] = []
  private var values: [Double] = []
  /// Which of them are evaluated again.
  private var evaluated: [Int] = []
  private let inputs: [(place: Int, value: Double)]
  private let outputs: [Int]

  /// Copies the part of the tape that lies between the inputs and the outputs.
  ///
  /// - Parameters:
  ///   - outputs: What is asked for, one at least, all on one tape.
  ///   - inputs: What moves, each by the same number; one that is computed from another is moved all the same.
  public init(of outputs: [Scalar], moving inputs: [Scalar]) {
    let tape = outputs[0].tape.nodes
    let moved = Self.ascending(inputs.map { Int($0.node) })
    let part = Part(of: tape, from: moved, to: outputs.map { Int($0.node) })
    operations.reserveCapacity(part.nodes.count)
    values.reserveCapacity(part.nodes.count)
    operandStarts.reserveCapacity(part.nodes.count + 1)
    for (number, node) in part.nodes.enumerated() {
      operations.append(tape.operations[node])
      values.append(tape.values[node])
      if part.isEvaluated(node) {
        evaluated.append(number)
        for operand in tape.operands(of: node) { operands.append(part.place(Int(operand))) }
      }
      operandStarts.append(operands.count)
    }
    self.inputs = moved.map { (place: Int(part.place($0)), value: tape.values[$0]) }
    self.outputs = outputs.map { Int(part.place(Int($0.node))) }
  }

  private static func ascending(_ nodes: [Int]) -> [Int] {
    var distinct: [Int] = []
    for node in nodes.sorted() where node != distinct.last { distinct.append(node) }
    return distinct
  }

  /// The nodes that depend on some, and the operands of those; the outputs in any case.
  ///
  /// Flags instead of sets: a plot makes hundreds of these functions, each of thousands of nodes.
  private struct Part {
    /// Ascending.
    private(set) var nodes: [Int]
    /// Nothing that was recorded before the first input depends on it.
    private let first: Int
    /// How many of the nodes are before the first input.
    private let before: Int
    /// What is known of each node from the first input on.
    private var marks: [UInt8]
    /// Where in `nodes` each node from the first input on is.
    private var places: [Int32]

    private static let reached: UInt8 = 1
    private static let dependent: UInt8 = 2
    private static let needed: UInt8 = 4

    init(of tape: Nodes, from inputs: [Int], to outputs: [Int]) {
      let first = inputs.first ?? 0
      var marks = [UInt8](repeating: 0, count: max(0, max(inputs.last ?? 0, outputs.max() ?? 0) - first + 1))
      for input in inputs { marks[input - first] = Self.reached | Self.dependent | Self.needed }
      let found = Self.found(outputs, from: first, in: tape, &marks)
      var earlier: [Int] = []
      var later = inputs
      func need(_ node: Int) {
        if node < first { return earlier.append(node) }
        if marks[node - first] & Self.needed != 0 { return }
        marks[node - first] |= Self.needed
        later.append(node)
      }
      for output in outputs { need(output) }
      for node in found {
        let operands = tape.operands(of: node)
        let moves = operands.contains { Int($0) >= first && marks[Int($0) - first] & Self.dependent != 0 }
        guard moves else { continue }
        marks[node - first] |= Self.dependent
        need(node)
        for operand in operands { need(Int(operand)) }
      }
      earlier = ascending(earlier)
      later.sort()
      places = [Int32](repeating: 0, count: marks.count)
      for (number, node) in later.enumerated() { places[node - first] = Int32(earlier.count + number) }
      for input in inputs { marks[input - first] &= ~Self.dependent }
      (nodes, before) = (earlier + later, earlier.count)
      (self.first, self.marks) = (first, marks)
    }

    /// What the outputs are computed from, from the first input on; the inputs themselves are not looked into. Ascending.
    private static func found(_ outputs: [Int], from first: Int, in tape: Nodes, _ marks: inout [UInt8]) -> [Int] {
      var found: [Int] = []
      var open = outputs
      while let node = open.popLast() {
        guard node >= first, marks[node - first] & Self.reached == 0 else { continue }
        marks[node - first] |= Self.reached
        found.append(node)
        for operand in tape.operands(of: node) { open.append(Int(operand)) }
      }
      return found.sorted()
    }

    /// Whether a node depends on the inputs, and is none.
    func isEvaluated(_ node: Int) -> Bool { node >= first && marks[node - first] & Self.dependent != 0 }

    func place(_ node: Int) -> Int32 {
      if node >= first { return places[node - first] }
      var (low, high) = (0, before - 1)
      while low < high {
        let middle = (low + high) / 2
        if nodes[middle] < node { low = middle + 1 } else { high = middle }
      }
      return Int32(low)
    }
  }

  /// Puts each input this far from its recorded value, and evaluates what depends on it.
  public mutating func move(by shift: Double) {
    // In a variable of its own, which no access to this value has to be checked for.
    var moved = values
    values = []
    for input in inputs { moved[input.place] = input.value + shift }
    for node in evaluated {
      moved[node] = withOperands(of: node, moved) { operations[node].value(at: $0) }
    }
    values = moved
  }

  /// The value of an output where the inputs are now.
  public func value(_ output: Int) -> Double { values[outputs[output]] }

  /// The derivative of an output with respect to the common shift of the inputs, where they are now.
  public func slope(_ output: Int) -> Double {
    var derivatives = [Double](repeating: 0, count: values.count)
    derivatives[outputs[output]] = 1
    for node in evaluated.reversed() where derivatives[node] != 0 && operations[node] != .stopGradient {
      let upstream = derivatives[node]
      withOperands(of: node, values) { x in
        for k in 0..<x.count {
          derivatives[x.node(k)] += upstream * operations[node].derivative(by: k, at: x, result: values[node])
        }
      }
    }
    return inputs.reduce(0) { $0 + derivatives[$1.place] }
  }

  @inline(__always)
  private func withOperands<R>(of node: Int, _ values: [Double], _ body: (Operands) -> R) -> R {
    Operands.read(operands, operandStarts[node]..<operandStarts[node + 1], values, body)
  }

  /// The finite borders of every `clip` whose first operand is this output, ascending.
  public func borders(clipping output: Int) -> [Double] {
    var found: Set<Double> = []
    for node in evaluated where operations[node] == .clip {
      withOperands(of: node, values) { x in
        guard x.node(0) == outputs[output] else { return }
        for border in [x[1], x[2]] where border.isFinite { found.insert(border) }
      }
    }
    return found.sorted()
  }
}
