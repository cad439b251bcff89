/// Turns the texts of tokens back into text.
enum TokenDecoder: Sendable {
  case sequence([TokenDecoder])
  case byteLevel
  case byteFallback
  case fuse
  case replace(Pattern, String)
  /// Removes characters from the beginning and the end of each token.
  case strip(Unicode.Scalar, start: Int, stop: Int)
  case metaspace(Metaspace)
  /// Joins what begins with the prefix to the word before it, and removes spaces before punctuation on request.
  case wordPiece(prefix: String, cleansUp: Bool)

  func decoded(_ tokens: [String]) -> [String] {
    switch self {
    case .sequence(let steps): steps.reduce(tokens) { $1.decoded($0) }
    case .byteLevel: [String(decoding: tokens.flatMap(ByteLevel.decode), as: UTF8.self)]
    case .byteFallback: Self.joiningBytes(tokens)
    case .fuse: [tokens.joined()]
    case .replace(let pattern, let replacement): tokens.map { pattern.replacing(in: $0, with: replacement) }
    case .strip(let scalar, let start, let stop): tokens.map { Self.stripped($0, scalar, start, stop) }
    case .metaspace(let metaspace): metaspace.decoded(tokens)
    case .wordPiece(let prefix, let cleansUp):
      tokens.enumerated().map { number, token in
        let text = number == 0 ? token : Self.joined(token, prefix)
        return cleansUp ? Self.cleaned(text) : text
      }
    }
  }

  private static func joined(_ token: String, _ prefix: String) -> String {
    guard token.utf8.starts(with: prefix.utf8) else { return " " + token }
    return String(decoding: token.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
  }

  /// Source: `tokenizers`, `decoders/wordpiece.rs`.
  private static func cleaned(_ token: String) -> String {
    let replacements = [
      (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
      (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ]
    return replacements.reduce(token) { text, pair in replacing(pair.0, in: text, with: pair.1) }
  }

  private static func replacing(_ old: String, in text: String, with new: String) -> String {
    let (old, bytes) = (Array(old.utf8), Array(text.utf8))
    var (result, i): ([UInt8], Int) = ([], 0)
    while i < bytes.count {
      if bytes[i...].starts(with: old) {
        result += Array(new.utf8)
        i += old.count
      } else {
        result.append(bytes[i])
        i += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func stripped(_ token: String, _ scalar: Unicode.Scalar, _ start: Int, _ stop: Int) -> String {
    let scalars = Array(token.unicodeScalars)
    let first = scalars.prefix(start).prefix { $0 == scalar }.count
    let last = scalars.suffix(stop).reversed().prefix { $0 == scalar }.count
    var kept = String.UnicodeScalarView()
    kept.append(contentsOf: scalars[first..<max(first, scalars.count - last)])
    return String(kept)
  }

  /// Tokens like `<0xE4>` beside each other become what their bytes mean, or U+FFFD for each if that is not UTF-8.
  private static func joiningBytes(_ tokens: [String]) -> [String] {
    var joined: [String] = []
    var bytes: [UInt8] = []
    func flush() {
      if bytes.isEmpty { return }
      if let text = String(validating: bytes, as: UTF8.self) {
        joined.append(text)
      } else {
        joined += repeatElement("\u{fffd}", count: bytes.count)
      }
      bytes = []
    }
    for token in tokens {
      if let byte = byte(token) {
        bytes.append(byte)
      } else {
        flush()
        joined.append(token)
      }
    }
    flush()
    return joined
  }

  static func byte(_ token: String) -> UInt8? {
    guard token.utf8.count == 6, token.hasPrefix("<0x"), token.hasSuffix(">") else { return nil }
    return UInt8(token.dropFirst(3).dropLast(), radix: 16)
  }
}

extension TokenDecoder {
  /// The text of one token for a display, with its leading space.
  func display(_ token: String) -> String {
    switch self {
    case .sequence(let steps): return steps.reduce(token) { $1.display($0) }
    case .byteLevel:
      let bytes = ByteLevel.decode(token)
      if let text = String(validating: bytes, as: UTF8.self) { return text }
      return bytes.map { "<0x\($0 < 16 ? "0" : "")\(String($0, radix: 16, uppercase: true))>" }.joined()
    case .byteFallback:
      // A byte of a longer character says more by its name.
      return Self.byte(token).map { $0 < 0x80 ? String(Unicode.Scalar($0)) : token } ?? token
    case .replace(let pattern, let replacement): return pattern.replacing(in: token, with: replacement)
    case .metaspace(let metaspace): return metaspace.spaced(token)
    case .fuse, .strip, .wordPiece: return token
    }
  }
}
