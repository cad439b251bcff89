import Diagnosis
import Objectives
import Simulation

/// Repeatable numbers between 0 and 1.
struct Dice {
  private var state: UInt64 = 7

  mutating func roll() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) / Double(1 << 53)
  }

  /// The log-probability of a token that a language model sampled: certain more often than not.
  mutating func logp() -> Double {
    let isCertain = roll() < 0.5
    return -0.001 - (isCertain ? 0.05 : 1) * roll()
  }

  mutating func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + roll() } }
}

/// Tests of batches as today's trainers have them, and of what the doctor says of them.
protocol Situations {}

extension Situations {
  typealias Answer = Batch.GroupBatch.Sequence

  func findings(
    _ contents: Batch.Contents, step: Int? = 40, logged: [Batch.LoggedMetric] = [], _ options: [(String, String)] = []
  ) throws -> [Finding] {
    var batch = Batch(title: "a later step", settings: Settings(), contents: contents)
    batch.step = step
    batch.logged = logged
    var source = Source.batch(batch, name: "batch")
    try source.set(options.map { (name: $0.0, text: $0.1) })
    return DoctorReport(of: source, recorded: source.record()).findings
  }

  /// The names of what is not harmless.
  func names(
    _ contents: Batch.Contents, step: Int? = 40, logged: [Batch.LoggedMetric] = [], _ options: [(String, String)] = []
  ) throws -> [String] {
    try findings(contents, step: step, logged: logged, options).filter { $0.verdict != .harmless }.map { $0.name }
  }

  /// 32 answers to four prompts, of which some are right, with logp as far from old_logp as a step moves it.
  func answers(
    moved: Double = 0.02, groups: Int = 4, _ change: (Int, inout Answer, inout Dice) -> Void = { _, _, _ in }
  ) -> Batch.Contents {
    var dice = Dice()
    let sequences = (0..<32).map { i in
      let count = 20 + Int(30 * dice.roll())
      let old = (0..<count).map { _ in dice.logp() }
      var answer = Answer(
        prompt: "question \(i / 8)?", tokens: (0..<count).map { "t\(i)-\($0)" }, group: i * groups / 32,
        reward: i % 3 == 0 ? 1 : 0, logp: old.map { min(-1e-6, $0 + moved * dice.normal()) }, oldLogp: old)
      change(i, &answer, &dice)
      return answer
    }
    return .groups(.init(sequences: sequences, groups: (0..<groups).map { .init(name: "g\($0)") }))
  }
}
