/// A token that is found in a text before anything else, such as `<eos>`.
struct AddedToken: Sendable {
  var id: Int32
  var content: String
  /// Whether it removes the white space before or after it.
  var stripsLeft = false
  var stripsRight = false
  /// Whether it counts only where no letter or digit is next to it.
  var isSingleWord = false
  /// Whether it is looked for after normalization.
  var isNormalized = false
  var isSpecial = true
}

/// Finds added tokens: the leftmost first, and of those the longest.
struct AddedTokens: Sendable {
  /// A stretch of a text: a token, or text (`id` nil).
  struct Part: Equatable {
    let id: Int32?
    let text: String
  }

  private let tokens: [(bytes: [UInt8], token: AddedToken)]
  /// Indices of `tokens` by first byte, the longest first.
  private let byFirstByte: [[Int]]

  init(_ added: [AddedToken]) {
    let tokens = added.filter { !$0.content.isEmpty }.map { (bytes: Array($0.content.utf8), token: $0) }
    var byFirstByte = [[Int]](repeating: [], count: 256)
    for i in tokens.indices.sorted(by: { tokens[$0].bytes.count > tokens[$1].bytes.count }) {
      byFirstByte[Int(tokens[i].bytes[0])].append(i)
    }
    self.tokens = tokens
    self.byFirstByte = byFirstByte
  }

  func parts(of text: String) -> [Part] {
    if tokens.isEmpty { return text.isEmpty ? [] : [Part(id: nil, text: text)] }
    let bytes = Array(text.utf8)
    var parts: [Part] = []
    var (done, i) = (0, 0)
    func append(_ range: Range<Int>) {
      if !range.isEmpty { parts.append(Part(id: nil, text: String(decoding: bytes[range], as: UTF8.self))) }
    }
    while i < bytes.count {
      guard let match = match(at: i, in: bytes) else {
        i += 1
        continue
      }
      let (start, stop) = (i, i + tokens[match].bytes.count)
      i = stop
      let token = tokens[match].token
      if token.isSingleWord, !Self.isAlone(start..<stop, bytes) { continue }
      let first = token.stripsLeft ? Self.spaceStart(before: start, bytes, from: done) : max(start, done)
      let last = token.stripsRight ? Self.spaceEnd(after: stop, bytes) : stop
      append(done..<first)
      parts.append(Part(id: token.id, text: token.content))
      done = max(last, first)
    }
    append(done..<bytes.count)
    return parts
  }

  private func match(at i: Int, in bytes: [UInt8]) -> Int? {
    byFirstByte[Int(bytes[i])].first { bytes[i...].starts(with: tokens[$0].bytes) }
  }

  private static func isAlone(_ range: Range<Int>, _ bytes: [UInt8]) -> Bool {
    let before = String(decoding: bytes[max(0, range.lowerBound - 4)..<range.lowerBound], as: UTF8.self)
    let after = String(decoding: bytes[range.upperBound..<min(bytes.count, range.upperBound + 4)], as: UTF8.self)
    return before.unicodeScalars.last.map(isWord) != true && after.unicodeScalars.first.map(isWord) != true
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isAlphabetic || scalar.properties.isJoinControl { return true }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
    default: return false
    }
  }

  private static func spaceStart(before start: Int, _ bytes: [UInt8], from done: Int) -> Int {
    if done >= start { return max(start, done) }
    let text = String(decoding: bytes[done..<start], as: UTF8.self)
    let space = text.unicodeScalars.reversed().prefix { $0.properties.isWhitespace }
    return start - space.reduce(0) { $0 + UTF8.width($1) }
  }

  private static func spaceEnd(after stop: Int, _ bytes: [UInt8]) -> Int {
    let text = String(decoding: bytes[stop...], as: UTF8.self)
    return stop + text.unicodeScalars.prefix { $0.properties.isWhitespace }.reduce(0) { $0 + UTF8.width($1) }
  }
}
