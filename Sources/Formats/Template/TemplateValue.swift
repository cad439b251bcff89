import Documents

/// A value in a chat template: what Python would have there.
enum TemplateValue {
  /// Nothing has this name; the text says what was looked for.
  case undefined(String)
  case none
  case bool(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  /// Elements, and how deep they are nested.
  case list([TemplateValue], depth: Int)
  case tuple([TemplateValue], depth: Int)
  case dictionary(TemplateDictionary)
  /// What a filter such as `select` gives: it can be gone through once, has no length, and is always true.
  case iterator(TemplateIterator)
  case namespace(TemplateNamespace)
  case function(TemplateFunction)
  case loop(TemplateLoop)
}

/// What can be gone through once.
final class TemplateIterator {
  private var rest: [TemplateValue]
  /// How deep they are nested.
  let depth: Int

  init(_ values: [TemplateValue]) {
    rest = values
    depth = TemplateValue.list(values).depth
  }

  /// What has not been taken yet; takes it.
  func take() -> [TemplateValue] {
    defer { rest = [] }
    return rest
  }
}

/// Names that can be assigned from within loops: Jinja's `namespace`.
final class TemplateNamespace {
  var names: [String: TemplateValue] = [:]
  /// How deep its values are nested.
  var depth = 1
}

/// Something that can be called: a macro, a function, or a method with its receiver.
final class TemplateFunction {
  typealias Body = (TemplateArguments, TemplateRenderer) throws(DocumentError) -> TemplateValue

  let name: String
  let body: Body

  init(_ name: String, _ body: @escaping Body) {
    self.name = name
    self.body = body
  }
}

/// The arguments of a call, evaluated.
struct TemplateArguments {
  var positional: [TemplateValue] = []
  var named: [(name: String, value: TemplateValue)] = []

  /// The argument at a position or of a name; nil when it was not given.
  func value(_ index: Int, _ name: String) -> TemplateValue? {
    if positional.indices.contains(index) { return positional[index] }
    return named.first { $0.name == name }?.value
  }
}

/// A dictionary in the order of its keys' first assignment, as Python's.
struct TemplateDictionary {
  private(set) var keys: [TemplateValue] = []
  private(set) var values: [TemplateValue] = []
  private var places: [TemplateKey: Int] = [:]
  /// How deep its values are nested.
  private(set) var depth = 1

  init() {}

  /// Members by name, in this order; the last of equal names counts.
  init(_ members: [(String, TemplateValue)]) {
    for (key, value) in members { self[key] = value }
  }

  var count: Int { keys.count }

  subscript(key: String) -> TemplateValue? {
    get { places[.text(ExactText(key))].map { values[$0] } }
    set { if let newValue { set(.text(ExactText(key)), .string(key), newValue) } }
  }

  /// The value of a key; nil when there is none, also for what cannot be a key.
  func value(_ key: TemplateValue) -> TemplateValue? {
    guard let key = TemplateKey(key) else { return nil }
    return places[key].map { values[$0] }
  }

  /// Sets a value; false for what cannot be a key.
  mutating func set(_ key: TemplateValue, _ value: TemplateValue) -> Bool {
    guard let exact = TemplateKey(key) else { return false }
    set(exact, key, value)
    return true
  }

  private mutating func set(_ exact: TemplateKey, _ key: TemplateValue, _ value: TemplateValue) {
    depth = max(depth, value.depth + 1)
    if let place = places[exact] {
      values[place] = value
    } else {
      places[exact] = keys.count
      keys.append(key)
      values.append(value)
    }
  }
}

/// What can be a key. Numbers that are equal are one key, as in Python: `1`, `1.0` and `True`.
private enum TemplateKey: Hashable {
  case none
  case number(Double)
  case text(ExactText)
  case tuple([TemplateKey])

  init?(_ value: TemplateValue) {
    switch value {
    case .none: self = .none
    case .bool(let bool): self = .number(bool ? 1 : 0)
    case .integer(let number): self = .number(Double(number))
    case .float(let number): self = .number(number)
    case .string(let text): self = .text(ExactText(text))
    case .tuple(let values, _):
      let keys = values.compactMap(TemplateKey.init)
      guard keys.count == values.count else { return nil }
      self = .tuple(keys)
    default: return nil
    }
  }
}

extension TemplateValue {
  /// Deeper nesting is refused: lists are compared, written and released recursively.
  static let deepest = 200

  static func list(_ values: [TemplateValue]) -> TemplateValue { .list(values, depth: depth(of: values)) }

  static func tuple(_ values: [TemplateValue]) -> TemplateValue { .tuple(values, depth: depth(of: values)) }

  /// How deep lists and dictionaries are nested in it; 0 for anything else.
  var depth: Int {
    switch self {
    case .list(_, let depth), .tuple(_, let depth): depth
    case .dictionary(let dictionary): dictionary.depth
    case .iterator(let iterator): iterator.depth
    case .namespace(let namespace): namespace.depth
    default: 0
    }
  }

  private static func depth(of values: [TemplateValue]) -> Int { values.reduce(1) { max($0, $1.depth + 1) } }

  /// What Python calls its type, for errors.
  var typeName: String {
    switch self {
    case .undefined: "Undefined"
    case .none: "None"
    case .bool: "bool"
    case .integer: "int"
    case .float: "float"
    case .string: "str"
    case .list: "list"
    case .tuple: "tuple"
    case .dictionary: "dict"
    case .iterator: "generator"
    case .namespace: "Namespace"
    case .function: "function"
    case .loop: "loop"
    }
  }

  /// Whether it counts as true: neither empty nor zero nor nothing.
  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .bool(let bool): bool
    case .integer(let number): number != 0
    case .float(let number): number != 0
    case .string(let text): !text.isEmpty
    case .list(let values, _), .tuple(let values, _): !values.isEmpty
    case .dictionary(let dictionary): dictionary.count > 0
    case .iterator, .namespace, .function, .loop: true
    }
  }

  var isUndefined: Bool { if case .undefined = self { true } else { false } }

  /// Its number; true is 1.
  var number: Double? {
    switch self {
    case .bool(let bool): bool ? 1 : 0
    case .integer(let number): Double(number)
    case .float(let number): number
    default: nil
    }
  }

  /// Its whole number; true is 1.
  var wholeNumber: Int? {
    switch self {
    case .bool(let bool): bool ? 1 : 0
    case .integer(let number): number
    default: nil
    }
  }
}

extension TemplateValue {
  /// Whether two values are equal, by Python's rules: numbers by value, text by its code points, lists by elements.
  func equals(_ other: TemplateValue) -> Bool {
    switch (self, other) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.string(let a), .string(let b)): return a.utf8.elementsEqual(b.utf8)
    case (.integer(let a), .integer(let b)): return a == b
    case (.list(let a, _), .list(let b, _)), (.tuple(let a, _), .tuple(let b, _)):
      return a.count == b.count && zip(a, b).allSatisfy { $0.equals($1) }
    case (.dictionary(let a), .dictionary(let b)):
      return a.count == b.count
        && zip(a.keys, a.values).allSatisfy { key, value in b.value(key).map { $0.equals(value) } ?? false }
    case (.namespace(let a), .namespace(let b)): return a === b
    case (.function(let a), .function(let b)): return a === b
    default:
      guard let a = number, let b = other.number else { return false }
      return a == b
    }
  }

  /// Whether it comes before another; nil for values of different kinds.
  func isLess(than other: TemplateValue) -> Bool? {
    switch (self, other) {
    // The order of UTF-8 bytes is that of code points.
    case (.string(let a), .string(let b)): return a.utf8.lexicographicallyPrecedes(b.utf8)
    case (.integer(let a), .integer(let b)): return a < b
    case (.list(let a, _), .list(let b, _)), (.tuple(let a, _), .tuple(let b, _)):
      for (x, y) in zip(a, b) where !x.equals(y) { return x.isLess(than: y) }
      return a.count < b.count
    default:
      guard let a = number, let b = other.number else { return nil }
      return a < b
    }
  }
}
