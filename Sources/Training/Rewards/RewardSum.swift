/// A weighted sum of rewards, and each of them by itself.
public struct RewardSum: Sendable {
  public let functions: [any RewardFunction]
  public let weights: [Double]
  /// The functions’ names in metrics; a name’s second appearance is `NAME_2`.
  public let names: [String]

  /// - Parameters:
  ///   - functions: `reward_funcs`, in the order of the sum.
  ///   - weights: `reward_weights`, one per function; nil gives each the weight 1.
  public init(_ functions: [any RewardFunction], weights: [Double]? = nil) throws(TrainingError) {
    let weights = weights ?? functions.map { _ in 1 }
    guard weights.count == functions.count else {
      throw TrainingError(
        .usage,
        "reward_weights has \(weights.count) numbers for the \(functions.count) functions of reward_funcs; give one each"
      )
    }
    guard weights.allSatisfy({ $0.isFinite }) else {
      throw TrainingError(.usage, "reward_weights must be finite numbers")
    }
    self.functions = functions
    self.weights = weights
    names = Self.unique(functions.map { $0.name })
  }

  /// Asks every function about every completion; what one says nothing of counts nothing in the sum, as in TRL.
  ///
  /// Throws where none of them says anything of a completion: 0 would be a judgement.
  public func scores(_ completions: [ScoredCompletion]) throws(TrainingError) -> RewardScores {
    var components: [RewardScores.Component] = []
    for (name, function) in zip(names, functions) {
      let scores = completions.isEmpty ? [] : try function.scores(completions)
      guard scores.count == completions.count else {
        throw TrainingError(
          .badData, "the reward '\(name)' gave \(scores.count) numbers for \(completions.count) completions")
      }
      if let i = scores.firstIndex(where: { $0?.isFinite == false }) {
        throw TrainingError(
          .badData, "the reward '\(name)' of the completion '\(completions[i].completion)' is not a finite number")
      }
      components.append(RewardScores.Component(name: name, scores: scores))
    }
    if let i = completions.indices.first(where: { i in components.allSatisfy { $0.scores[i] == nil } }) {
      let example = completions[i].example
      throw TrainingError(
        .badData,
        "\(example.source):\(example.line): no reward says anything of a completion (null): give each example a reward")
    }
    let totals = completions.indices.map { i in
      zip(weights, components).reduce(0) { $0 + $1.0 * ($1.1.scores[i] ?? 0) }
    }
    return RewardScores(totals: totals, components: components)
  }

  private static func unique(_ names: [String]) -> [String] {
    var seen: [String: Int] = [:]
    return names.map { name in
      seen[name, default: 0] += 1
      return seen[name] == 1 ? name : "\(name)_\(seen[name, default: 1])"
    }
  }
}

/// What a batch of completions earned.
public struct RewardScores: Sendable {
  /// One function’s share, before its weight: for `rewards/NAME/mean` and `rewards/NAME/std`.
  public struct Component: Sendable {
    public let name: String
    /// Nil where it says nothing of a completion.
    public let scores: [Double?]

    private var said: [Double] { scores.compactMap { $0 } }

    /// The mean of what it says; nil where it says nothing.
    public var mean: Double? { said.isEmpty ? nil : said.reduce(0, +) / Double(said.count) }

    /// The deviation with n − 1, as TRL’s `nanstd`; 0 of fewer than two.
    public var std: Double {
      let said = said
      guard said.count > 1, let mean else { return 0 }
      return (said.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(said.count - 1)).squareRoot()
    }
  }

  /// The weighted sums, one per completion.
  public let totals: [Double]
  public let components: [Component]
}
