public import Documents
public import Reporting

/// The dialogue of `gradus choose`: questions as text out, answers as text in.
public struct ChoiceDialogue {
  public private(set) var way: DecisionWay
  /// Answers given in advance.
  private let known: [String: Bool]

  public init(_ decision: Decision = .algorithm, known: [String: Bool] = [:]) {
    way = DecisionWay(decision)
    self.known = known
    answerWhatIsKnown()
  }

  public var isFinished: Bool { way.outcome != nil }

  /// The question to ask now, on a line of its own; empty at the end.
  public var question: StyledText {
    var text = StyledText()
    guard let question = way.question else { return text }
    text.line(wrap(question.text, indent: 0), .heading)
    return text
  }

  /// Takes an answer; returns what there is to say about it.
  public mutating func reply(_ line: String) -> StyledText {
    guard let question = way.question else { return StyledText() }
    let word = line.trimmed.lowercased()
    if let answer = Self.answer(word) {
      way.answer(answer)
      let because = (answer ? question.yes : question.no).because
      answerWhatIsKnown()
      return StyledText("  " + wrap(because, indent: 2) + "\n\n", .dim)
    }
    if word == "back" || word == "b" {
      way.goBack()
      return StyledText()
    }
    return StyledText("Answer yes or no; back takes the last answer back, quit leaves.\n", .error)
  }

  /// What a word means as an answer; nil if nothing.
  public static func answer(_ word: String) -> Bool? {
    switch word {
    case "y", "yes", "true": true
    case "n", "no", "false": false
    default: nil
    }
  }

  /// A command, continued on further lines as a shell reads them.
  private static func command(_ text: String) -> String {
    let lines = wrap(text, indent: 4).split(separator: "\n").map { String($0) }
    return lines.joined(separator: " \\\n")
  }

  private mutating func answerWhatIsKnown() {
    while let question = way.question, let answer = known[question.name] { way.answer(answer) }
  }

  /// The outcome with its reasons and caveats; empty before the end.
  public var conclusion: StyledText {
    var text = StyledText()
    guard let outcome = way.outcome else { return text }
    text.line("→ \(outcome.title)", .positive)
    text.line()
    text.line("because", .dim)
    for reason in way.reasons { text.line("  - " + wrap(reason, indent: 4)) }
    text.line("  - " + wrap(outcome.reasons, indent: 4))
    text.line("but", .dim)
    for caveat in outcome.caveats { text.line("  - " + wrap(caveat, indent: 4)) }
    text.line("next", .dim)
    text.line("  gradus step \(outcome.scenario)", .code)
    text.line("  " + Self.command(outcome.tryOut), .code)
    return text
  }
}
