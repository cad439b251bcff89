import Foundation

/// A regular expression as `tokenizers` understands it.
///
/// ICU's `\s` lacks some white space, and its `\w` has some additional letters; both are spelled out.
struct Pattern: @unchecked Sendable {  // NSRegularExpression is immutable and safe to use from several threads.
  /// A stretch of a text, and whether it is a match or lies between two.
  struct Part: Equatable {
    var text: String
    var isMatch: Bool
  }

  private let expression: NSRegularExpression

  init(_ source: String) throws { expression = try NSRegularExpression(pattern: Self.translated(source)) }

  init(literal: String) throws {
    expression = try NSRegularExpression(pattern: NSRegularExpression.escapedPattern(for: literal))
  }

  /// The whole text as parts, none of them empty.
  func parts(of text: String) -> [Part] {
    let units = Array(text.utf16)
    var parts: [Part] = []
    var end = 0
    func append(_ range: Range<Int>, _ isMatch: Bool) {
      if !range.isEmpty { parts.append(Part(text: String(decoding: units[range], as: UTF16.self), isMatch: isMatch)) }
    }
    expression.enumerateMatches(in: text, range: NSRange(location: 0, length: units.count)) { match, _, _ in
      guard let match, match.range.length > 0 else { return }
      append(end..<match.range.location, false)
      end = match.range.location + match.range.length
      append(match.range.location..<end, true)
    }
    append(end..<units.count, false)
    return parts
  }

  func replacing(in text: String, with replacement: String) -> String {
    parts(of: text).map { $0.isMatch ? replacement : $0.text }.joined()
  }

  private static let classes: [Unicode.Scalar: String] = [
    "s": #"\p{White_Space}"#, "S": #"\P{White_Space}"#, "w": #"[\p{L}\p{M}\p{Nd}\p{Pc}]"#,
    "W": #"[^\p{L}\p{M}\p{Nd}\p{Pc}]"#,
  ]

  private static func translated(_ source: String) -> String {
    var result = String.UnicodeScalarView()
    var isEscape = false
    for scalar in source.unicodeScalars {
      if isEscape, let spelt = classes[scalar] {
        result.removeLast()
        result.append(contentsOf: spelt.unicodeScalars)
      } else {
        result.append(scalar)
      }
      isEscape = !isEscape && scalar == "\\"
    }
    return String(result)
  }
}
