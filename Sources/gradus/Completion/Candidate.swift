import ArgumentParser

/// A completion of a word of the command line, with an explanation for shells that show one.
struct Candidate {
  let text: String
  let explanation: String

  init(_ text: String, _ explanation: String = "") { (self.text, self.explanation) = (text, explanation) }

  /// As the shell wants it; nil if the shell would not take it as a word.
  func line(for shell: CompletionShell?) -> String? {
    guard !(text + explanation).unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      return nil
    }
    switch shell {
    case .zsh?:
      let escaped = text.replacing("\\", with: "\\\\").replacing(":", with: "\\:")
      return explanation.isEmpty ? escaped : "\(escaped):\(explanation)"
    case .fish?: return explanation.isEmpty ? text : "\(text)\t\(explanation)"
    // Bash expands the list: a file may be called `$(rm -r ~)`.
    default: return text.unicodeScalars.allSatisfy(Self.isHarmless) ? text : nil
    }
  }

  private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || "0123456789._-+/=:,@%".unicodeScalars.contains(scalar)
  }
}

extension CompletionKind {
  /// Candidates that the program finds when Tab is pressed; those that do not begin with the word are left out.
  static func candidates(_ find: @escaping @Sendable (TypedLine) -> [Candidate]) -> CompletionKind {
    .custom { words, index, word in
      let line = TypedLine(words: words, index: index, word: word)
      return find(line).filter { $0.text.hasPrefix(word) }.compactMap { $0.line(for: .requesting) }
    }
  }
}

/// The command line as typed so far.
struct TypedLine {
  let words: [String]
  /// Which of the words the cursor is in.
  let index: Int
  /// That word up to the cursor.
  let word: String

  /// The words beside the one that is completed.
  var others: [String] { words.enumerated().filter { $0.offset != index }.map(\.element) }
}
