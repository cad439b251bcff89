import Autodiff
import Objectives
import Recording

/// The policies that a recorded run went through, and what each had cost by then.
struct LearnedPolicies {
  struct Step {
    /// `log π`, by state and token.
    let policy: [[Double]]
    /// How many responses a policy had written so far, and how many optimizer steps it had taken.
    let responses: Int
    let steps: Int
  }

  /// The first policy, then the one after each round.
  private(set) var steps: [Step] = []

  /// A round is an iteration of an algorithm that samples, and an epoch of one that learns from examples.
  init(_ trace: Trace, _ scenario: Scenario) {
    let updates = trace.stages.filter { $0.name == Stage.update.name }
    guard let first = updates.first else { return }
    let samples = scenario.algorithm.samples
    func round(_ run: Trace.StageRun) -> Int { (samples ? run.loops.iteration : run.loops.epoch) ?? 0 }
    func policy(at beat: Int) -> [[Double]] {
      let logits = (0..<StateSpace(scenario.world).count).map { a in
        scenario.world.vocabulary.indices.map { trace.value(.policyLogit, a, $0, at: beat) ?? 0 }
      }
      let temperature =
        Option.all(for: scenario.algorithm).contains(.temperature) ? scenario.settings.number(.temperature) : 1
      return TabularPolicy(logits: logits, temperature: temperature).table
    }
    let written = Self.written(trace, scenario)
    steps = [Step(policy: policy(at: first.beats.lowerBound - 1), responses: 0, steps: 0)]
    for (n, update) in updates.enumerated() {
      guard n + 1 == updates.count || round(updates[n + 1]) != round(update) else { continue }
      let beat = update.beats.upperBound - 1
      steps.append(
        Step(
          policy: policy(at: beat), responses: written.reduce(0) { $0 + ($1.beat <= beat ? $1.count : 0) }, steps: n + 1
        ))
    }
  }

  /// Where responses were written, and how many: samples, those of discarded groups, and greedy ones to compare with.
  private static func written(_ trace: Trace, _ scenario: Scenario) -> [(beat: Int, count: Int)] {
    trace.terms.compactMap { term in
      switch Quantity(rawValue: term.key.name) {
      case .token, .greedyToken: term.key.j == 0 ? (term.beat, 1) : nil
      case .discardedReward: (term.beat, scenario.settings.integer(.numGenerations))
      default: nil
      }
    }
  }
}

extension TabularPolicy {
  /// A policy of plain numbers.
  init(logits: [[Double]], temperature: Double) {
    let tape = Tape()
    self.init(logits: logits.map { $0.map { tape.leaf($0) } }, temperature: Constant(temperature), on: tape)
  }
}
