/// The hidden human preference about film reviews, which reward models try to learn.
extension FilmGrammar {
  /// Whether a text is a whole review.
  static func wellFormed(_ text: String) -> Bool { review(text) != nil }

  /// How much people really like a text.
  ///
  /// A review: the sum of its adjectives’ values, plus 0.5 for a `very`; a `very` before something bad is honest too.
  /// Anything else: −2, and −0.5 more for each word that repeats the one before it, down to −4.
  static func gold(_ text: String) -> Double {
    guard let review = review(text) else { return max(-4, -2 - 0.5 * Double(repetitions(text))) }
    return review.reduce(0) { $0 + value(of: $1) }
  }

  private static func value(of word: String) -> Double {
    word == "very" ? 0.5 : values.first { $0.key == word }?.value ?? 0
  }

  private static func repetitions(_ text: String) -> Int {
    let words = words(text)
    return zip(words, words.dropFirst()).count { $0 == $1 }
  }

  /// The words of a review; nil if the text is no review.
  private static func review(_ text: String) -> [String]? {
    let words = words(text)
    var rest = words[...]
    guard let subject = takeClause(&rest, mayJoin: true) else { return nil }
    if take(&rest, from: links) != nil {
      guard let second = takeClause(&rest, mayJoin: false), second != subject else { return nil }
    }
    let isWhole = take(&rest, from: ["."]) != nil && rest.isEmpty
    return isWhole && words.count(where: { $0 == "very" }) <= 1 ? words : nil
  }

  /// Takes a clause off the front and gives its subject.
  private static func takeClause(_ rest: inout ArraySlice<String>, mayJoin: Bool) -> String? {
    guard take(&rest, from: ["the"]) != nil, let subject = take(&rest, from: subjects),
      take(&rest, from: verbs) != nil
    else { return nil }
    _ = take(&rest, from: modifiers)
    guard let first = take(&rest, from: adjectives) else { return nil }
    // `and` joins a second adjective, unless it begins another clause.
    if mayJoin, rest.first == "and", let next = rest.dropFirst().first, adjectives.contains(next) {
      if next == first { return nil }
      rest = rest.dropFirst(2)
    }
    return subject
  }

  private static func take(_ rest: inout ArraySlice<String>, from words: [String]) -> String? {
    guard let word = rest.first, words.contains(word) else { return nil }
    rest = rest.dropFirst()
    return word
  }
}
