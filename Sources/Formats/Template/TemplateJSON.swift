import Documents

// `tojson` as transformers has it: Python's `json.dumps`, without escapes for HTML.
extension TemplateRenderer {
  func json(_ value: TemplateValue, _ arguments: TemplateArguments) throws(DocumentError) -> String {
    var style = JSONStyle()
    style.isASCII = arguments.value(0, "ensure_ascii")?.isTrue ?? false
    switch arguments.value(1, "indent") {
    case nil, .some(.none): break
    case .string(let text): style.indent = text
    case .some(let value):
      guard let width = value.wholeNumber, width <= 1000 else {
        throw error("tojson's indent must be a number up to 1000")
      }
      style.indent = String(repeating: " ", count: max(width, 0))
    }
    if style.indent != nil { style.itemSeparator = "," }
    switch arguments.value(2, "separators") {
    case nil, .some(.none): break
    case .some(let value):
      let texts = try texts(of: value)
      guard texts.count == 2 else { throw error("tojson's separators are two texts") }
      (style.itemSeparator, style.keySeparator) = (texts[0], texts[1])
    }
    style.sortsKeys = arguments.value(3, "sort_keys")?.isTrue ?? false
    var result = ""
    try write(value, style, depth: 0, to: &result)
    return result
  }

  private struct JSONStyle {
    var isASCII = false
    var indent: String?
    var itemSeparator = ", "
    var keySeparator = ": "
    var sortsKeys = false
  }

  private func write(_ value: TemplateValue, _ style: JSONStyle, depth: Int, to result: inout String)
    throws(DocumentError)
  {
    try spend()
    guard depth < 200 else { throw error("tojson: the value is nested more than 200 deep") }
    guard result.utf8.count <= Self.longestText else {
      throw error("a text of more than \(Self.longestText >> 20) MiB is refused")
    }
    switch value {
    case .none: result += "null"
    case .bool(let bool): result += bool ? "true" : "false"
    case .integer(let number): result += "\(number)"
    case .float(let number):
      result += number.isNaN ? "NaN" : number.isInfinite ? (number < 0 ? "-Infinity" : "Infinity") : pythonText(number)
    case .string(let text): result += quoted(text, style)
    case .list(let values, _), .tuple(let values, _):
      try write("[", "]", values.count, style, depth, &result) { (i, result) throws(DocumentError) in
        try write(values[i], style, depth: depth + 1, to: &result)
      }
    case .dictionary(let dictionary):
      var order = Array(dictionary.keys.indices)
      if style.sortsKeys { order.sort { dictionary.keys[$0].isLess(than: dictionary.keys[$1]) ?? false } }
      try write("{", "}", order.count, style, depth, &result) { (i, result) throws(DocumentError) in
        result += quoted(try jsonKey(dictionary.keys[order[i]]), style) + style.keySeparator
        try write(dictionary.values[order[i]], style, depth: depth + 1, to: &result)
      }
    case .undefined(let what): throw error("tojson: \(what)")
    case .iterator, .namespace, .function, .loop: throw error("tojson: a \(value.typeName) has no JSON form")
    }
  }

  private func write(
    _ opening: String, _ closing: String, _ count: Int, _ style: JSONStyle, _ depth: Int, _ result: inout String,
    _ element: (Int, inout String) throws(DocumentError) -> Void
  ) throws(DocumentError) {
    func newLine(_ depth: Int) -> String { style.indent.map { "\n" + String(repeating: $0, count: depth) } ?? "" }
    result += opening
    for i in 0..<count {
      result += (i > 0 ? style.itemSeparator : "") + newLine(depth + 1)
      try element(i, &result)
    }
    result += (count > 0 ? newLine(depth) : "") + closing
  }

  private func jsonKey(_ key: TemplateValue) throws(DocumentError) -> String {
    switch key {
    case .string(let text): return text
    case .none: return "null"
    case .bool(let bool): return bool ? "true" : "false"
    case .integer, .float: return try text(of: key)
    default: throw error("tojson: a \(key.typeName) cannot be a key")
    }
  }

  private func quoted(_ text: String, _ style: JSONStyle) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{8}": result += "\\b"
      case "\u{c}": result += "\\f"
      default:
        if scalar.value < 0x20 || (style.isASCII && scalar.value > 0x7e) {
          for unit in String(scalar).utf16 {
            let digits = String(unit, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
          }
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }
}
