import Documents

/// The columns of a file's lines, by what its examples have.
extension Dataset.Kind {
  /// What examples are that have these columns: pairs, prompts alone, or else texts.
  init(of row: Document) {
    guard case .object(let members) = row.value else {
      self = .completions
      return
    }
    let names = members.filter { !$0.value.isNull }.map { $0.key }
    if names.contains("chosen"), names.contains("rejected") {
      self = .pairs
    } else {
      self = RowShapes.asksAlone(members) ? .prompts : .completions
    }
  }

  /// The columns that are read.
  var keys: [String] {
    switch self {
    case .prompts: ["prompt"]
    case .completions: ["prompt", "completion", "text"]
    case .pairs: ["prompt", "chosen", "rejected", "margin"]
    case .judgements: ["prompt", "completion", "label"]
    }
  }

  /// A line as it should be.
  var sample: String {
    switch self {
    case .prompts: #"{"prompt": "The sky is"}"#
    case .completions: #"{"prompt": "The sky is", "completion": " blue."}"#
    case .pairs: #"{"prompt": "The sky is", "chosen": " blue.", "rejected": " green."}"#
    case .judgements: #"{"prompt": "The sky is", "completion": " blue.", "label": true}"#
    }
  }

  /// What else a line can be.
  var others: String {
    self == .completions ? #", or {"text": "The sky is blue."}, or a conversation in the column 'messages'"# : ""
  }

  /// What a line has: an example, or several, each with the names of the columns that made it.
  ///
  /// - Parameters:
  ///   - row: The line.
  ///   - rule: How a prompt that is not named is told from a pair.
  func examples(in row: DatasetRow, rule: ImplicitPrompt) throws(DocumentError) -> [(Example, used: [String])] {
    switch self {
    case .prompts: return [(Example(prompt: try row.text("prompt")), ["prompt"])]
    case .completions where !row.has("completion") && !row.has("prompt") && row.has("text"):
      return [(Example(prompt: "", completion: try row.text("text")), ["prompt", "completion", "text"])]
    case .completions where !row.has("completion") && !row.has("prompt") && row.has("chosen") && row.has("rejected"):
      let pair = try pair(row, rule)
      return [(Example(prompt: pair.prompt, completion: pair.chosen), ["prompt", "chosen", "rejected"])]
    case .completions:
      // Pairs also serve imitation, of what was preferred.
      let key = !row.has("completion") && row.has("prompt") && row.has("chosen") ? "chosen" : "completion"
      let example = Example(prompt: try row.text("prompt"), completion: try row.text(key))
      return [(example, ["prompt", "completion", key])]
    case .pairs: return [(try pair(row, rule), keys)]
    case .judgements where !row.has("completion") && row.has("chosen") && row.has("rejected"):
      return try pair(row, rule).judged.map { ($0, ["prompt", "chosen", "rejected"]) }
    case .judgements:
      let example = Example(
        prompt: try row.text("prompt"), completion: try row.text("completion"), isDesirable: try row.flag("label"))
      return [(example, keys)]
    }
  }

  private func pair(_ row: DatasetRow, _ rule: ImplicitPrompt) throws(DocumentError) -> Example {
    let (chosen, rejected) = (try row.text("chosen"), try row.text("rejected"))
    var example: Example
    if row.has("prompt") {
      example = Example(prompt: try row.text("prompt"), chosen: chosen, rejected: rejected)
    } else {
      guard let parts = rule.parts(chosen, rejected) else {
        throw row.document.error("chosen and rejected are the same, so that no prompt can be told from them")
      }
      example = Example(prompt: parts.prompt, chosen: parts.chosen, rejected: parts.rejected)
      let isBeginning = chosen.hasPrefix(rejected) || rejected.hasPrefix(chosen)
      example.splitsWord = isBeginning || ImplicitPrompt.splitsWord(chosen, rejected)
    }
    example.margin = self == .pairs ? try row.number("margin") : nil
    return example
  }
}
