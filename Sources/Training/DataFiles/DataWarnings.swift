import Documents
import Formats

/// What is learned otherwise than it reads in somebody's data: where prompt and completion meet.
struct DataWarnings {
  /// More examples than these are not looked at.
  static let most = 2000

  let data: Dataset
  /// By which a prompt was told from a pair that names none.
  let rule: ImplicitPrompt
  let tokenizer: Tokenizer

  /// One sentence for each kind of trouble, with its number and the first place.
  var sentences: [String] { [cutWords, trailingSpaces, mergedTokens, emptyAnswers, equalPairs].compactMap { $0 } }

  private var examples: ArraySlice<Example> { data.examples.prefix(Self.most) }

  private var cutWords: String? {
    let cut = examples.filter { $0.splitsWord }
    guard let first = cut.first else { return nil }
    let shown = Self.shown(first.prompt)
    return rule == .trl
      ? told(cut, "have no prompt, and what their texts share ends inside a word", first)
        + ": the prompt \(shown) ends there; implicit_prompt=word cuts it back to whole words"
      : told(cut, "have no prompt, and what their texts share ends inside a word or is all of one text", first)
        + ": the prompt was cut back to \(shown); implicit_prompt=trl keeps what TRL makes of it"
  }

  private var trailingSpaces: String? {
    let spaced = examples.filter {
      $0.prompt.unicodeScalars.last?.properties.isWhitespace == true && !$0.prompt.hasSuffix("\n")
    }
    guard let first = spaced.first else { return nil }
    return told(spaced, "have a prompt that ends in a space", first)
      + ": most tokenizers join a space with the word behind it; let the completion begin with it instead"
  }

  /// Texts whose tokens at the seam are others when they are encoded together.
  private var mergedTokens: String? {
    var merged: [(Example, String)] = []
    for example in examples where !example.prompt.isEmpty {
      let prompt = tokenizer.encode(example.prompt)
      for answer in [example.completion, example.chosen, example.rejected].compactMap({ $0 }) {
        if prompt + tokenizer.encode(answer) != tokenizer.encode(example.prompt + answer) {
          merged.append((example, answer))
          break
        }
      }
    }
    guard let (first, answer) = merged.first else { return nil }
    let together = tokenizer.encode(first.prompt + answer)
    let apart = tokenizer.encode(first.prompt)
    let place = zip(together, apart).prefix { $0 == $1 }.count
    let token = place < together.count ? ", as \(Self.shown(tokenizer.decode([together[place]]))) at the seam" : ""
    return told(merged.map { $0.0 }, "have other tokens when prompt and completion are encoded together\(token)", first)
      + ": the model learns tokens that it would not meet in whole texts; part them where a word ends"
  }

  private var emptyAnswers: String? {
    let empty = examples.filter { $0.completion == "" || $0.chosen == "" || $0.rejected == "" }
    guard let first = empty.first else { return nil }
    return told(empty, "have an empty completion", first) + ": the end of the text is all that is learned of it"
  }

  private var equalPairs: String? {
    let equal = examples.filter { $0.chosen != nil && $0.chosen == $0.rejected }
    guard let first = equal.first else { return nil }
    return told(equal, "have the same text as chosen and rejected", first) + ": nothing can be learned of them"
  }

  /// `3 of 10 examples (the first is data.jsonl:4) have …`
  private func told(_ found: [Example], _ what: String, _ first: Example) -> String {
    let all = data.examples.count > Self.most ? "the first \(Self.most)" : "\(data.examples.count)"
    return
      "\(found.count) of \(all) examples (\(found.count == 1 ? "" : "the first is ")\(first.source):\(first.line)) \(what)"
  }

  private static func shown(_ text: String) -> String {
    let visible = text.visible
    return visible.count <= 40 ? "'\(visible)'" : "'…\(visible.suffix(39))'"
  }
}
