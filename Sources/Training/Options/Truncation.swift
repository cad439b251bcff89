/// What becomes of a text that is longer than `max_length`.
enum Truncation: String, CaseIterable, Sendable {
  /// Its end is cut off.
  case keepStart = "keep_start"
  /// Its beginning is cut off.
  case keepEnd = "keep_end"
  /// The example is left out.
  case skip
}

/// How long a text may be.
struct TextLimit {
  let tokens: Int
  var truncation = Truncation.keepStart

  init(_ tokens: Int, _ truncation: Truncation = .keepStart) {
    self.tokens = tokens
    self.truncation = truncation
  }

  init(_ settings: TrainingSettings) {
    self.init(
      settings.integer(.maxLength), Truncation(rawValue: settings.choice(.truncationMode)) ?? .keepStart)
  }
}
