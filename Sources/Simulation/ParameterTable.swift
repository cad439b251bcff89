import Autodiff
import Objectives
import Recording

/// A table of parameters that an optimizer moves: the policy's logits, the critic's values, the reward model's weights.
struct ParameterTable {
  /// Whose parameters these are, for the names of the terms.
  enum Owner {
    case policy, critic, rewardModel

    var value: Quantity { choose(.policyLogit, .criticValue, .rewardWeight) }
    var gradient: Quantity { choose(.policyGradient, .criticGradient, .rewardGradient) }
    var moment: Quantity { choose(.policyMoment, .criticMoment, .rewardMoment) }
    var square: Quantity { choose(.policySquare, .criticSquare, .rewardSquare) }
    var step: Quantity { choose(.policyStep, .criticStep, .rewardStep) }

    private func choose(_ policy: Quantity, _ critic: Quantity, _ rewardModel: Quantity) -> Quantity {
      switch self {
      case .policy: policy
      case .critic: critic
      case .rewardModel: rewardModel
      }
    }
  }

  /// `values[row][column]`; critic and reward model have one column.
  private(set) var values: [[Scalar]]
  private var moments: [[Moments]]
  private let owner: Owner

  /// Records the initial values, a beat for each row.
  init(_ owner: Owner, initial: [[Scalar]], trace: Trace) {
    self.owner = owner
    moments = initial.map { $0.map { _ in Moments(on: trace.tape) } }
    values = initial
    record(initial, as: owner.value, trace: trace) { values[$0][$1] = $2 }
  }

  /// Records the derivatives of a loss with respect to every parameter.
  func recordGradients(_ gradient: Gradient, trace: Trace) -> [[Scalar]] {
    var recorded = values
    let derivatives = values.map { $0.map { trace.tape.leaf(gradient[$0]) } }
    record(derivatives, as: owner.gradient, trace: trace) { recorded[$0][$1] = $2 }
    return recorded
  }

  /// Moves every parameter by one optimizer step, a beat for each row.
  mutating func update(_ gradients: [[Scalar]], scale: Scalar?, optimizer: Optimizer, step: Int, trace: Trace) {
    for row in values.indices {
      trace.beat()
      for column in values[row].indices {
        let index = owner == .policy ? column : -1
        let parameter = values[row][column]
        let gradient = scale.map { gradients[row][column] * $0 } ?? gradients[row][column]
        var memory = optimizer.moments(moments[row][column], gradient: gradient, parameter: parameter)
        if let computed = memory {
          memory?.mean = trace.term(owner.moment, row, index, computed.mean)
          memory?.square = trace.term(owner.square, row, index, computed.square)
        }
        let change = optimizer.change(moments: memory, gradient: gradient, parameter: parameter, step: step)
        let recorded = trace.term(owner.step, row, index, change)
        if let memory { moments[row][column] = memory }
        values[row][column] = trace.term(owner.value, row, index, stopGradient(parameter + recorded))
      }
    }
  }

  private func record(
    _ table: [[Scalar]], as quantity: Quantity, trace: Trace, store: (Int, Int, Scalar) -> Void
  ) {
    for row in table.indices {
      trace.beat()
      for column in table[row].indices {
        store(row, column, trace.term(quantity, row, owner == .policy ? column : -1, table[row][column]))
      }
    }
  }
}
