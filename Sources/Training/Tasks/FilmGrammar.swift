internal import Autodiff

/// Film reviews as people write them, and what people really like; a larger version of the simulator’s film reviews.
///
///     review  →  clause [link clause] "."
///     clause  →  "the" subject verb [modifier] adjective ["and" adjective]
///     link    →  "and" | "but"
///
/// No review says `very` twice, joins an adjective with itself, or speaks of a subject twice; only the first clause joins
/// two adjectives. A completion has 2 to 12 words, the full stop included: it follows a prompt of two or three.
enum FilmGrammar {
  static let subjects = ["film", "story", "acting", "music", "ending", "cast", "plot", "camera"]
  static let verbs = ["was", "seemed"]
  static let modifiers = ["very", "quite", "rather"]
  static let links = ["and", "but"]
  /// Adjectives and how much people like them.
  static let values: [(key: String, value: Double)] = [
    ("great", 1), ("superb", 1), ("lovely", 0.8), ("moving", 0.7), ("clever", 0.6), ("fine", 0.3), ("decent", 0.2),
    ("plain", -0.2),
    ("odd", -0.3), ("slow", -0.5), ("dull", -0.8), ("weak", -0.8), ("poor", -0.9), ("awful", -1),
  ]

  static let adjectives = values.map { $0.key }

  static let vocabulary =
    ["the"] + subjects + verbs + modifiers + links + ["."] + adjectives

  /// Every beginning of a review.
  static let prompts = subjects.flatMap { subject in ["the \(subject)"] + verbs.map { "the \(subject) \($0)" } }

  /// Continues a prompt at random to a whole review; the completion begins with its space.
  static func completion(of prompt: String, random: inout RandomStream) -> String {
    let begun = words(prompt)
    let first = clause(random: &random, maySayVery: true, mayJoin: true)
    // The prompt has said the subject, and perhaps the verb.
    var text = Array(first.dropFirst(begun.count))
    if random.chance(0.45) {
      let second = clause(
        random: &random, maySayVery: !first.contains("very"), mayJoin: false, besides: begun.dropFirst().first)
      text += [random.pick(links)] + second
    }
    return text.reduce(into: "") { $0 += " " + $1 } + " ."
  }

  private static func clause(
    random: inout RandomStream, maySayVery: Bool, mayJoin: Bool, besides subject: String? = nil
  ) -> [String] {
    var words = ["the", random.pick(subjects.filter { $0 != subject }), random.pick(verbs)]
    if random.chance(0.5) { words.append(random.pick(modifiers.filter { maySayVery || $0 != "very" })) }
    let adjective = random.pick(adjectives)
    words.append(adjective)
    if mayJoin && random.chance(0.35) {
      words += ["and", random.pick(adjectives.filter { $0 != adjective })]
    }
    return words
  }

  static func words(_ text: String) -> [String] { text.split(whereSeparator: { $0.isWhitespace }).map { String($0) } }
}
