import Documents

/// A call of a Python function with named arguments.
struct PythonCall {
  let name: String
  private let arguments: [(name: String, value: PythonValue)]

  init(_ name: String, _ arguments: [(name: String, value: PythonValue)]) {
    self.name = name
    self.arguments = arguments
  }

  /// An element of a list, four columns in: on one line, or with a line for each argument where that would be too long.
  var python: String {
    let values = arguments.map { "\($0.name)=\($0.value.python(column: 8))" }
    let line = "\(name)(\(values.joined(separator: ", ")))"
    if line.utf8.count <= 100, !line.contains("\n") { return line }
    return "\(name)(\n\(values.map { "        \($0),\n" }.joined())    )"
  }
}

/// A literal of Python.
enum PythonValue {
  case nothing
  case string(String)
  case number(Double)
  case flag(Bool)
  case strings([String])
  case integers([Int])
  case dictionary(keys: [String], values: [PythonValue])

  static func dictionary(_ pairs: [(key: String, value: PythonValue)]) -> PythonValue {
    .dictionary(keys: pairs.map { $0.key }, values: pairs.map { $0.value })
  }

  /// - Parameter column: How far in the line begins in which it stands.
  func python(column: Int) -> String {
    switch self {
    case .nothing: return "None"
    case .string(let text): return Self.quoted(text)
    case .number(let number): return NumberText.full(number)
    case .flag(let flag): return flag ? "True" : "False"
    case .integers(let numbers): return "[\(numbers.map(String.init).joined(separator: ", "))]"
    case .strings(let texts):
      return Self.fitted("[", texts.map(Self.quoted), "]", column: column)
    case .dictionary(let keys, let values):
      let members = zip(keys, values).map { "\(Self.quoted($0)): \($1.python(column: column + 4))" }
      return Self.fitted("{", members, "}", column: column)
    }
  }

  private static func fitted(_ open: String, _ parts: [String], _ close: String, column: Int) -> String {
    let line = open + parts.joined(separator: ", ") + close
    if column + line.utf8.count <= 100, !line.contains("\n") { return line }
    let indent = String(repeating: " ", count: column)
    return "\(open)\n\(parts.map { "\(indent)    \($0),\n" }.joined())\(indent)\(close)"
  }

  /// Python has JSON's escapes, except those of characters beyond 16 bits, which JSON leaves as they are.
  private static func quoted(_ text: String) -> String {
    var json = JSONWriter()
    json.string(text)
    return json.text
  }
}
