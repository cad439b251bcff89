import Documents

/// A piece of a template's source.
struct TemplateToken {
  enum Kind {
    /// Text that is written as it stands.
    case text
    case name, string, integer, float
    /// An operator or a bracket.
    case symbol
    /// `{{` and `}}`, `{%` and `%}`.
    case outputBegin, outputEnd, blockBegin, blockEnd
    case end
  }

  let kind: Kind
  let text: String
  let place: TemplatePlace
}

/// A line and a column of a template, from 1.
struct TemplatePlace {
  let line: Int
  let column: Int

  func error(_ message: String) -> DocumentError { DocumentError(line: line, column: column, message: message) }
}

/// Cuts a template into tokens, with Jinja's `trim_blocks` and `lstrip_blocks`, which chat templates are written for.
///
/// Jinja 3.1, lexer.py.
struct TemplateLexer {
  private let source: [Unicode.Scalar]
  private var position = 0
  private var tokens: [TemplateToken] = []
  // Where the position stands, moved along by `place`.
  private var counted = 0
  private var line = 1
  private var lineStart = 0
  /// Whether the last tag ended with a line's end, so that spaces before the next one are indentation.
  private var isLineStarting = true

  static func tokens(of source: String) throws(DocumentError) -> [TemplateToken] {
    var lexer = TemplateLexer(source)
    try lexer.run()
    return lexer.tokens
  }

  private init(_ source: String) {
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(source.utf8.count)
    for scalar in source.unicodeScalars {
      // A line ends with `\n`, however it was written.
      if scalar == "\n", scalars.last == "\r" { scalars.removeLast() }
      scalars.append(scalar)
    }
    for i in scalars.indices where scalars[i] == "\r" { scalars[i] = "\n" }
    if scalars.last == "\n" { scalars.removeLast() }
    self.source = scalars
  }

  private mutating func run() throws(DocumentError) {
    while position < source.count {
      guard let start = nextTag() else {
        append(.text, text(position..<source.count), at: position)
        break
      }
      let kind = source[start + 1]
      let sign = sign(at: start + 2)
      appendText(position..<start, before: kind, sign)
      position = start + (sign == nil ? 2 : 3)
      switch kind {
      case "#": try skipComment(from: start)
      case "{": try readTag(from: start, .outputBegin, .outputEnd)
      default: if try !readRaw(from: start) { try readTag(from: start, .blockBegin, .blockEnd) }
      }
    }
    append(.end, "", at: source.count)
  }

  /// Where the next `{{`, `{%` or `{#` is.
  private func nextTag() -> Int? {
    guard position < source.count - 1 else { return nil }
    return (position..<source.count - 1).first {
      source[$0] == "{" && (source[$0 + 1] == "{" || source[$0 + 1] == "%" || source[$0 + 1] == "#")
    }
  }

  /// Writes the text before a tag, without the white space that the tag takes away.
  private mutating func appendText(_ range: Range<Int>, before kind: Unicode.Scalar, _ sign: Unicode.Scalar?) {
    var end = range.upperBound
    if sign == "-" {
      while end > range.lowerBound, source[end - 1].isPythonSpace { end -= 1 }
    } else if sign != "+", kind != "{" {
      let line = source[range].lastIndex(of: "\n").map { $0 + 1 }
      if let start = line ?? (isLineStarting ? range.lowerBound : nil), start < end,
        source[start..<end].allSatisfy(\.isPythonSpace)
      {
        end = start
      }
    }
    append(.text, text(range.lowerBound..<end), at: range.lowerBound)
  }

  private mutating func skipComment(from start: Int) throws(DocumentError) {
    guard let end = find("#}", from: position) else { throw place(start).error("the comment has no end, '#}'") }
    let sign: Unicode.Scalar? = end > position ? source[end - 1] : nil
    position = end + 2
    finishTag(sign)
  }

  /// Takes away what follows a tag: all white space after `-%}`, else one line's end unless after `+%}`.
  private mutating func finishTag(_ sign: Unicode.Scalar?) {
    if sign == "-" {
      skipSpaces()
    } else if sign != "+", scalar(at: position) == "\n" {
      position += 1
    }
    isLineStarting = source[position - 1] == "\n"
  }

  /// Reads `{% raw %} … {% endraw %}` as text; false when the tag is another one.
  private mutating func readRaw(from start: Int) throws(DocumentError) -> Bool {
    guard var end = skip("raw", from: position) else { return false }
    if scalar(at: end) == "-" { end += 1 }
    guard matches("%}", at: end) else { return false }
    let strips = source[end - 1] == "-"
    position = end + 2
    if strips { skipSpaces() }
    isLineStarting = source[position - 1] == "\n"
    var search = position
    while let tag = find("{%", from: search) {
      let sign = sign(at: tag + 2)
      if var end = skip("endraw", from: tag + (sign == nil ? 2 : 3)) {
        let closing = self.sign(at: end)
        if closing != nil { end += 1 }
        if matches("%}", at: end) {
          appendText(position..<tag, before: "%", sign)
          position = end + 2
          finishTag(closing)
          return true
        }
      }
      search = tag + 2
    }
    throw place(start).error("'{% raw %}' has no '{% endraw %}'")
  }

  /// The place after a word with white space around it; nil when it does not stand there.
  private func skip(_ word: String, from start: Int) -> Int? {
    var at = start
    while let next = scalar(at: at), next.isPythonSpace { at += 1 }
    guard matches(word, at: at) else { return nil }
    at += word.unicodeScalars.count
    while let next = scalar(at: at), next.isPythonSpace { at += 1 }
    return at
  }

  private mutating func readTag(
    from start: Int, _ begin: TemplateToken.Kind, _ finish: TemplateToken.Kind
  ) throws(DocumentError) {
    append(begin, begin == .blockBegin ? "{%" : "{{", at: start)
    let closing = begin == .blockBegin ? "%}" : "}}"
    var brackets: [Unicode.Scalar] = []
    while true {
      guard let next = scalar(at: position) else {
        throw place(start).error("the tag that begins here has no end, '\(closing)'")
      }
      if brackets.isEmpty, let sign = closingSign(closing) {
        append(finish, closing, at: position)
        position += (sign == nil ? 2 : 3)
        if begin == .blockBegin {
          finishTag(sign)
        } else {
          if sign == "-" { skipSpaces() }
          isLineStarting = source[position - 1] == "\n"
        }
        return
      }
      if next.isPythonSpace {
        position += 1
      } else if next == "'" || next == "\"" {
        try readString(next)
      } else if next.isPythonDigit {
        try readNumber()
      } else if next.isPythonName {
        let end = position + source[position...].prefix { $0.isPythonName || $0.properties.isXIDContinue }.count
        append(.name, text(position..<end), at: position)
        position = end
      } else {
        try readSymbol(&brackets)
      }
    }
  }

  /// The sign before a tag's end, if this is the end: `-`, `+` where blocks have it, or none.
  private func closingSign(_ closing: String) -> Unicode.Scalar?? {
    if matches(closing, at: position) { return .some(nil) }
    guard let sign = scalar(at: position), sign == "-" || (sign == "+" && closing == "%}"),
      matches(closing, at: position + 1)
    else { return nil }
    return .some(sign)
  }

  private mutating func readString(_ quote: Unicode.Scalar) throws(DocumentError) {
    var end = position + 1
    while let next = scalar(at: end), next != quote { end += next == "\\" ? 2 : 1 }
    guard end < source.count else { throw place(position).error("the text that begins here has no end, \(quote)") }
    let content = try unescaped(position + 1..<end)
    append(.string, content, at: position)
    position = end + 1
  }

  /// A text between quotes, with Python's escapes resolved.
  private mutating func unescaped(_ range: Range<Int>) throws(DocumentError) -> String {
    var result = String.UnicodeScalarView()
    var i = range.lowerBound
    while i < range.upperBound {
      guard source[i] == "\\", i + 1 < range.upperBound else {
        result.append(source[i])
        i += 1
        continue
      }
      let escape = source[i + 1]
      if let simple = Self.escapes[escape] {
        result.append(simple)
        i += 2
      } else if escape == "\n" {
        i += 2
      } else if let width = ["x": 2, "u": 4, "U": 8][escape] {
        let digits = text(min(i + 2, range.upperBound)..<min(i + 2 + width, range.upperBound))
        guard digits.unicodeScalars.count == width, let code = UInt32(digits, radix: 16),
          let scalar = Unicode.Scalar(code)
        else { throw place(i).error("\\\(escape) must be followed by \(width) hexadecimal digits of a character") }
        result.append(scalar)
        i += 2 + width
      } else if ("0"..."7").contains(escape) {
        let digits = source[(i + 1)..<min(i + 4, range.upperBound)].prefix { ("0"..."7").contains($0) }
        let code = digits.reduce(UInt32(0)) { $0 * 8 + ($1.value - 48) }
        result.append(Unicode.Scalar(code) ?? "\u{FFFD}")
        i += 1 + digits.count
      } else {
        result.append(source[i])
        result.append(escape)
        i += 2
      }
    }
    return String(result)
  }

  private static let escapes: [Unicode.Scalar: Unicode.Scalar] = [
    "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}", "f": "\u{c}",
    "v": "\u{b}",
  ]

  private mutating func readNumber() throws(DocumentError) {
    let start = position
    func digits(from index: Int) -> Int {
      source[index...].prefix { $0.isPythonDigit || $0 == "_" }.count
    }
    if source[start] == "0", let letter = scalar(at: start + 1), let radix = Self.radixes[letter] {
      let content = source[(start + 2)...].prefix {
        ("0"..."9").contains($0) || ("a"..."z").contains($0) || ("A"..."Z").contains($0) || $0 == "_"
      }
      position = start + 2 + content.count
      let written = text(start + 2..<position).filter { $0 != "_" }
      guard let number = Int(written, radix: radix) else {
        throw place(start).error("'\(text(start..<position))' is not a number")
      }
      append(.integer, "\(number)", at: start)
      return
    }
    var end = start + digits(from: start)
    var kind = TemplateToken.Kind.integer
    if scalar(at: end) == ".", let next = scalar(at: end + 1), next.isPythonDigit {
      kind = .float
      end += 1 + digits(from: end + 1)
    }
    if let letter = scalar(at: end), letter == "e" || letter == "E" {
      var exponent = end + 1
      if let sign = scalar(at: exponent), sign == "+" || sign == "-" { exponent += 1 }
      if let digit = scalar(at: exponent), digit.isPythonDigit {
        kind = .float
        end = exponent + digits(from: exponent)
      }
    }
    append(kind, text(start..<end).filter { $0 != "_" }, at: start)
    position = end
  }

  private static let radixes: [Unicode.Scalar: Int] = ["b": 2, "B": 2, "o": 8, "O": 8, "x": 16, "X": 16]

  private mutating func readSymbol(_ brackets: inout [Unicode.Scalar]) throws(DocumentError) {
    for symbol in ["//", "**", "==", "!=", ">=", "<="] where matches(symbol, at: position) {
      append(.symbol, symbol, at: position)
      position += 2
      return
    }
    let symbol = source[position]
    switch symbol {
    case "(": brackets.append(")")
    case "[": brackets.append("]")
    case "{": brackets.append("}")
    case ")", "]", "}":
      guard brackets.popLast() == symbol else { throw place(position).error("'\(symbol)' closes no bracket") }
    case "+", "-", "/", "*", "%", "~", ">", "<", "=", ".", ":", "|", ",", ";": break
    default: throw place(position).error("'\(symbol)' cannot stand in a tag")
    }
    append(.symbol, String(symbol), at: position)
    position += 1
  }

  /// The sign of a tag's beginning or end, which says what becomes of white space.
  private func sign(at index: Int) -> Unicode.Scalar? {
    scalar(at: index).flatMap { $0 == "-" || $0 == "+" ? $0 : nil }
  }

  private mutating func skipSpaces() {
    while let next = scalar(at: position), next.isPythonSpace { position += 1 }
  }

  private func scalar(at index: Int) -> Unicode.Scalar? { index < source.count ? source[index] : nil }

  private func matches(_ text: String, at index: Int) -> Bool {
    index <= source.count && source[index...].starts(with: text.unicodeScalars)
  }

  private func find(_ text: String, from start: Int) -> Int? {
    guard start < source.count else { return nil }
    return (start..<source.count).first { matches(text, at: $0) }
  }

  private func text(_ range: Range<Int>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: source[range])
    return String(text)
  }

  private mutating func append(_ kind: TemplateToken.Kind, _ text: String, at index: Int) {
    if kind == .text, text.isEmpty { return }
    tokens.append(TemplateToken(kind: kind, text: text, place: place(index)))
  }

  private mutating func place(_ index: Int) -> TemplatePlace {
    if index < counted { (counted, line, lineStart) = (0, 1, 0) }
    while counted < index {
      if source[counted] == "\n" { (line, lineStart) = (line + 1, counted + 1) }
      counted += 1
    }
    return TemplatePlace(line: line, column: index - lineStart + 1)
  }
}
