import Recording
import Reporting

/// What a doctor says, of a recording or of a whole run.
public protocol Diagnosed {
  /// What it is called in the output of a program: `zero-loss`.
  var name: String { get }
  var verdict: Finding.Verdict { get }
  var title: String { get }
  /// Why the numbers are what they are.
  var explanation: String { get }
  /// What is concluded from circumstances rather than read off; nil where nothing is.
  var inference: String? { get }
  var advice: String { get }
  var topic: Topic { get }
}

/// A known puzzle that a recording shows, with the numbers that show it.
public struct Finding: Diagnosed, Sendable {
  /// How much it matters.
  public enum Verdict: String, Sendable {
    /// It looks wrong and is not.
    case harmless
    /// Nothing is computed wrongly, but the training may not do what is wanted.
    case caution
    /// Something before the loss is wrong: the samples, the log-probabilities, the log.
    case bug
  }

  /// What it is called in the output of a program: `zero-loss`.
  public let name: String
  public let verdict: Verdict
  public let title: String
  /// Why the numbers are what they are.
  public let explanation: String
  /// What is concluded from circumstances rather than read off the recording; nil where nothing is.
  public var inference: String?
  public let evidence: [Evidence]
  public internal(set) var advice: String
  public let topic: Topic
}

/// A number of the recording that can be asked for again: `gradus print SOURCE EXPRESSION --at POSITION`.
public struct Evidence: Sendable {
  /// A term or an expression, as one types it.
  public let expression: String
  public let value: Double
  /// The beat as of which it is evaluated.
  public let beat: Int
  /// `iteration/epoch/minibatch` of that beat, or as much of it as there is.
  public let loops: String

  /// Evaluates an expression; nil where the recording has no such numbers.
  init?(_ expression: String, in trace: Trace, at beat: Int) {
    guard let parsed = try? Expression(parsing: expression, glossary: trace.glossary),
      case .number(let value)? = try? parsed.evaluate(in: trace, at: beat)
    else { return nil }
    self.expression = expression
    self.value = value
    self.beat = beat
    loops = trace.stage(ofBeat: beat).loops.text
  }
}

/// What to read about a puzzle.
public enum Topic: String, CaseIterable, Sendable {
  case advantage, ratio, clip, kl
  case klGradient = "kl-gradient"
  case averaging, preferences, truncation, sampler, critic, entropy
  case rewardModel = "reward-model"

  public var title: String {
    switch self {
    case .advantage: "advantages and baselines"
    case .ratio: "the ratio and its first value, 1"
    case .clip: "the clip"
    case .kl: "KL estimators"
    case .klGradient: "KL estimators as losses"
    case .averaging: "averaging over tokens and responses"
    case .preferences: "implicit rewards and the margin"
    case .truncation: "answers that do not end"
    case .sampler: "samples of another engine"
    case .critic: "the value loss and its clip"
    case .entropy: "the entropy bonus"
    case .rewardModel: "the reward model"
    }
  }

  /// The number of the lesson about it.
  public var lesson: Int {
    switch self {
    case .ratio: 6
    case .clip: 4
    case .kl: 10
    case .klGradient: 18
    case .advantage: 12
    case .averaging: 13
    case .truncation: 11
    case .preferences: 15
    case .sampler: 21
    case .critic: 7
    case .entropy: 8
    case .rewardModel: 9
    }
  }
}
