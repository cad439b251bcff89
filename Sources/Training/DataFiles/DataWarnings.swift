import Documents
import Formats
import Objectives

/// What is learned otherwise than it reads in somebody's data: where prompt and completion meet, and which labels there are.
struct DataWarnings {
  /// More examples than these are not looked at.
  static let most = 2000

  let data: Dataset
  /// By which a prompt was told from a pair that names none.
  let rule: ImplicitPrompt
  let tokenizer: Tokenizer
  /// The options of the loss.
  var objective = Settings()

  /// One sentence for each kind of trouble, with its number and the first place.
  var sentences: [String] {
    [
      unread, promptless, cutWords, trailingSpaces, mergedTokens, repeatedPrompts, emptyAnswers, silentTurns,
      weightless,
      equalPairs,
    ].compactMap { $0 } + unwritten + [labels].compactMap { $0 }
  }

  private var examples: ArraySlice<Example> { data.examples.prefix(Self.most) }

  /// Columns that nothing is made of: only rewards read what they like.
  private var unread: String? {
    guard data.kind != .prompts else { return nil }
    var names: [String] = []
    for column in examples.flatMap(\.columns) where !column.value.isNull && !names.contains(column.key) {
      names.append(column.key)
    }
    guard !names.isEmpty else { return nil }
    let quoted = names.map { "'\($0.visible)'" }.joined(separator: ", ")
    return
      "\(data.name): the column\(names.count == 1 ? "" : "s") \(quoted) \(names.count == 1 ? "is" : "are") not read"
  }

  private var promptless: String? {
    guard data.kind == .pairs || data.kind == .judgements else { return nil }
    let bare = examples.filter { $0.prompt.isEmpty }
    guard let first = bare.first else { return nil }
    return told(bare, "have no prompt, neither as a column nor as what chosen and rejected both begin with", first)
      + ": they are learned as answers to nothing; call the column that asks 'prompt'"
  }

  private var weightless: String? {
    let found = examples.filter { $0.conversation?.ignoresWeight == true }
    guard let first = found.first else { return nil }
    return told(found, "have an answer of weight 0, which is learned like the others", first)
      + ": assistant_only_loss=true heeds the weights in the column 'messages'"
  }

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

  /// Prompts that stand in the completions again.
  private var repeatedPrompts: String? {
    let repeated = examples.filter { example in
      if let conversation = example.conversation { return conversation.repeatsPrompt }
      // A word may well be said again.
      guard example.prompt.contains(where: \.isWhitespace) else { return false }
      let answers = [example.completion, example.chosen, example.rejected].compactMap { $0 }
      return answers.contains { $0.drop(while: \.isWhitespace).hasPrefix(example.prompt) }
    }
    guard let first = repeated.first else { return nil }
    return told(repeated, "have a completion that begins with the prompt", first)
      + ": the model would read the prompt twice; leave it out of one of the two"
  }

  private var emptyAnswers: String? {
    let empty = examples.filter { $0.completion == "" || $0.chosen == "" || $0.rejected == "" }
    guard let first = empty.first else { return nil }
    return told(empty, "have an empty completion", first) + ": the end of the text is all that is learned of it"
  }

  private var silentTurns: String? {
    let silent = examples.filter { $0.conversation?.isSilent == true }
    guard let first = silent.first else { return nil }
    return told(silent, "have an answer of the assistant that is empty", first)
      + ": the end of the turn is all that is learned of it"
  }

  /// What the chat template leaves out of conversations.
  private var unwritten: [String] {
    let consequences =
      [
        ("tool_calls", "these turns are read and learned without their calls"),
        ("tools", "the model does not read what it may call"),
      ] + ChatText.thoughts.map { ($0, "no thought is read or learned") }
    return consequences.compactMap { name, consequence in
      let lost = examples.filter { $0.conversation?.unwritten.contains(name) == true }
      guard let first = lost.first else { return nil }
      return told(lost, "have \(name), which the chat template does not write", first)
        + ": \(consequence); another template can stand in the model's folder as chat_template.jinja"
    }
  }

  private var equalPairs: String? {
    let equal = examples.filter { $0.chosen != nil && $0.chosen == $0.rejected }
    guard let first = equal.first else { return nil }
    return told(equal, "have the same text as chosen and rejected", first) + ": nothing can be learned of them"
  }

  /// Labels of one kind, or of which one rules the other.
  private var labels: String? {
    guard data.kind == .judgements else { return nil }
    let weights = (
      desirable: objective.number(.desirableWeight), undesirable: objective.number(.undesirableWeight)
    )
    let all = data.examples.count
    let count = data.examples.count { $0.isDesirable == true }
    if count == 0 || count == all {
      let (label, way) = count == 0 ? ("undesirable", "lowers") : ("desirable", "raises")
      return "all \(all) examples are \(label): the loss only \(way) what it is given, and no contrast says why; "
        + "KTO needs both kinds"
    }
    guard weights.desirable > 0, weights.undesirable > 0 else { return nil }
    let balance = weights.desirable * Double(count) / (weights.undesirable * Double(all - count))
    // Ethayarajh et al. 2024, KTO, section 4.2, want 1 to 4/3; half as much on either side is let pass.
    guard balance < 2.0 / 3 || balance > 2 else { return nil }
    let wanted = (weights.undesirable * balance * 0.75, weights.undesirable * balance)
    let (low, high) = (NumberText.short(wanted.0, digits: 3), NumberText.short(wanted.1, digits: 3))
    return "\(count) of \(all) examples are desirable, and with their weights these count "
      + "\(NumberText.short(balance, digits: 3)) times as much as the others: undesirable_weight from \(low) to \(high) "
      + "keeps the two as even as KTO's authors do"
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
