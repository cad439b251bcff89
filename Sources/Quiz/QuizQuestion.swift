public import Autodiff
public import Documents
public import Recording
public import Simulation

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

extension QuizQuestion {
  /// Right or wrong, the answer, and after a wrong one what the recording says of it.
  public func verdict(_ isRight: Bool) -> StyledText {
    var text = StyledText()
    if isRight {
      text.line("right: \(expected.text)", .positive)
    } else {
      text.line("no: it is \(expected.text)", .negative)
      text.add(explanation)
    }
    return text
  }

  /// A question about one recording, of a kind that the random numbers decide; nil if there is nothing to ask about.
  ///
  /// - Parameters:
  ///   - source: What was recorded.
  ///   - trace: Its recording.
  ///   - beat: Where one stands; what is asked about is recorded there or nearby.
  ///   - level: 1 is easy, 3 is hard; another one where the recording has nothing to ask about at this level.
  ///   - random: Decides the question.
  public init?(
    about source: Source, recorded trace: Trace, near beat: Int, level: Int, random: inout RandomStream
  ) {
    let kinds = QuestionKind.all.filter { $0.needsOneRecording }
    // Where nothing near the position can be asked about, something else of the recording can.
    for position in [beat, nil] {
      for index in random.shuffled(kinds.count) {
        // The level that suits, or else one that the recording has.
        for level in [level, 1, 2, 3] {
          var asking = Asking(
            source: source, changes: [], trace: trace, level: level, position: position, random: random)
          guard let draft = kinds[index].ask(&asking) else { continue }
          self.init(draft, kind: kinds[index], asking)
          return
        }
      }
    }
    return nil
  }

  init(_ draft: Draft, kind: QuestionKind, _ asking: Asking) {
    let changes = asking.changes.filter { change in !draft.further.contains { $0.option == change.option } }
    self.init(
      kind: kind.name, level: asking.level, text: draft.text, expected: draft.expected,
      explanation: draft.explanation,
      origin: Origin(source: asking.source.name, changes: changes + draft.further, beat: draft.beat))
  }
}
