import Documents
import Foundation

// Python's two ways to put values into a text: `'%s' % x` and `'{}'.format(x)`.
extension TemplateRenderer {
  /// `format % value`, or `format % (value, …)`.
  func formatted(_ format: String, _ value: TemplateValue) throws(DocumentError) -> String {
    var values: [TemplateValue] = if case .tuple(let values, _) = value { values } else { [value] }
    var result = String.UnicodeScalarView()
    var rest = format.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      guard scalar == "%" else {
        result.append(scalar)
        continue
      }
      var specification = FormatSpecification()
      var member: TemplateValue?
      if rest.first == "(" {
        let name = String(scalars: rest.dropFirst().prefix { $0 != ")" })
        rest = rest.dropFirst(name.unicodeScalars.count + 2)
        guard case .dictionary(let members) = value, let found = members[name] else {
          throw error("the format names '\(name)', which is not there")
        }
        member = found
      }
      while let flag = rest.first, "-+ 0#".unicodeScalars.contains(flag) {
        specification.set(flag: flag)
        rest.removeFirst()
      }
      specification.width = number(&rest) ?? 0
      if rest.first == "." {
        rest.removeFirst()
        specification.precision = number(&rest) ?? 0
      }
      guard let type = rest.popFirst() else { throw error("the format ends after '%'") }
      if type == "%" {
        result.append("%")
        continue
      }
      guard let operand = member ?? values.first else { throw error("the format needs more values than there are") }
      if member == nil { values.removeFirst() }
      specification.type = type
      result.append(contentsOf: try text(of: operand, specification).unicodeScalars)
    }
    return String(result)
  }

  private func number(_ rest: inout Substring.UnicodeScalarView) -> Int? {
    let digits = rest.prefix { $0.isPythonDigit }
    rest = rest.dropFirst(digits.count)
    return digits.isEmpty ? nil : Int(String(digits))
  }

  /// `'{} {0} {name} {:>8.2f}'.format(…)`.
  func braceFormatted(_ format: String, _ arguments: TemplateArguments) throws(DocumentError) -> String {
    var result = String.UnicodeScalarView()
    var (rest, next, usesNumbers) = (format.unicodeScalars[...], 0, false)
    while let scalar = rest.popFirst() {
      if scalar == "{" || scalar == "}", rest.first == scalar {
        rest.removeFirst()
        result.append(scalar)
        continue
      }
      guard scalar == "{" else {
        guard scalar != "}" else { throw error("the format has a '}' without '{'") }
        result.append(scalar)
        continue
      }
      let field = rest.prefix { $0 != "}" }
      guard field.count < rest.count else { throw error("the format has a '{' without '}'") }
      rest = rest.dropFirst(field.count + 1)
      let name = String(field.prefix { $0 != ":" && $0 != "!" })
      let specification = String(field.drop { $0 != ":" }.dropFirst())
      let value: TemplateValue?
      if name.isEmpty {
        value = arguments.positional.indices.contains(next) ? arguments.positional[next] : nil
        next += 1
      } else if let index = Int(name) {
        usesNumbers = true
        value = arguments.positional.indices.contains(index) ? arguments.positional[index] : nil
      } else {
        value = arguments.named.first { $0.name == name }?.value
      }
      guard !usesNumbers || next == 0 else { throw error("the format has both '{}' and '{0}'") }
      guard let value else {
        throw error("the format names '\(name.isEmpty ? "\(next - 1)" : name)', which is not there")
      }
      result.append(contentsOf: try text(of: value, try FormatSpecification(specification, self)).unicodeScalars)
    }
    return String(result)
  }

  private func text(of value: TemplateValue, _ specification: FormatSpecification) throws(DocumentError) -> String {
    guard specification.width <= Self.longestText, specification.precision ?? 0 <= 1000 else {
      throw error("the format's width or precision is too large")
    }
    var body: String
    switch specification.type {
    case "d", "i", "u":
      guard let number = value.number, number.magnitude < 0x1p63 else { throw unfit(value, specification) }
      body = "\(value.wholeNumber ?? Int(number))"
    case "x", "X", "o", "b":
      guard let number = value.wholeNumber else { throw unfit(value, specification) }
      let radix = specification.type == "o" ? 8 : specification.type == "b" ? 2 : 16
      body = String(number, radix: radix, uppercase: specification.type == "X")
    case "f", "F", "e", "E", "g", "G", "%":
      guard let number = value.number else { throw unfit(value, specification) }
      let type = specification.type == "%" ? "f" : String(specification.type)
      body = String(
        format: "%.\(specification.precision ?? 6)\(type)", specification.type == "%" ? number * 100 : number)
      if specification.type == "%" { body += "%" }
    case "r", "a": body = try representation(of: value)
    case "c":
      let scalar = value.wholeNumber.flatMap { UInt32(exactly: $0) }.flatMap(Unicode.Scalar.init)
      body = if let scalar { String(scalar) } else { try self.text(of: value) }
    case "s":
      body = try self.text(of: value)
      if let precision = specification.precision { body = String(scalars: body.unicodeScalars.prefix(precision)) }
    default: throw error("the format has the type '\(specification.type)', which is not known")
    }
    let isNumber = value.number != nil
    if isNumber, specification.hasThousands { body = withThousands(body) }
    if isNumber, !body.hasPrefix("-"), let sign = specification.sign { body = sign + body }
    return specification.padded(body, isNumber: isNumber)
  }

  private func withThousands(_ text: String) -> String {
    let digits = text.prefix { $0 == "-" || $0.isNumber }
    var result = ""
    for (i, digit) in digits.reversed().enumerated() {
      if i > 0, i % 3 == 0, digit != "-" { result.append(",") }
      result.append(digit)
    }
    return String(result.reversed()) + text.dropFirst(digits.count)
  }

  private func unfit(_ value: TemplateValue, _ specification: FormatSpecification) -> DocumentError {
    error("the format '\(specification.type)' needs a number, not a \(value.typeName)")
  }
}

/// How a value is to be written.
struct FormatSpecification {
  var type: Unicode.Scalar = "s"
  var width = 0
  var precision: Int?
  var sign: String?
  var hasThousands = false
  private var fill: Unicode.Scalar = " "
  private var alignment: Unicode.Scalar?
  // `%8s` aligns text to the right, `{:8}` to the left.
  private var textAlignment: Unicode.Scalar = ">"

  init() {}

  /// `[[fill]align][sign][0][width][,][.precision][type]`; without a type, numbers and text as `str` has them.
  init(_ text: String, _ renderer: TemplateRenderer) throws(DocumentError) {
    textAlignment = "<"
    var rest = text.unicodeScalars[...]
    let alignments = "<>^=".unicodeScalars
    if rest.count > 1, alignments.contains(rest[rest.index(after: rest.startIndex)]) {
      fill = rest.removeFirst()
      alignment = rest.removeFirst()
    } else if let first = rest.first, alignments.contains(first) {
      alignment = rest.removeFirst()
    }
    if let first = rest.first, "+- ".unicodeScalars.contains(first) { set(flag: rest.removeFirst()) }
    if rest.first == "0" { set(flag: rest.removeFirst()) }
    width = Int(String(rest.prefix { $0.isPythonDigit })) ?? 0
    rest = rest.drop { $0.isPythonDigit }
    if rest.first == "," {
      hasThousands = true
      rest.removeFirst()
    }
    if rest.first == "." {
      rest.removeFirst()
      precision = Int(String(rest.prefix { $0.isPythonDigit })) ?? 0
      rest = rest.drop { $0.isPythonDigit }
    }
    if let last = rest.popFirst() { type = last } else if hasThousands { type = "d" }
    guard rest.isEmpty else { throw renderer.error("the format '\(text)' is not understood") }
  }

  mutating func set(flag: Unicode.Scalar) {
    switch flag {
    case "-": alignment = "<"
    case "+": sign = "+"
    case " ": sign = sign ?? " "
    case "0" where alignment == nil: (fill, alignment) = ("0", "=")
    default: break
    }
  }

  func padded(_ text: String, isNumber: Bool) -> String {
    switch alignment ?? (isNumber ? ">" : textAlignment) {
    case "<": return text.padded(to: width, .end, with: fill)
    case "^": return text.padded(to: width, .both, with: fill)
    case "=":
      let sign = text.prefix { $0 == "-" || $0 == "+" || $0 == " " }
      return sign + String(text.dropFirst(sign.count)).padded(to: width - sign.count, .start, with: fill)
    default: return text.padded(to: width, .start, with: fill)
    }
  }
}
