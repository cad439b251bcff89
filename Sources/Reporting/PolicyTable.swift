import Autodiff
public import Objectives
public import Recording
public import Simulation

/// The policy as a table of probabilities: a row for each state, a column for each token or action.
public struct PolicyTable {
  private let trace: Trace
  let temperature: Double
  /// The names of the columns.
  public let words: [String]
  /// The names of the rows.
  public let states: [String]
  /// The states to which the prompts lead.
  public let starts: [Int]

  /// The table is empty for a batch, where whole distributions are not known.
  public init(_ trace: Trace, source: Source) {
    self.trace = trace
    let labels = trace.glossary.entries[Quantity.policyLogit.rawValue].labels
    (states, words) = (labels[0] ?? [], labels[1] ?? [])
    temperature = source.settings.number(.temperature)
    starts = Self.starts(of: source)
  }

  private static func starts(of source: Source) -> [Int] {
    guard case .scenario(let scenario) = source, scenario.decisions == nil else { return [] }
    let space = StateSpace(scenario.world)
    var states: [Int] = []
    for prompt in scenario.world.prompts {
      let start = space.start(prompt)
      if !states.contains(start) { states.append(start) }
    }
    return states
  }

  /// Where the iteration of a beat started to sample; where nothing is sampled, the first beat with a whole policy.
  public func iterationStart(_ beat: Int) -> Int { starts(before: beat).first ?? beat }

  /// Where the iterations up to a beat started, the latest first, and last the first beat with a whole policy.
  func starts(before beat: Int) -> [Int] {
    let rollouts = trace.stages.filter { $0.name == Stage.rollout.name }.map { $0.beats.lowerBound }
    let first = trace.terms.first { $0.key.name == Quantity.policyLogit.rawValue }
    let beginning = first.map { trace.stage(ofBeat: $0.beat).beats.upperBound - 1 }
    return rollouts.reversed().filter { $0 <= beat } + [beginning].compactMap { $0 }.filter { $0 <= beat }
  }

  /// `softmax(logits / temperature)` of every state, of the logits as they were at a beat.
  ///
  /// - Parameters:
  ///   - logits: Those of the policy, or `.referenceLogit`; where none are recorded yet there are no rows.
  ///   - beat: As of which beat.
  public func probabilities(of logits: Quantity = .policyLogit, at beat: Int) -> [[Double]] {
    var rows: [[Double]] = []
    while true {
      let row = words.indices.compactMap { b in
        trace.value(logits, rows.count, b, at: beat)
      }
      guard row.count == words.count, !row.isEmpty else { return rows }
      rows.append(softmax(row))
    }
  }

  /// What the recording calls the model that logits are of: `start` where what is otherwise the reference is only where the
  /// policy begins.
  public func modelName(of logits: Quantity) -> String {
    String(trace.glossary.entries[logits.rawValue].name.prefix { $0 != "." })
  }

  /// The probabilities of a row of logits, at the run's temperature.
  public func softmax(_ logits: [Double]) -> [Double] {
    let scaled = logits.map { $0 / temperature }
    let largest = scaled.max() ?? 0
    let weights = scaled.map { Elementary.exp($0 - largest) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }
}
