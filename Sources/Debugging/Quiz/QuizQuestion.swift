/// A question made from a recording, with its answer and the recording's explanation.
public struct QuizQuestion: Sendable {
  /// An option, or the seed, that differs from the built-in scenario.
  public struct Change: Equatable, Sendable {
    public let option: String
    public let value: String

    public init(_ option: String, _ value: String) { (self.option, self.value) = (option, value) }
  }

  /// Where the numbers can be looked at.
  public struct Origin: Equatable, Sendable {
    public let source: String
    public let changes: [Change]
    public let beat: Int

    /// What one types to stand before the numbers: `gradus step ppo --set seed=12`, then `goto 231`.
    public var command: String {
      "gradus step \(source)" + changes.map { " --set \($0.option)=\($0.value)" }.joined()
    }
  }

  /// The name of its kind: `clipped-ratio`.
  public let kind: String
  /// 1 is easy, 3 is hard.
  public let level: Int
  /// At most 80 columns, with every number that is needed; without the choices.
  public let text: String
  public let expected: ExpectedAnswer
  /// The recording's explanation of the answer.
  public let explanation: StyledText
  public let origin: Origin

  /// What there is to choose from; empty where a number is asked for.
  public var choices: [String] {
    if case .choice(_, let choices) = expected { choices } else { [] }
  }

  /// The question as it is asked, its choices numbered.
  public var onScreen: StyledText {
    var text = StyledText(self.text + "\n")
    for (number, choice) in choices.enumerated() {
      text.add("  \(number + 1)  ", .heading)
      text.line(wrap(choice, indent: 5))
    }
    return text
  }
}
