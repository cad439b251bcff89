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
    let moved = Set(inputs.map { Int($0.node) })
    let nodes = Self.dependent(outputs.map { Int($0.node) }, on: moved, in: tape)
    var place: [Int: Int] = [:]
    for (number, entry) in nodes.enumerated() { place[entry.node] = number }
    for (number, entry) in nodes.enumerated() {
      let isEvaluated = entry.isDependent && !moved.contains(entry.node)
      operations.append(tape.operations[entry.node])
      values.append(tape.values[entry.node])
      if isEvaluated {
        evaluated.append(number)
        for operand in tape.operands(of: entry.node) {
          operands.append(Int32(place[Int(operand)] ?? 0))
        }
      }
      operandStarts.append(operands.count)
    }
    self.inputs = moved.sorted().map { (place: place[$0] ?? 0, value: tape.values[$0]) }
    self.outputs = outputs.map { place[Int($0.node)] ?? 0 }
  }

  /// The nodes that depend on some, and the operands of those; the outputs in any case. Ascending.
  private static func dependent(
    _ outputs: [Int], on inputs: Set<Int>, in tape: Nodes
  ) -> [(node: Int, isDependent: Bool)] {
    let first = inputs.min() ?? 0
    var reached: Set<Int> = []
    var open = outputs
    // Nothing that was recorded before the first input depends on it.
    while let node = open.popLast() {
      guard node >= first, reached.insert(node).inserted, !inputs.contains(node) else { continue }
      for operand in tape.operands(of: node) { open.append(Int(operand)) }
    }
    var isDependent = inputs
    var needed = Set(outputs).union(inputs)
    for node in reached.sorted() where !inputs.contains(node) {
      let operands = tape.operands(of: node)
      guard operands.contains(where: { isDependent.contains(Int($0)) }) else { continue }
      isDependent.insert(node)
      needed.insert(node)
      for operand in operands { needed.insert(Int(operand)) }
    }
    return needed.sorted().map { (node: $0, isDependent: isDependent.contains($0)) }
  }

  /// Puts each input this far from its recorded value, and evaluates what depends on it.
  public mutating func move(by shift: Double) {
    for input in inputs { values[input.place] = input.value + shift }
    for node in evaluated {
      values[node] = withOperands(of: node) { operations[node].value(at: $0) }
    }
  }

  /// The value of an output where the inputs are now.
  public func value(_ output: Int) -> Double { values[outputs[output]] }

  /// The derivative of an output with respect to the common shift of the inputs, where they are now.
  public func slope(_ output: Int) -> Double {
    var derivatives = [Double](repeating: 0, count: values.count)
    derivatives[outputs[output]] = 1
    for node in evaluated.reversed() where derivatives[node] != 0 && operations[node] != .stopGradient {
      let upstream = derivatives[node]
      withOperands(of: node) { x in
        for k in 0..<x.count {
          derivatives[x.node(k)] += upstream * operations[node].derivative(by: k, at: x, result: values[node])
        }
      }
    }
    return inputs.reduce(0) { $0 + derivatives[$1.place] }
  }

  private func withOperands<R>(of node: Int, _ body: (Operands) -> R) -> R {
    Operands.read(operands, operandStarts[node]..<operandStarts[node + 1], values, body)
  }

  /// The finite borders of every `clip` whose first operand is this output, ascending.
  public func borders(clipping output: Int) -> [Double] {
    var found: Set<Double> = []
    for node in evaluated where operations[node] == .clip {
      withOperands(of: node) { x in
        guard x.node(0) == outputs[output] else { return }
        for border in [x[1], x[2]] where border.isFinite { found.insert(border) }
      }
    }
    return found.sorted()
  }
}
