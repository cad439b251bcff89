#if !hasFeature(Embedded)
  import Foundation

  /// BERT's preparation of text, of which WordPiece vocabularies are made.
  ///
  /// Source: `tokenizers`, `normalizers/bert.rs`.
  struct BertNormalizer: Sendable {
    /// Whether control characters are removed, and every white space becomes a space.
    var cleansText = true
    /// Whether each Chinese character becomes a word.
    var separatesChinese = true
    var stripsAccents = true
    var lowercases = true

    func normalized(_ text: String) -> String {
      var text = text
      if cleansText { text = Self.cleaned(text) }
      if separatesChinese { text = Self.separated(text) }
      if stripsAccents {
        text = text.decomposedStringWithCanonicalMapping.keeping {
          $0.properties.generalCategory != .nonspacingMark
        }
      }
      return lowercases ? Self.lowercased(text) : text
    }

    /// Each scalar's lower case by itself, whatever stands beside it.
    static func lowercased(_ text: String) -> String {
      text.unicodeScalars.map { $0.properties.lowercaseMapping }.joined()
    }

    private static func cleaned(_ text: String) -> String {
      var cleaned = String.UnicodeScalarView()
      for scalar in text.unicodeScalars where scalar.value != 0 && scalar.value != 0xfffd && !isControl(scalar) {
        cleaned.append(scalar.properties.isWhitespace ? " " : scalar)
      }
      return String(cleaned)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
      if scalar == "\t" || scalar == "\n" || scalar == "\r" { return false }
      switch scalar.properties.generalCategory {
      case .control, .format, .privateUse, .surrogate: return true
      default: return false
      }
    }

    private static func separated(_ text: String) -> String {
      var separated = String.UnicodeScalarView()
      for scalar in text.unicodeScalars {
        if isChinese(scalar) {
          separated.append(contentsOf: [" ", scalar, " "])
        } else {
          separated.append(scalar)
        }
      }
      return String(separated)
    }

    private static let chinese: [ClosedRange<UInt32>] = [
      0x4e00...0x9fff, 0x3400...0x4dbf, 0x2_0000...0x2_a6df, 0x2_a700...0x2_b73f, 0x2_b740...0x2_b81f,
      0x2_b920...0x2_ceaf, 0xf900...0xfaff, 0x2_f800...0x2_fa1f,
    ]

    private static func isChinese(_ scalar: Unicode.Scalar) -> Bool {
      chinese.contains { $0.contains(scalar.value) }
    }
  }
#endif
