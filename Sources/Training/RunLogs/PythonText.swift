import Documents

/// Numbers and dictionaries as Python prints them.
enum PythonText {
  /// A number as text: `0.5`, `nan`, `-inf`, `np.float64(0.5)`, `tensor(0.5)`, `1_000`; nil for anything else.
  static func number(_ text: some StringProtocol) -> Double? {
    var text = String(text).trimmed
    if let open = text.firstIndex(of: "("), text.hasSuffix(")") {
      guard text.hasPrefix("np.") || text.hasPrefix("numpy.") || text.hasPrefix("tensor(") || text.hasPrefix("Decimal(")
      else { return nil }
      let inner = text[text.index(after: open)...].dropLast()
      // A tensor may name its device behind the number.
      text = String(inner.prefix { $0 != "," })
    }
    if text.hasSuffix("%") { return number(text.dropLast()).map { $0 / 100 } }
    switch text.lowercased() {
    case "nan", "+nan", "-nan": return .nan
    case "inf", "+inf", "infinity", "+infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    default: return NumberText.parse(text.replacing("_", with: "")) ?? loose(text)
    }
  }

  /// `1.`, `.5` and `+1`, which JSON would not have.
  private static func loose(_ text: String) -> Double? {
    guard let first = text.first, first.isNumber || "+-.".contains(first) else { return nil }
    return Double(text)
  }

  /// The members of the first dictionary in a line, `{'loss': 0.5, "grad_norm": '1.2'}`; nil where there is none that closes.
  ///
  /// What is neither a number nor a text of one is left out.
  static func dictionary(in line: Substring) -> [(key: String, value: Double)]? {
    var scanner = Scanner(line)
    guard scanner.open() else { return nil }
    var members: [(key: String, value: Double)] = []
    while true {
      if scanner.isAtEnd { return nil }
      if scanner.closes() { return members }
      guard let key = scanner.quoted(), scanner.take(":") else { return nil }
      let value = scanner.value()
      if let number = value.flatMap({ PythonText.number($0) }) { members.append((key, number)) }
      _ = scanner.take(",")
    }
  }

  private struct Scanner {
    private let text: [Character]
    private var i = 0

    init(_ line: Substring) { text = Array(line) }

    var isAtEnd: Bool { i >= text.count }

    mutating func skip() { while i < text.count, text[i].isWhitespace { i += 1 } }

    /// Goes behind the first brace that a quoted key follows.
    mutating func open() -> Bool {
      while i < text.count {
        if text[i] == "{" {
          i += 1
          skip()
          if i < text.count, text[i] == "'" || text[i] == "\"" { return true }
        } else {
          i += 1
        }
      }
      return false
    }

    mutating func closes() -> Bool { take("}") }

    mutating func take(_ sign: Character) -> Bool {
      skip()
      guard i < text.count, text[i] == sign else { return false }
      i += 1
      return true
    }

    mutating func quoted() -> String? {
      skip()
      guard i < text.count, text[i] == "'" || text[i] == "\"" else { return nil }
      let mark = text[i]
      var result = ""
      i += 1
      while i < text.count, text[i] != mark {
        if text[i] == "\\", i + 1 < text.count { i += 1 }
        result.append(text[i])
        i += 1
      }
      guard i < text.count else { return nil }
      i += 1
      return result
    }

    /// A value up to the comma or brace that ends it, whatever is nested in it; a quoted one without its marks.
    mutating func value() -> String? {
      skip()
      if i < text.count, text[i] == "'" || text[i] == "\"" { return quoted() }
      var (result, depth) = ("", 0)
      while i < text.count {
        let sign = text[i]
        if depth == 0, sign == "," || sign == "}" { return result }
        if "([{".contains(sign) { depth += 1 }
        if ")]}".contains(sign) { depth -= 1 }
        if sign == "'" || sign == "\"" {
          guard quoted() != nil else { return nil }
          continue
        }
        result.append(sign)
        i += 1
      }
      return nil
    }
  }
}
