import Documents

/// The tokens of a template while it is parsed.
struct TemplateTokens {
  private let tokens: [TemplateToken]
  private var position = 0
  /// How deep the expression or statement that is being read is nested.
  private var depth = 0

  /// Deeper nesting is refused, so that no template can exhaust the stack.
  private static let deepest = 100

  init(_ tokens: [TemplateToken]) { self.tokens = tokens }

  var current: TemplateToken { tokens[min(position, tokens.count - 1)] }
  var next: TemplateToken { tokens[min(position + 1, tokens.count - 1)] }

  mutating func advance() { position += 1 }

  func isSymbol(_ symbol: String) -> Bool { current.kind == .symbol && current.text == symbol }

  func isWord(_ word: String) -> Bool { current.kind == .name && current.text == word }

  mutating func skipSymbol(_ symbol: String) -> Bool {
    guard isSymbol(symbol) else { return false }
    advance()
    return true
  }

  mutating func skipWord(_ word: String) -> Bool {
    guard isWord(word) else { return false }
    advance()
    return true
  }

  mutating func expectSymbol(_ symbol: String) throws(DocumentError) {
    guard skipSymbol(symbol) else { throw unexpected("'\(symbol)'") }
  }

  mutating func expectWord(_ word: String) throws(DocumentError) {
    guard skipWord(word) else { throw unexpected("'\(word)'") }
  }

  mutating func expectName() throws(DocumentError) -> String {
    guard current.kind == .name else { throw unexpected("a name") }
    defer { advance() }
    return current.text
  }

  mutating func expectEnd(_ kind: TemplateToken.Kind) throws(DocumentError) {
    guard current.kind == kind else { throw unexpected(kind == .blockEnd ? "'%}'" : "'}}'") }
    advance()
  }

  /// An error at the current token, which is not what should stand there.
  func unexpected(_ wanted: String) -> DocumentError {
    current.place.error(
      "expected \(wanted), found \(current.kind == .end ? "the end of the template" : "'\(current.text)'")")
  }

  /// Goes one level deeper, until `leave`.
  mutating func enter() throws(DocumentError) {
    depth += 1
    guard depth <= Self.deepest else { throw current.place.error("this is nested more than \(Self.deepest) deep") }
  }

  mutating func leave() { depth -= 1 }
}
