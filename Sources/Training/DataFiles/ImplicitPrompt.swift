/// How the prompt is told from a pair that does not name it: by what its texts have in common at the beginning.
public enum ImplicitPrompt: String, CaseIterable, Sendable {
  /// Whole words, and something is left of either text: `The answer is 12`, `The answer is 17` share `The answer is`.
  case word
  /// As TRL's `extract_prompt`: up to the first character that differs, even within a word.
  case trl

  /// A prompt, and how each text goes on.
  typealias Parts = (prompt: String, chosen: String, rejected: String)

  /// The parts of a pair; nil when both texts are the same.
  func parts(_ chosen: String, _ rejected: String) -> Parts? {
    let (a, b) = (Array(chosen.unicodeScalars), Array(rejected.unicodeScalars))
    let common = zip(a, b).prefix { $0 == $1 }.count
    if common == a.count && common == b.count { return nil }
    let end =
      switch self {
      case .word: Self.wholeWords(a, b, upTo: common)
      case .trl: Self.characters(a, b, upTo: common)
      }
    return (Self.text(a[..<end]), Self.text(a[end...]), Self.text(b[end...]))
  }

  /// Whether two texts differ for the first time within a word.
  static func splitsWord(_ chosen: String, _ rejected: String) -> Bool {
    let (a, b) = (Array(chosen.unicodeScalars), Array(rejected.unicodeScalars))
    let common = zip(a, b).prefix { $0 == $1 }.count
    return common > 0 && !(isBoundary(a, common) && isBoundary(b, common))
  }

  /// The end before the first character that differs, without a space there, since a completion brings its own. When one text
  /// is the beginning of the other, its last character stays with the completions.
  ///
  /// Source: TRL `extract_prompt` (data_utils.py), which counts Unicode scalars too.
  private static func characters(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar], upTo common: Int) -> Int {
    if common == min(a.count, b.count) { return max(common - 1, 0) }
    return common > 0 && a[common - 1] == " " ? common - 1 : common
  }

  /// The last end between words that leaves something of either text, the spaces there with the completions.
  private static func wholeWords(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar], upTo common: Int) -> Int {
    var end = min(common, min(a.count, b.count) - 1)
    while end > 0 {
      while end > 0, a[end - 1].properties.isWhitespace { end -= 1 }
      if end > 0, isBoundary(a, end), isBoundary(b, end) { return end }
      if end > 0 { end -= 1 }
    }
    return 0
  }

  /// Whether a text may be parted there: not between two signs of one word.
  private static func isBoundary(_ text: [Unicode.Scalar], _ place: Int) -> Bool {
    guard place > 0, place < text.count else { return true }
    // An accent belongs to the letter before it.
    if isMark(text[place]) { return false }
    return !(isOfWord(text[place - 1]) && isOfWord(text[place]))
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: true
    default: scalar.value == 0x200d
    }
  }

  /// Letters and digits of scripts that part words with spaces; in others each sign stands for itself.
  private static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
    if (0x2e80...0x9fff).contains(scalar.value) || (0x20000...0x3ffff).contains(scalar.value) { return false }
    return scalar.properties.isAlphabetic || scalar.properties.numericType != nil || isMark(scalar) || scalar == "_"
      || scalar == "'" || scalar == "\u{2019}"
  }

  private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }
}
