import Autodiff
public import Simulation

/// Questions made from recordings of the built-in scenarios, harder after a right answer and easier after a wrong one.
///
/// The seed and the answers decide which questions come; nothing else does.
///
///     var quiz = AdaptiveQuiz(seed: 3)
///     let question = quiz.next()
///     let isRight = try quiz.answer("1.2")
public struct AdaptiveQuiz {
  /// How many questions of a kind were answered, and how many correctly.
  public struct Tally: Equatable, Sendable {
    public let kind: String
    /// What it trains, as the end of «practise …».
    public let subject: String
    public fileprivate(set) var right = 0
    public fileprivate(set) var answered = 0
    /// Where the numbers of the latest question of this kind can be looked at.
    public fileprivate(set) var origin: QuizQuestion.Origin
  }

  public let seed: UInt64
  /// 1 is easy, 3 is hard.
  public private(set) var level = 1
  /// Of the kinds that were answered, in the order in which they came first.
  public private(set) var tallies: [Tally] = []
  /// The question that waits for an answer.
  public private(set) var question: QuizQuestion?
  private let scenarios: [Scenario]
  private let kinds: [QuestionKind]
  private var number = 0
  /// The texts of all questions so far.
  private var asked: Set<String> = []

  /// - Parameters:
  ///   - scenario: The one to ask about; nil mixes all built-in ones.
  ///   - seed: Decides the questions, together with the answers.
  public init(on scenario: Scenario? = nil, seed: UInt64) {
    let scenarios = scenario.map { [$0] } ?? Scenario.builtIn
    self.seed = seed
    self.scenarios = scenarios
    kinds = QuestionKind.all.filter { kind in scenarios.contains(where: kind.suits) }
  }

  public var answered: Int { tallies.reduce(0) { $0 + $1.answered } }
  public var right: Int { tallies.reduce(0) { $0 + $1.right } }

  /// The kind with the smallest share of right answers, if any was wrong.
  public var weakest: Tally? {
    tallies.filter { $0.right < $0.answered }.min { $0.right * $1.answered < $1.right * $0.answered }
  }

  /// The next question; nil if no recording has anything to ask about, which does not happen with built-in scenarios.
  ///
  /// Every kind comes once before one comes again.
  public mutating func next() -> QuizQuestion? {
    question = nil
    guard !kinds.isEmpty else { return nil }
    let shuffled = order(ofRound: number / kinds.count)
    let first = number % kinds.count
    number += 1
    for turn in kinds.indices {
      let kind = kinds[shuffled[(first + turn) % kinds.count]]
      for attempt in 0..<6 {
        var random = RandomStream(
          seed: seed, purpose: Self.purpose, UInt32(number), UInt32(turn * 6 + attempt))
        question = ask(kind, &random)
        // A repeated question would be answered from memory.
        if let question, asked.insert(question.text).inserted { return question }
      }
    }
    return nil
  }

  /// Whether the answer to the latest question is right; it counts once.
  ///
  /// - Throws: An answer that cannot be understood, which does not count.
  public mutating func answer(_ typed: String) throws(ExpectedAnswer.Misunderstanding) -> Bool {
    guard let asked = question else {
      throw ExpectedAnswer.Misunderstanding(message: "there is no question to answer")
    }
    let isRight = try asked.expected.accepts(typed)
    question = nil
    level = min(3, max(1, level + (isRight ? 1 : -1)))
    count(asked, isRight)
    return isRight
  }

  /// Goes on without an answer, through the levels in turn: a sheet of questions that nobody answers has all of them.
  public mutating func pass() {
    question = nil
    level = level % 3 + 1
  }

  /// The kinds' order in a round, which does not begin with what the round before ended with.
  private func order(ofRound round: Int) -> [Int] {
    func shuffled(_ round: Int) -> [Int] {
      var random = RandomStream(seed: seed, purpose: Self.purpose, .max, UInt32(round))
      return random.shuffled(kinds.count)
    }
    var order = shuffled(round)
    if round > 0, kinds.count > 1, order[0] == shuffled(round - 1)[kinds.count - 1] { order.swapAt(0, 1) }
    return order
  }

  // Apart from the numbers of the purposes of `Simulation`, so that no question draws what a recording draws.
  private static let purpose: UInt32 = 100

  private func ask(_ kind: QuestionKind, _ random: inout RandomStream) -> QuizQuestion? {
    let suited = scenarios.filter(kind.suits)
    let scenario = suited[random.below(suited.count)]
    let variation = scenario.variation(level: level, random: &random) + kind.changes(scenario, level)
    let (source, changes) = scenario.changed(variation)
    var asking = Asking(
      source: source, changes: changes, trace: source.record(), level: level, random: random)
    return kind.ask(&asking).map { QuizQuestion($0, kind: kind, asking) }
  }

  private mutating func count(_ question: QuizQuestion, _ isRight: Bool) {
    let index = tallies.firstIndex { $0.kind == question.kind } ?? tallies.count
    if index == tallies.count {
      let subject = QuestionKind.named(question.kind)?.subject ?? question.kind
      tallies.append(Tally(kind: question.kind, subject: subject, origin: question.origin))
    }
    tallies[index].answered += 1
    if isRight { tallies[index].right += 1 }
    // What was answered wrongly is what there is to look at.
    if !isRight || tallies[index].right == tallies[index].answered { tallies[index].origin = question.origin }
  }
}
