import Documents

/// The value of an expression of numbers, `+ - * /` and parentheses; nil for any other text, and for what has no value.
///
///     arithmeticValue(of: "2*(3+4)")  // 14.0
///     arithmeticValue(of: "1/0")      // nil
func arithmeticValue(of text: String) -> Double? {
  var parser = ArithmeticParser(bytes: Array(text.utf8))
  guard let value = parser.sum(), parser.isAtEnd, value.isFinite else { return nil }
  return value
}

/// The value of the last expression with an operator in a text, apart from words and other numbers.
func lastExpression(in text: String) -> Double? {
  let bytes = Array(text.utf8)
  let signs = Set("0123456789+-*/(). ".utf8)
  var end = bytes.count
  while end > 0 {
    var start = end
    while start > 0, signs.contains(bytes[start - 1]) { start -= 1 }
    // `x2+3` and `1,000+1` are not the expressions 2+3 and 000+1.
    let isCut = start > 0 && start < end && bytes[start] != UInt8(ascii: " ") && isWordOrComma(bytes[start - 1])
    let run = trimmed(bytes[start..<end])
    if !isCut, hasOperator(run), let value = arithmeticValue(of: String(decoding: run, as: UTF8.self)) { return value }
    end = start - 1
  }
  return nil
}

/// The first number in a text, negative if a minus sign stands right before it; nil if there is none.
func firstNumber(in text: String) -> Double? {
  let bytes = Array(text.utf8)
  guard let first = bytes.firstIndex(where: isDigit) else { return nil }
  var end = first
  while end < bytes.count, isDigit(bytes[end]) { end += 1 }
  if end + 1 < bytes.count, bytes[end] == UInt8(ascii: "."), isDigit(bytes[end + 1]) {
    end += 1
    while end < bytes.count, isDigit(bytes[end]) { end += 1 }
  }
  let start = first > 0 && bytes[first - 1] == UInt8(ascii: "-") ? first - 1 : first
  return NumberText.parse(String(decoding: bytes[start..<end], as: UTF8.self))
}

private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

private func isWordOrComma(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: ",") || byte >= 0x80 || byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
}

private func hasOperator(_ run: ArraySlice<UInt8>) -> Bool {
  // A leading sign is not an operator: `-5` alone is no question.
  run.dropFirst().contains { "+-*/".utf8.contains($0) }
}

private func trimmed(_ run: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  let edge = Set(" .".utf8)
  let front = run.drop { edge.contains($0) }
  return front[..<((front.lastIndex { !edge.contains($0) }).map { $0 + 1 } ?? front.startIndex)]
}

/// A recursive descent; nesting ends at 100 parentheses or signs, so that no text exhausts the stack.
private struct ArithmeticParser {
  let bytes: [UInt8]
  private var i = 0
  private var depth = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return i == bytes.count
    }
  }

  mutating func sum() -> Double? {
    guard var value = product() else { return nil }
    while let sign = take("+", "-") {
      guard let next = product() else { return nil }
      value = sign == UInt8(ascii: "+") ? value + next : value - next
    }
    return value
  }

  private mutating func product() -> Double? {
    guard var value = factor() else { return nil }
    while let sign = take("*", "/") {
      guard let next = factor() else { return nil }
      value = sign == UInt8(ascii: "*") ? value * next : value / next
    }
    return value
  }

  private mutating func factor() -> Double? {
    depth += 1
    defer { depth -= 1 }
    if depth > 100 { return nil }
    if take("-") != nil { return factor().map { -$0 } }
    if take("+") != nil { return factor() }
    if take("(") != nil {
      guard let value = sum(), take(")") != nil else { return nil }
      return value
    }
    return number()
  }

  private mutating func number() -> Double? {
    let start = i
    while i < bytes.count, isDigit(bytes[i]) || bytes[i] == UInt8(ascii: ".") { i += 1 }
    return i == start ? nil : NumberText.parse(String(decoding: bytes[start..<i], as: UTF8.self))
  }

  private mutating func take(_ signs: Unicode.Scalar...) -> UInt8? {
    skipSpace()
    guard i < bytes.count, signs.contains(Unicode.Scalar(bytes[i])) else { return nil }
    i += 1
    return bytes[i - 1]
  }

  private mutating func skipSpace() { while i < bytes.count, bytes[i] == UInt8(ascii: " ") { i += 1 } }
}
