#if !hasFeature(Embedded)
  import Foundation
#endif

/// A regular expression as `tokenizers` understands it.
///
/// A web page has no regular expressions here, but it knows GPT-2's pattern, with which new tokenizers split words.
struct Pattern: @unchecked Sendable {  // NSRegularExpression is immutable and safe to use from several threads.
  /// A stretch of a text, and whether it is a match or lies between two.
  struct Part: Equatable {
    var text: String
    var isMatch: Bool
  }

  /// Why a pattern cannot be used.
  struct Invalid: Error {}

  private enum Kind {
    case gpt2
    #if !hasFeature(Embedded)
      case expression(NSRegularExpression)
    #endif
  }

  private let kind: Kind

  init(_ source: String) throws(Invalid) {
    kind = source == PreTokenizer.gpt2 ? .gpt2 : try Self.expression(source, isLiteral: false)
  }

  init(literal: String) throws(Invalid) { kind = try Self.expression(literal, isLiteral: true) }

  /// The whole text as parts, none of them empty.
  func parts(of text: String) -> [Part] {
    switch kind {
    case .gpt2: GPT2Words.split(text).map { Part(text: $0, isMatch: true) }
    #if !hasFeature(Embedded)
      case .expression(let expression): Self.parts(of: text, expression)
    #endif
    }
  }

  func replacing(in text: String, with replacement: String) -> String {
    parts(of: text).map { $0.isMatch ? replacement : $0.text }.joined()
  }
}

#if !hasFeature(Embedded)
  extension Pattern {
    private static func expression(_ source: String, isLiteral: Bool) throws(Invalid) -> Kind {
      let pattern = isLiteral ? NSRegularExpression.escapedPattern(for: source) : translated(source)
      guard let expression = try? NSRegularExpression(pattern: pattern) else { throw Invalid() }
      return .expression(expression)
    }

    private static func parts(of text: String, _ expression: NSRegularExpression) -> [Part] {
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

    // ICU's `\s` lacks some white space, and its `\w` has some additional letters; both are spelled out.
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
#else
  extension Pattern {
    private static func expression(_ source: String, isLiteral: Bool) throws(Invalid) -> Kind { throw Invalid() }
  }
#endif
