/// A Markov decision process small enough to solve: states, actions, and what may follow from each action.
public struct DecisionProcess: Equatable, Sendable {
  /// What may follow from an action.
  public struct Outcome: Equatable, Sendable {
    /// The next state, as a number among `names`.
    public var next: Int
    public var probability: Double
    public var reward: Double

    public init(next: Int, probability: Double, reward: Double) {
      self.next = next
      self.probability = probability
      self.reward = reward
    }
  }

  /// The states in which one acts.
  public var states: [String]
  /// The states in which an episode ends; their numbers follow those of `states`.
  public var terminals: [String]
  public var actions: [String]
  /// `outcomes[state][action]`, whose probabilities sum to 1.
  public var outcomes: [[[Outcome]]]
  /// Where episodes start; they take turns.
  public var starts: [Int]
  /// After how many steps an episode is cut off.
  public var stepLimit: Int

  public init(
    states: [String], terminals: [String], actions: [String], outcomes: [[[Outcome]]], starts: [Int], stepLimit: Int
  ) {
    self.states = states
    self.terminals = terminals
    self.actions = actions
    self.outcomes = outcomes
    self.starts = starts
    self.stepLimit = stepLimit
  }

  /// All states' names, by number.
  public var names: [String] { states + terminals }

  /// Whether an episode ends in a state.
  public func isTerminal(_ state: Int) -> Bool { state >= states.count }

  /// A state from which no terminal one can be reached, by whatever actions; nil where there is none.
  public var endlessState: Int? {
    var isEnding = names.indices.map { isTerminal($0) }
    for _ in states {
      for state in states.indices where !isEnding[state] {
        isEnding[state] = outcomes[state].contains { outcomes in
          outcomes.contains { $0.probability > 0 && isEnding[$0.next] }
        }
      }
    }
    return isEnding.firstIndex(of: false)
  }
}
