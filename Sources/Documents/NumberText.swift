/// Numbers as text, and text as numbers, without Foundation.
///
///     NumberText.full(0.1 + 0.2)           // "0.30000000000000004"
///     NumberText.short(0.123456)           // "0.1235"
///     NumberText.fixed(2.0 / 3, decimals: 2)  // "0.67"
///
/// Rounding works on the shortest decimal digits that identify the double (what `description` prints), half to even: 0.125
/// to two decimals is 0.12, and 2.675 is 2.68 although the double lies a little below, which is what a reader of the full
/// number expects.
public enum NumberText {
  /// The shortest text that reads back as the same number; whole numbers have no decimal point.
  public static func full(_ x: Double) -> String {
    if let name = nameIfNotFinite(x) { return name }
    let text = x.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// Whether two numbers differ as far as a reader can see: in what `short` writes, and by more than rounding.
  public static func differ(_ a: Double, _ b: Double) -> Bool {
    if a == b || a.isNaN && b.isNaN || (a - b).magnitude < 1e-12 { return false }
    // Texts are compared only where they might be equal.
    if !((a - b).magnitude <= 1e-3 * max(a.magnitude, b.magnitude)) { return true }
    return short(a) != short(b)
  }

  /// The number to a few significant digits, for columns: `0.1235`, `-1.500`, `1.235e-05`.
  ///
  /// Trailing zeros are kept so that a column looks even, except in whole numbers below a million (`3`, never `3.000`).
  /// From 0.0001 up to a million the notation is plain, and the integer part is always complete: 12345.6 is `12346`.
  public static func short(_ x: Double, digits: Int = 4) -> String {
    if let name = nameIfNotFinite(x) { return name }
    if x == 0 { return "0" }
    if x.magnitude < 1e6, x == Double(Int32(x)) { return full(x) }
    let exact = Digits(x)
    let rounded = exact.rounded(keeping: digits)
    if (-4..<6).contains(rounded.exponent) {
      return fixed(exact, isNegative: x < 0, decimals: max(0, digits - 1 - rounded.exponent))
    }
    let exponent = rounded.exponent.magnitude
    let mantissa = Digits(values: rounded.values, exponent: 0).text(decimals: digits - 1)
    return (x < 0 ? "-" : "") + mantissa + (rounded.exponent < 0 ? "e-" : "e+") + (exponent < 10 ? "0" : "")
      + exponent.description
  }

  /// Two numbers that differ with as few digits, four at least, as show it: `0.4999` and `0.5000`.
  public static func distinct(_ a: Double, _ b: Double) -> (String, String) {
    var digits = 4
    while digits < 17, short(a, digits: digits) == short(b, digits: digits) { digits += 1 }
    return (short(a, digits: digits), short(b, digits: digits))
  }

  /// The number with exactly so many digits after the decimal point; what rounds to zero has no sign.
  public static func fixed(_ x: Double, decimals: Int) -> String {
    if let name = nameIfNotFinite(x) { return name }
    return fixed(Digits(x), isNegative: x < 0, decimals: decimals)
  }

  private static func fixed(_ exact: Digits, isNegative: Bool, decimals: Int) -> String {
    let rounded = exact.rounded(keeping: exact.exponent + 1 + decimals)
    return (isNegative && !rounded.values.isEmpty ? "-" : "") + rounded.text(decimals: decimals)
  }

  private static func nameIfNotFinite(_ x: Double) -> String? {
    x.isFinite ? nil : x.isNaN ? "NaN" : x < 0 ? "-Infinity" : "Infinity"
  }
}

/// The magnitude `v₀.v₁v₂… · 10^exponent`, with neither leading nor trailing zeros; zero has no values.
private struct Digits {
  var values: [UInt8]
  var exponent: Int

  init(values: [UInt8], exponent: Int) {
    self.values = values
    self.exponent = exponent
  }

  init(_ x: Double) {
    values = []
    exponent = -1
    var sawPoint = false
    var bytes = Array(x.magnitude.description.utf8)[...]
    while let byte = bytes.popFirst(), byte != UInt8(ascii: "e") {
      if byte == UInt8(ascii: ".") {
        sawPoint = true
      } else {
        let isLeadingZero = values.isEmpty && byte == UInt8(ascii: "0")
        if !isLeadingZero { values.append(byte - UInt8(ascii: "0")) }
        // Every digit before the point raises the first one, every zero directly after it lowers it.
        if !sawPoint && !isLeadingZero { exponent += 1 }
        if sawPoint && isLeadingZero { exponent -= 1 }
      }
    }
    if !bytes.isEmpty {
      let isNegative = bytes.removeFirst() == UInt8(ascii: "-")
      let size = bytes.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
      exponent += isNegative ? -size : size
    }
    dropTrailingZeros()
  }

  private mutating func dropTrailingZeros() {
    while values.last == 0 { values.removeLast() }
    if values.isEmpty { exponent = 0 }
  }

  /// Rounded half to even to the first `count` digits; a negative count leaves zero.
  func rounded(keeping count: Int) -> Digits {
    if count >= values.count { return self }
    if count < 0 { return Digits(values: [], exponent: 0) }
    let isTie = values[count] == 5 && values.count == count + 1
    let up = isTie ? count > 0 && values[count - 1] % 2 == 1 : values[count] >= 5
    var result = Digits(values: Array(values[..<count]), exponent: exponent)
    if up {
      while result.values.last == 9 { result.values.removeLast() }
      if let last = result.values.indices.last {
        result.values[last] += 1
      } else {
        result = Digits(values: [1], exponent: exponent + 1)
      }
    }
    result.dropTrailingZeros()
    return result
  }

  func text(decimals: Int) -> String {
    func digit(_ index: Int) -> UInt8 { UInt8(ascii: "0") + (values.indices.contains(index) ? values[index] : 0) }
    var bytes = (0...max(0, exponent)).map { digit(exponent < 0 ? -1 : $0) }
    if decimals > 0 {
      bytes.append(UInt8(ascii: "."))
      for place in 1...decimals { bytes.append(digit(exponent + place)) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
