import Documents

// Python's `str` and `repr` of a template's values, and its view of characters.

extension Unicode.Scalar {
  /// Whether Python's `str.isspace` counts it as white space.
  var isPythonSpace: Bool {
    properties.isWhitespace || (0x1c...0x1f).contains(value)
  }

  var isPythonDigit: Bool { ("0"..."9").contains(self) }

  /// Whether a name can begin with it.
  var isPythonName: Bool { self == "_" || properties.isXIDStart || (isASCII && properties.isXIDContinue) }
}

extension TemplateRenderer {
  /// Python's `str(value)`: what `{{ value }}` writes.
  func text(of value: TemplateValue) throws(DocumentError) -> String {
    switch value {
    case .undefined: ""
    case .string(let text): text
    default: try representation(of: value)
    }
  }

  func texts(of values: TemplateValue) throws(DocumentError) -> [String] {
    var texts: [String] = []
    for value in try elements(of: values) { texts.append(try text(of: value)) }
    return texts
  }

  /// Python's `repr(value)`: how it is written within a list.
  func representation(of value: TemplateValue) throws(DocumentError) -> String {
    try spend()
    switch value {
    case .undefined: return "Undefined"
    case .none: return "None"
    case .bool(let bool): return bool ? "True" : "False"
    case .integer(let number): return "\(number)"
    case .float(let number): return pythonText(number)
    case .string(let text): return pythonQuoted(text)
    case .list(let values, _): return "[" + (try joined(values)) + "]"
    case .tuple(let values, _): return "(" + (try joined(values)) + (values.count == 1 ? ",)" : ")")
    case .dictionary(let dictionary):
      var members: [String] = []
      for (key, value) in zip(dictionary.keys, dictionary.values) {
        members.append("\(try representation(of: key)): \(try representation(of: value))")
      }
      return "{" + (try checked(members.joined(separator: ", "))) + "}"
    case .iterator: return "<generator>"
    case .namespace: return "<Namespace>"
    case .function(let function): return "<function \(function.name)>"
    case .loop(let loop): return "<LoopContext \(loop.index + 1)/\(loop.items.count)>"
    }
  }

  private func joined(_ values: [TemplateValue]) throws(DocumentError) -> String {
    var texts: [String] = []
    for value in values { texts.append(try representation(of: value)) }
    return try checked(texts.joined(separator: ", "))
  }
}

/// Python's `repr` of a float: the shortest digits that read back as the same number.
func pythonText(_ number: Double) -> String {
  if number.isNaN { return "nan" }
  if number.isInfinite { return number < 0 ? "-inf" : "inf" }
  // Swift has the same shortest digits and changes to exponents at the same numbers, but for their form: `1e-05`.
  let text = "\(number)"
  guard let e = text.firstIndex(of: "e") else { return text }
  let exponent = text[text.index(after: e)...]
  let sign = exponent.first == "-" ? "-" : "+"
  let digits = exponent.drop { $0 == "-" || $0 == "+" }
  var mantissa = text[..<e]
  if mantissa.hasSuffix(".0") { mantissa = mantissa.dropLast(2) }
  return mantissa + "e" + sign + (digits.count < 2 ? "0" : "") + digits
}

/// Python's `repr` of a text.
func pythonQuoted(_ text: String) -> String {
  let quote: Unicode.Scalar = text.unicodeScalars.contains("'") && !text.unicodeScalars.contains("\"") ? "\"" : "'"
  var result = String(quote)
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case quote: result += "\\\(quote)"
    default: if isPrintable(scalar) { result.unicodeScalars.append(scalar) } else { result += escaped(scalar) }
    }
  }
  return result + String(quote)
}

private func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
  case .spaceSeparator: scalar == " "
  default: true
  }
}

private func escaped(_ scalar: Unicode.Scalar) -> String {
  let digits = String(scalar.value, radix: 16)
  let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
  return "\\\(letter)" + String(repeating: "0", count: width - digits.count) + digits
}
