/// A table of questions that leads to an algorithm: both the dialogue and the diagram are made from it.
public struct Decision: Sendable {
  /// A question that is answered by yes or no.
  public struct Question: Sendable {
    /// What a user types: `pairs`.
    public let name: String
    public let text: String
    /// The same in a few words, for the diagram.
    public let short: String
    public let yes, no: Branch
  }

  /// Where an answer leads.
  public struct Branch: Sendable {
    /// The name of a question or of an outcome.
    public let next: String
    /// What follows from the answer, as a sentence.
    public let because: String

    init(_ next: String, _ because: String) { (self.next, self.because) = (next, because) }
  }

  /// What to do.
  public struct Outcome: Sendable {
    public let name: String
    public let title: String
    public let reasons: String
    public let caveats: [String]
    /// What to step through next: the words after `gradus step`.
    public let scenario: String
    /// What it is worth comparing there.
    public let tryOut: String
  }

  /// The first one is asked first.
  public let questions: [Question]
  public let outcomes: [Outcome]

  public func question(_ name: String) -> Question? { questions.first { $0.name == name } }
  public func outcome(_ name: String) -> Outcome? { outcomes.first { $0.name == name } }
}

/// A path through a decision: the answers so far, and where they lead.
public struct DecisionWay: Sendable {
  public let decision: Decision
  public private(set) var steps: [(question: Decision.Question, answer: Bool)] = []

  public init(_ decision: Decision) { self.decision = decision }

  private var place: String {
    guard let last = steps.last else { return decision.questions[0].name }
    return (last.answer ? last.question.yes : last.question.no).next
  }

  /// The next question; nil at the end.
  public var question: Decision.Question? { decision.question(place) }

  /// The outcome; nil before the end.
  public var outcome: Decision.Outcome? { decision.outcome(place) }

  /// The conclusions along the way, one sentence for each answer.
  public var reasons: [String] { steps.map { ($0.answer ? $0.question.yes : $0.question.no).because } }

  public mutating func answer(_ answer: Bool) {
    if let question { steps.append((question, answer)) }
  }

  /// Takes the last answer back.
  public mutating func goBack() { _ = steps.popLast() }
}
