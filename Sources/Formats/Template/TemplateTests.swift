import Documents

// Jinja's tests, which stand behind `is` (Jinja 3.1, tests.py).
extension TemplateRenderer {
  func test(_ value: TemplateValue, _ name: String, _ arguments: TemplateArguments) throws(DocumentError) -> Bool {
    if let operation = Self.comparisons[name] {
      guard let other = arguments.positional.first else {
        throw error("the test '\(name)' needs a value to compare with")
      }
      return try evaluate(
        .comparison(.constant(value), [(operation, .constant(other))], place), TemplateScope(parent: nil)
      ).isTrue
    }
    switch name {
    case "defined": return !value.isUndefined
    case "undefined": return value.isUndefined
    case "none": if case .none = value { return true } else { return false }
    case "true": if case .bool(true) = value { return true } else { return false }
    case "false": if case .bool(false) = value { return true } else { return false }
    case "boolean": if case .bool = value { return true } else { return false }
    case "integer": if case .integer = value { return true } else { return false }
    case "float": if case .float = value { return true } else { return false }
    case "number": return value.number != nil
    case "string": if case .string = value { return true } else { return false }
    case "mapping": if case .dictionary = value { return true } else { return false }
    case "sequence":
      switch value {
      case .string, .list, .tuple, .dictionary, .undefined: return true
      default: return false
      }
    case "iterable":
      switch value {
      case .string, .list, .tuple, .dictionary, .undefined, .iterator, .loop: return true
      default: return false
      }
    case "callable":
      switch value {
      case .function: return true
      case .loop(let loop): return loop.recursion != nil
      default: return false
      }
    case "sameas": return arguments.positional.first.map { isSame(value, $0) } ?? false
    case "lower": return try text(of: value).isCased(small: true)
    case "upper": return try text(of: value).isCased(small: false)
    case "odd", "even", "divisibleby": return try isDivisible(value, name, arguments)
    case "escaped": return false
    case "filter": return Self.filters[try text(of: value)] != nil
    case "test": return Self.testNames.contains(try text(of: value))
    default:
      let near = nearestNames(to: name, among: Self.testNames, limit: 1).first
      throw error("there is no test '\(name)'" + (near.map { "; did you mean '\($0)'?" } ?? ""))
    }
  }

  private static let comparisons = [
    "eq": "==", "equalto": "==", "==": "==", "ne": "!=", "!=": "!=", "lt": "<", "lessthan": "<", "<": "<", "le": "<=",
    "<=": "<=", "gt": ">", "greaterthan": ">", ">": ">", "ge": ">=", ">=": ">=", "in": "in",
  ]

  private static let testNames =
    comparisons.keys.sorted() + [
      "defined", "undefined", "none", "true", "false", "boolean", "integer", "float", "number", "string", "mapping",
      "sequence", "iterable", "callable", "sameas", "lower", "upper", "odd", "even", "divisibleby", "escaped", "filter",
      "test",
    ]

  /// Whether two names stand for one object; of values without an identity, whether they are equal and of one kind.
  private func isSame(_ a: TemplateValue, _ b: TemplateValue) -> Bool { a.typeName == b.typeName && a.equals(b) }

  private func isDivisible(_ value: TemplateValue, _ name: String, _ arguments: TemplateArguments) throws(DocumentError)
    -> Bool
  {
    let divisor: TemplateValue = name == "divisibleby" ? arguments.positional.first ?? .integer(0) : .integer(2)
    let remainder = try arithmetic(value, "%", divisor).number
    return name == "odd" ? remainder == 1 : remainder == 0
  }
}
