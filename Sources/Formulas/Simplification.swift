import Autodiff

extension Formula {
  /// Whether there is a name in it at all.
  public var isGeneral: Bool {
    switch self {
    case .quantity, .symbol: true
    default: parts.contains { $0.isGeneral }
    }
  }

  /// Without zeros that change nothing, with a minus sign before a product or a quotient instead of within, and with one
  /// sign where two follow each other.
  public var simplified: Formula { replacingParts { $0.simplified }.simplifiedAtTheTop }

  /// The same for one whose parts are simplified already.
  public var simplifiedAtTheTop: Formula {
    guard case .operation(let operation, let operands) = self else { return self }
    switch (operation, operands.first, operands.last) {
    case (.add, .operation(.multiply, let factors)?, let rest?) where factors.contains(Formula.number(0)): return rest
    case (.multiply, .operation(.negate, let x)?, let y?), (.divide, .operation(.negate, let x)?, let y?):
      return .operation(.negate, [.operation(operation, [x[0], y])])
    // The smallest of three is written as that, though it was found in two steps.
    case (.min, .operation(.min, let earlier)?, let last?), (.max, .operation(.max, let earlier)?, let last?):
      return .operation(operation, earlier + [last])
    case (.subtract, let x?, .operation(.negate, let y)?): return .operation(.add, [x, y[0]])
    case (.add, let x?, .operation(.negate, let y)?): return .operation(.subtract, [x, y[0]])
    default: return self
    }
  }

  /// What is detached, if the formula is detached as a whole; otherwise the formula itself.
  public var attached: Formula {
    if case .operation(let operation, let operands) = self, operation == .stopGradient || operation == .alias {
      return operands[0].attached
    }
    return self
  }
}
