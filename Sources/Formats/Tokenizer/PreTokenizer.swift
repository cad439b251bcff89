/// Splits text into words, which a model then splits into tokens.
enum PreTokenizer: Sendable {
  case sequence([PreTokenizer])
  /// A visible character for each byte; `pattern` splits before that.
  case byteLevel(addsPrefixSpace: Bool, pattern: Pattern?)
  case split(Pattern, Behaviour, isInverted: Bool)
  case metaspace(Metaspace)

  /// What becomes of a match.
  enum Behaviour: String, CaseIterable, Sendable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"
  }

  /// GPT-2's pattern, https://github.com/openai/gpt-2/blob/master/src/encoder.py.
  static let gpt2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  /// - Parameter isFirst: Whether the text that is encoded begins with this piece of it.
  func words(_ text: String, isFirst: Bool) -> [String] {
    switch self {
    case .sequence(let steps):
      return steps.reduce([text]) { words, step in
        // A word is still the first if nothing before it was removed.
        let begins = isFirst && words.first.map { text.utf8.starts(with: $0.utf8) } ?? false
        return words.enumerated().flatMap { step.words($1, isFirst: begins && $0 == 0) }
      }
    case .metaspace(let metaspace): return metaspace.words(text, isFirst: isFirst)
    case .byteLevel(let addsPrefixSpace, let pattern):
      let text = addsPrefixSpace && text.utf8.first != UInt8(ascii: " ") ? " " + text : text
      guard let pattern else { return [ByteLevel.encode(text)] }
      return pattern.parts(of: text).map { ByteLevel.encode($0.text) }
    case .split(let pattern, let behaviour, let isInverted):
      var parts = pattern.parts(of: text)
      if isInverted { for i in parts.indices { parts[i].isMatch.toggle() } }
      return behaviour.apply(parts)
    }
  }
}

extension PreTokenizer.Behaviour {
  func apply(_ parts: [Pattern.Part]) -> [String] {
    switch self {
    case .removed: parts.filter { !$0.isMatch }.map { $0.text }
    case .isolated: parts.map { $0.text }
    case .contiguous: joined(parts) { $0.isMatch == $1.isMatch }
    case .mergedWithPrevious: joined(parts) { !$0.isMatch && $1.isMatch }
    case .mergedWithNext: joined(parts) { $0.isMatch && !$1.isMatch }
    }
  }

  /// Joins neighbouring parts that belong together.
  private func joined(_ parts: [Pattern.Part], _ belong: (Pattern.Part, Pattern.Part) -> Bool) -> [String] {
    var words: [String] = []
    for (i, part) in parts.enumerated() {
      if i > 0, belong(parts[i - 1], part) {
        words[words.count - 1] += part.text
      } else {
        words.append(part.text)
      }
    }
    return words
  }
}
