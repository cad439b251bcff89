import Documents
import Objectives
import Simulation

/// A kind of question: what it needs of a recording, and how it is asked.
///
/// To add one, write a file like `Kinds/ClippedRatio.swift` and name it in `all`.
struct QuestionKind: Sendable {
  let name: String
  /// What it trains, as the end of «practise …».
  let subject: String
  /// Whether a scenario can show it.
  let suits: @Sendable (Scenario) -> Bool
  /// Whether one recording is enough, so that the debugger can ask it of its own.
  var needsOneRecording = true
  /// What must be set for it, by scenario and level.
  var changes: @Sendable (_ scenario: Scenario, _ level: Int) -> [QuizQuestion.Change] = { _, _ in [] }
  /// Asks about a recording; nil where that has nothing of the kind at that level.
  let ask: @Sendable (inout Asking) -> Draft?

  static let all: [QuestionKind] = [
    clippedRatio, minimumBranch, gradientSign, pairGradient, estimatedAdvantage, discountedReturn, groupAdvantage,
    userGroupAdvantage, klEstimate, penalisedReward, implicitReward, margin, pairLoss, betaPull, humanValue,
    supervisedLoss, teacherAdvantage, changedKnob, batchBug,
  ]

  static func named(_ name: String) -> QuestionKind? { all.first { $0.name == name } }
}

/// A question before it is known which number it has.
struct Draft {
  let text: String
  let expected: ExpectedAnswer
  let explanation: StyledText
  let beat: Int
  /// What the digits that the question shows give; nil where a choice is asked for.
  var recomputed: Double?
  /// What else must be set to see the answer, if another recording than the one asked about shows it.
  var further: [QuizQuestion.Change] = []

  /// A number, asked for with the digits that give it.
  init(_ text: String, number: Double, shownGive recomputed: Double, beat: Int, _ explanation: StyledText) {
    self.text = text
    expected = .number(number)
    self.explanation = explanation
    self.beat = beat
    self.recomputed = recomputed
  }

  init(_ text: String, choice right: Int, of choices: [String], beat: Int, _ explanation: StyledText) {
    self.text = text
    expected = .choice(right: right, among: choices)
    self.explanation = explanation
    self.beat = beat
  }

  /// Whether computing with the shown digits is safely right: within half of the tolerance.
  var isAnswerable: Bool {
    guard case .number(let right) = expected else { return true }
    guard right.isFinite, let recomputed, recomputed.isFinite else { return false }
    return (recomputed - right).magnitude <= 0.005 * right.magnitude
  }
}
