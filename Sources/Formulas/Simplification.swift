import Autodiff

extension Formula {
  /// Whether there is a name in it at all.
  public var isGeneral: Bool {
    switch self {
    case .quantity, .symbol: true
    default: parts.contains { $0.isGeneral }
    }
  }

  /// Without zeros that change nothing, and with a minus sign before a product or a quotient instead of within.
  public var simplified: Formula {
    let inner = replacingParts { $0.simplified }
    guard case .operation(let operation, let operands) = inner else { return inner }
    switch (operation, operands.first, operands.last) {
    case (.add, .operation(.multiply, let factors)?, let rest?) where factors.contains(Formula.number(0)): return rest
    case (.multiply, .operation(.negate, let x)?, let y?), (.divide, .operation(.negate, let x)?, let y?):
      return .operation(.negate, [.operation(operation, [x[0], y])])
    default: return inner
    }
  }

  /// Without what detaches the whole of it from its gradient, which is not part of its value.
  public var withoutDetachment: Formula {
    if case .operation(let operation, let operands) = self, operation == .stopGradient || operation == .alias {
      return operands[0].withoutDetachment
    }
    return self
  }
}
