import Documents

// Expressions.
extension TemplateRenderer {
  func evaluate(_ expression: TemplateExpression, _ scope: TemplateScope) throws(DocumentError) -> TemplateValue {
    try spend()
    switch expression {
    case .constant(let value): return value
    case .name(let name): return lookUp(name, scope)
    case .list(let elements): return try checked(.list(try values(elements, scope)))
    case .tuple(let elements): return try checked(.tuple(try values(elements, scope)))
    case .dictionary(let members): return try dictionary(members, scope)
    case .attribute(let value, let name, let place):
      let value = try evaluate(value, scope)
      self.place = place
      return try attribute(name, of: value)
    case .item(let value, let index, let place):
      let (value, index) = (try evaluate(value, scope), try evaluate(index, scope))
      self.place = place
      return try item(index, of: value)
    case .slice(let value, let slice, let place):
      let value = try evaluate(value, scope)
      let bounds = (try bound(slice.start, scope), try bound(slice.stop, scope), try bound(slice.step, scope))
      self.place = place
      return try sliced(value, bounds.0, bounds.1, bounds.2)
    case .call(let callee, let call):
      let callee = try evaluate(callee, scope)
      let arguments = try arguments(call, scope)
      place = call.place
      return try self.call(callee, arguments)
    case .filter(let value, let name, let call):
      guard let value else { throw call.place.error("the filter '\(name)' has nothing to be applied to") }
      let operand = try evaluate(value, scope)
      let arguments = try arguments(call, scope)
      place = call.place
      return try filtered(operand, name, arguments)
    case .test(let value, let name, let call):
      let operand = try evaluate(value, scope)
      let arguments = try arguments(call, scope)
      place = call.place
      return .bool(try test(operand, name, arguments))
    case .not(let value): return .bool(!(try evaluate(value, scope).isTrue))
    case .sign(let sign, let value, let place):
      let value = try evaluate(value, scope)
      self.place = place
      return try signed(sign, value)
    case .and(let a, let b):
      let left = try evaluate(a, scope)
      return left.isTrue ? try evaluate(b, scope) : left
    case .or(let a, let b):
      let left = try evaluate(a, scope)
      return left.isTrue ? left : try evaluate(b, scope)
    case .conditional(let condition, let then, let otherwise):
      if try evaluate(condition, scope).isTrue { return try evaluate(then, scope) }
      guard let otherwise else { return .undefined("the 'if' without 'else' is false") }
      return try evaluate(otherwise, scope)
    case .comparison(let first, let rest, let place):
      var left = try evaluate(first, scope)
      for (operation, expression) in rest {
        let right = try evaluate(expression, scope)
        self.place = place
        guard try compare(left, operation, right) else { return .bool(false) }
        left = right
      }
      return .bool(true)
    case .arithmetic(let symbol, let a, let b, let place):
      let (a, b) = (try evaluate(a, scope), try evaluate(b, scope))
      self.place = place
      return try arithmetic(a, symbol, b)
    case .joined(let parts):
      var text = ""
      for part in parts { text += try self.text(of: try evaluate(part, scope)) }
      return .string(try checked(text))
    }
  }

  private func values(_ expressions: [TemplateExpression], _ scope: TemplateScope) throws(DocumentError)
    -> [TemplateValue]
  {
    var values: [TemplateValue] = []
    for expression in expressions { values.append(try evaluate(expression, scope)) }
    return values
  }

  private func dictionary(
    _ members: [(key: TemplateExpression, value: TemplateExpression)], _ scope: TemplateScope
  ) throws(DocumentError) -> TemplateValue {
    var dictionary = TemplateDictionary()
    for member in members {
      let key = try evaluate(member.key, scope)
      guard dictionary.set(key, try evaluate(member.value, scope)) else {
        throw error("a \(key.typeName) cannot be a key")
      }
    }
    return try checked(.dictionary(dictionary))
  }

  private func checked(_ value: TemplateValue) throws(DocumentError) -> TemplateValue {
    try checkDepth(value)
    return value
  }

  func arguments(_ call: TemplateCall, _ scope: TemplateScope) throws(DocumentError) -> TemplateArguments {
    var arguments = TemplateArguments(positional: try values(call.positional, scope))
    for argument in call.named { arguments.named.append((argument.name, try evaluate(argument.value, scope))) }
    if let list = call.unpackedList { arguments.positional += try elements(of: try evaluate(list, scope)) }
    if let expression = call.unpackedDictionary {
      guard case .dictionary(let dictionary) = try evaluate(expression, scope) else {
        throw call.place.error("what follows '**' must be a dictionary")
      }
      for (key, value) in zip(dictionary.keys, dictionary.values) { arguments.named.append((try text(of: key), value)) }
    }
    return arguments
  }

  /// A block's filters, the first of which is applied to the block's text.
  func applied(
    _ filter: TemplateExpression, to text: TemplateValue, _ scope: TemplateScope
  ) throws(DocumentError) -> TemplateValue {
    guard case .filter(let inner, let name, let call) = filter else { return try evaluate(filter, scope) }
    let operand = try inner.map { (inner) throws(DocumentError) in try applied(inner, to: text, scope) } ?? text
    let arguments = try arguments(call, scope)
    place = call.place
    return try filtered(operand, name, arguments)
  }

  // Reading parts of values.

  /// `value.name`: a method or an attribute, else a member of that name.
  func attribute(_ name: String, of value: TemplateValue) throws(DocumentError) -> TemplateValue {
    if case .undefined(let what) = value { throw error(what) }
    if let found = try method(name, of: value) { return found }
    return member(name, of: value) ?? missing(name, of: value)
  }

  private func member(_ name: String, of value: TemplateValue) -> TemplateValue? {
    switch value {
    case .dictionary(let dictionary): dictionary[name]
    case .namespace(let namespace): namespace.names[name]
    case .loop(let loop): loop.attribute(name)
    case .function(let function) where name == "name": .string(function.name)
    default: nil
    }
  }

  private func missing(_ name: String, of value: TemplateValue) -> TemplateValue {
    .undefined("'\(value.typeName) object' has no attribute '\(name)'")
  }

  /// `value[index]`: an element or member, else an attribute of that name.
  func item(_ index: TemplateValue, of value: TemplateValue) throws(DocumentError) -> TemplateValue {
    if case .undefined(let what) = value { throw error(what) }
    switch value {
    case .dictionary(let dictionary):
      if let found = dictionary.value(index) { return found }
    case .list(let values, _), .tuple(let values, _):
      if let i = index.wholeNumber {
        return element(i, of: values) ?? .undefined("'\(value.typeName) object' has no element \(i)")
      }
    case .string(let text):
      if let i = index.wholeNumber {
        let scalars = Array(text.unicodeScalars)
        try spend(scalars.count / 16)
        return element(i, of: scalars).map { .string(String($0)) } ?? .undefined("the text has no character \(i)")
      }
    default: break
    }
    guard case .string(let name) = index else { return missing(index.typeName, of: value) }
    return try method(name, of: value) ?? member(name, of: value) ?? missing(name, of: value)
  }

  private func element<Element>(_ index: Int, of elements: [Element]) -> Element? {
    let i = index < 0 ? index + elements.count : index
    return elements.indices.contains(i) ? elements[i] : nil
  }

  private func bound(_ expression: TemplateExpression?, _ scope: TemplateScope) throws(DocumentError) -> Int? {
    guard let expression else { return nil }
    let value = try evaluate(expression, scope)
    if case .none = value { return nil }
    guard let number = value.wholeNumber else {
      throw error("a slice's bound must be a whole number, not a \(value.typeName)")
    }
    return number
  }

  private func sliced(_ value: TemplateValue, _ start: Int?, _ stop: Int?, _ step: Int?) throws(DocumentError)
    -> TemplateValue
  {
    switch value {
    case .list(let values, _): return .list(try sliced(values, start, stop, step))
    case .tuple(let values, _): return .tuple(try sliced(values, start, stop, step))
    case .string(let text):
      var result = String.UnicodeScalarView()
      result.append(contentsOf: try sliced(Array(text.unicodeScalars), start, stop, step))
      return .string(String(result))
    case .undefined(let what): throw error(what)
    default: return .undefined("a \(value.typeName) cannot be sliced")
    }
  }

  /// Python's slice: bounds from the end where negative, cut to the list.
  private func sliced<Element>(
    _ elements: [Element], _ start: Int?, _ stop: Int?, _ step: Int?
  ) throws(DocumentError) -> [Element] {
    let (step, count) = (step ?? 1, elements.count)
    guard step != 0 else { throw error("a slice's step cannot be 0") }
    try spend(count / 16)
    let (low, high) = step > 0 ? (0, count) : (-1, count - 1)
    func clamped(_ bound: Int?, _ standard: Int) -> Int {
      guard let bound else { return standard }
      let positive = bound < 0 ? (bound < -count ? low : bound + count) : bound
      return min(max(positive, low), high)
    }
    let first = clamped(start, step > 0 ? low : high)
    let end = clamped(stop, step > 0 ? high : low)
    return stride(from: first, to: end, by: step).map { elements[$0] }
  }

  // Operators.

  private func compare(_ a: TemplateValue, _ operation: String, _ b: TemplateValue) throws(DocumentError) -> Bool {
    switch operation {
    case "==": return a.equals(b)
    case "!=": return !a.equals(b)
    case "in": return try contains(b, a)
    case "not in": return !(try contains(b, a))
    default: break
    }
    for case .undefined(let what) in [a, b] { throw error(what) }
    // Numbers that are not in order, as NaN, are in none.
    guard let less = a.isLess(than: b), let greater = b.isLess(than: a) else {
      throw error("a \(a.typeName) and a \(b.typeName) have no order")
    }
    return switch operation {
    case "<": less
    case ">": greater
    case "<=": less || a.equals(b)
    default: greater || a.equals(b)
    }
  }

  /// Whether a value is in another: part of a text, element of a list, key of a dictionary.
  func contains(_ container: TemplateValue, _ value: TemplateValue) throws(DocumentError) -> Bool {
    switch container {
    case .string(let text):
      guard case .string(let part) = value else { throw error("only a text can be in a text, not a \(value.typeName)") }
      try spend(text.utf8.count / 16)
      return text.firstPlace(of: part) != nil
    case .dictionary(let dictionary): return dictionary.value(value) != nil
    default: return try elements(of: container).contains { $0.equals(value) }
    }
  }

  private func signed(_ sign: String, _ value: TemplateValue) throws(DocumentError) -> TemplateValue {
    switch value {
    case .float(let number): return .float(sign == "-" ? -number : number)
    case .undefined(let what): throw error(what)
    default:
      guard let number = value.wholeNumber else { throw error("a \(value.typeName) has no sign") }
      guard sign == "-" else { return .integer(number) }
      return .integer(try whole(number.multipliedReportingOverflow(by: -1)))
    }
  }

  private func whole(_ result: (partialValue: Int, overflow: Bool)) throws(DocumentError) -> Int {
    guard !result.overflow else { throw error("the number is too large") }
    return result.partialValue
  }

  func arithmetic(_ a: TemplateValue, _ symbol: String, _ b: TemplateValue) throws(DocumentError) -> TemplateValue {
    for case .undefined(let what) in [a, b] { throw error(what) }
    switch (a, symbol, b) {
    case (.string(let a), "+", .string(let b)): return .string(try checked(a + b))
    case (.list(let a, _), "+", .list(let b, _)):
      try spend(4 * (a.count + b.count))
      return .list(a + b)
    case (.tuple(let a, _), "+", .tuple(let b, _)): return .tuple(a + b)
    case (.string(let format), "%", _): return .string(try checked(try formatted(format, b)))
    case (.string(let text), "*", _):
      if let count = b.wholeNumber { return .string(try repeated(text, count)) }
    case (_, "*", .string(let text)):
      if let count = a.wholeNumber { return .string(try repeated(text, count)) }
    case (.list(let values, _), "*", _):
      if let count = b.wholeNumber {
        try spend(
          values.count.multipliedReportingOverflow(by: max(count, 0)).overflow
            ? Self.mostSteps : values.count * max(count, 0))
        return .list(Array(repeatElement(values, count: max(count, 0)).joined()))
      }
    default: break
    }
    if let x = a.wholeNumber, let y = b.wholeNumber { return try arithmetic(x, symbol, y) }
    guard let x = a.number, let y = b.number else {
      throw error("'\(symbol)' is not defined for a \(a.typeName) and a \(b.typeName)")
    }
    return .float(try arithmetic(x, symbol, y))
  }

  private func repeated(_ text: String, _ count: Int) throws(DocumentError) -> String {
    let size = text.utf8.count.multipliedReportingOverflow(by: max(count, 0))
    guard !size.overflow, size.partialValue <= Self.longestText else {
      throw error("a text of more than \(Self.longestText >> 20) MiB is refused")
    }
    return try checked(String(repeating: text, count: max(count, 0)))
  }

  private func arithmetic(_ a: Int, _ symbol: String, _ b: Int) throws(DocumentError) -> TemplateValue {
    switch symbol {
    case "+": return .integer(try whole(a.addingReportingOverflow(b)))
    case "-": return .integer(try whole(a.subtractingReportingOverflow(b)))
    case "*": return .integer(try whole(a.multipliedReportingOverflow(by: b)))
    case "//", "%":
      guard b != 0 else { throw error("division by 0") }
      // Python rounds towards −∞, and the remainder has the divisor's sign.
      let remainder = b == -1 ? 0 : a % b
      let isShifted = remainder != 0 && (remainder < 0) != (b < 0)
      if symbol == "%" { return .integer(isShifted ? remainder + b : remainder) }
      let quotient = try whole(a.dividedReportingOverflow(by: b))
      return .integer(isShifted ? quotient - 1 : quotient)
    case "**":
      guard b >= 0 else { return .float(try arithmetic(Double(a), "**", Double(b))) }
      var result = 1
      guard b < 64 || (-1...1).contains(a) else { throw error("the number is too large") }
      for _ in 0..<(b < 64 ? b : 2 + b % 2) { result = try whole(result.multipliedReportingOverflow(by: a)) }
      return .integer(result)
    default: return .float(try arithmetic(Double(a), symbol, Double(b)))
    }
  }

  private func arithmetic(_ a: Double, _ symbol: String, _ b: Double) throws(DocumentError) -> Double {
    switch symbol {
    case "+": return a + b
    case "-": return a - b
    case "*": return a * b
    case "**": return power(a, b)
    default:
      guard b != 0 else { throw error("division by 0") }
      switch symbol {
      case "/": return a / b
      case "//": return (a / b).rounded(.down)
      default:
        let remainder = a.truncatingRemainder(dividingBy: b)
        return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder
      }
    }
  }
}
