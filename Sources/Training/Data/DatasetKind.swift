extension Dataset {
  /// What the examples have.
  public enum Kind: String, CaseIterable, Sendable {
    /// `prompt` and `completion`, or `text`, which is all completion.
    case completions
    /// `chosen` and `rejected`, and `prompt` unless the two begin with it.
    case pairs
    /// `prompt`, `completion` and `label`; a pair is two of them.
    case judgements
    /// `prompt`.
    case prompts
  }
}

extension Dataset.Kind {
  /// What the lines have, for the help.
  public var summary: String {
    switch self {
    case .completions: "prompt and completion"
    case .pairs: "chosen and rejected"
    case .judgements: "prompt, completion and label"
    case .prompts: "prompt and what the rewards need"
    }
  }
}

extension Example {
  /// A pair as two responses, of which the chosen one is desirable: TRL's `unpair_preference_dataset`.
  var judged: [Example] {
    [(chosen, true), (rejected, false)].map { text, isDesirable in
      var example = self
      (example.completion, example.isDesirable) = (text, isDesirable)
      (example.chosen, example.rejected) = (nil, nil)
      return example
    }
  }
}
