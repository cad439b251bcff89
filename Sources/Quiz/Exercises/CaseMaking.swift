import Autodiff
import Objectives
import Recording
import Reporting
import Simulation

/// Makes the batches of an exercise: those of a student, from random numbers that only the seed decides.
struct CaseMaker {
  private let exercise: Exercise
  private let seed: UInt64
  private(set) var stream: RandomStream

  init(exercise: Exercise, seed: UInt64, student: String) {
    self.exercise = exercise
    // The same name gets other numbers in each exercise.
    self.seed = Fingerprint.fnv1a64Bits("\(seed)/\(student)/\(exercise.name)")
    stream = RandomStream(seed: self.seed, purpose: 1)
  }

  /// A number with two decimals, as options have.
  mutating func decimal(_ low: Double, _ high: Double) -> Double {
    ((low + (high - low) * stream.uniform()) * 100).rounded() / 100
  }

  /// A reward from −3/2 to 3/2, so that one who holds it within ±1 is seen; sums and means of these are exact in single
  /// precision, so that equal ones have no spread at all.
  mutating func reward() -> Double { Double(stream.below(25) - 12) / 8 }

  mutating func normal(_ scale: Double = 1) -> Double { scale * stream.normal() }

  /// Log-probabilities, and others that stray from them.
  private mutating func logps(_ count: Int) -> [Double] { (0..<count).map { _ in -0.05 - 2.5 * stream.uniform() } }

  private mutating func near(_ logps: [Double], _ spread: Double) -> [Double] {
    logps.map { min(-0.01, $0 + spread * stream.normal()) }
  }

  /// A token that has become three to six times as likely.
  private mutating func farApart() -> (old: Double, now: Double) {
    let old = -2.5 - stream.uniform()
    return (old, old + 1.2 + 0.6 * stream.uniform())
  }

  /// Settings of the exercise, and those of these that its function gets.
  private func settings(_ changes: [(Option, OptionValue)]) -> Settings {
    var settings = Settings()
    let own = changes.filter { exercise.options.contains($0.0) }
    for (option, value) in (exercise.settings + exercise.conditions).map({ ($0.option, $0.value) }) + own {
      do throws(OptionError) {
        try settings.set(option, to: value)
      } catch {
        preconditionFailure("an exercise sets \(option.name) to what it cannot be")
      }
    }
    return settings
  }

  private func exerciseCase(
    _ label: String, _ contents: Batch.Contents, width: Int, _ options: [(Option, OptionValue)]
  ) -> ExerciseCase {
    ExerciseCase(
      label, Batch(title: label, settings: settings(options), contents: contents), width: width,
      seed: seed ^ Fingerprint.fnv1a64Bits(label))
  }

  /// Responses with a score and a critic's values.
  mutating func responses(
    _ label: String, lengths: [Int], padding: Int = 1, spread: Double = 0.3, far: Bool = false,
    _ options: [(Option, OptionValue)] = []
  ) -> ExerciseCase {
    let sequences = lengths.map { length in
      var old = logps(length)
      var logp = near(old, spread)
      if far { (old[0], logp[0]) = farApart() }
      return Batch.PPOSequence(
        prompt: "", tokens: Array(repeating: "", count: length), logp: logp, oldLogp: old,
        refLogp: near(old, 0.4), value: (0..<length).map { _ in normal() },
        oldValue: (0..<length).map { _ in normal() },
        score: reward(), entropy: nil)
    }
    return exerciseCase(label, .responses(sequences), width: lengths.reduce(0, max) + padding, options)
  }

  /// Answers in groups.
  ///
  /// - Parameters:
  ///   - label: What is special about the batch.
  ///   - groups: The group of each answer.
  ///   - padding: How many columns the longest answer leaves free.
  ///   - spread: How far the policy is from the old one.
  ///   - masked: How likely a token is a tool's and does not count.
  ///   - far: Whether each answer begins with a token whose ratio is above 3, where a dual clip would act.
  ///   - reward: The reward by the group's number; nil for a random one.
  ///   - options: What is set in this batch.
  mutating func groups(
    _ label: String, groups: [Int], padding: Int = 1, spread: Double = 0.25, masked: Double = 0,
    far: Bool = false, reward: (Int) -> Double? = { _ in nil }, _ options: [(Option, OptionValue)] = []
  ) -> ExerciseCase {
    let sequences = groups.map { group in
      let length = padding == 0 ? 1 : 2 + stream.below(5)
      var old = logps(length)
      var logp = near(old, spread)
      if far { (old[0], logp[0]) = farApart() }
      var sequence = Batch.GroupBatch.Sequence(
        prompt: "", tokens: Array(repeating: "", count: length), group: group, reward: reward(group) ?? self.reward(),
        logp: logp, oldLogp: old, refLogp: near(old, 0.4))
      if masked > 0 { sequence.lossMask = (0..<length).map { $0 == 0 || stream.uniform() >= masked } }
      return sequence
    }
    let names = (0...groups.reduce(0, max)).map { Batch.GroupBatch.Group(name: "\($0)") }
    let width = sequences.reduce(0) { max($0, $1.tokenCount) } + padding
    return exerciseCase(
      label, .groups(Batch.GroupBatch(sequences: sequences, groups: names)), width: width, options)
  }

  /// Pairs of responses.
  mutating func pairs(
    _ label: String, count: Int, longest: Int = 6, spread: Double = 0.5, _ options: [(Option, OptionValue)] = []
  ) -> ExerciseCase {
    func response(_ maker: inout CaseMaker) -> Batch.PairResponse {
      let length = longest == 1 ? 1 : 2 + maker.stream.below(longest - 1)
      let reference = maker.logps(length)
      return Batch.PairResponse(
        tokens: Array(repeating: "", count: length), logp: maker.near(reference, spread), refLogp: reference)
    }
    let pairs = (0..<count).map { _ in
      Batch.Pair(prompt: "", chosen: response(&self), rejected: response(&self))
    }
    return exerciseCase(label, .pairs(pairs), width: longest + 1, options)
  }

  /// Pairs of scores.
  mutating func scores(_ label: String, count: Int, scale: Double, _ options: [(Option, OptionValue)]) -> ExerciseCase {
    func response(_ maker: inout CaseMaker) -> Batch.RewardResponse {
      Batch.RewardResponse(tokens: [""], score: maker.normal(scale))
    }
    let pairs = (0..<count).map { _ in
      Batch.RewardPair(
        prompt: "", chosen: response(&self), rejected: response(&self), margin: Double(1 + stream.below(8)) / 8)
    }
    return exerciseCase(label, .scoredPairs(pairs), width: 1, options)
  }
}
