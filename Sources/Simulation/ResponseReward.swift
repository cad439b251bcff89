/// What a response in a tiny world earns.
struct ResponseReward: Sendable {
  enum Score: Sendable {
    /// The sum of a value for each token.
    case sum([Double])
    /// 1 for these tokens alone, else 0.
    case only([Int])
  }

  let score: Score
  /// The score that learning uses, by the rules for a length, for a missing `<eos>` and for clipping.
  let adjusted: @Sendable (_ score: Double, _ length: Int, _ hasEOS: Bool) -> Double
  /// Whether those rules add something that depends on the length and the end alone.
  let addsUp: Bool
}

// MARK: - Token by token

extension ResponseReward {
  /// What has to be remembered of the tokens so far.
  ///
  /// That is nothing where each token earns its value at once; how often each token came where the sum is changed as a
  /// whole; and where one answer is right, how much of it is there, or −1.
  typealias Memory = [Int]

  var start: Memory {
    switch score {
    case .sum(let values): addsUp ? [] : values.map { _ in 0 }
    case .only: [0]
    }
  }

  func memory(after token: Int, _ memory: Memory) -> Memory {
    switch score {
    case .sum:
      var next = memory
      if !addsUp { next[token] += 1 }
      return next
    case .only(let answer):
      let place = memory[0]
      return answer.indices.contains(place) && answer[place] == token ? [place + 1] : [-1]
    }
  }

  /// What a token earns that another follows.
  func earned(by token: Int) -> Double {
    guard case .sum(let values) = score, addsUp else { return 0 }
    return values[token]
  }

  /// What the last token earns: what its response has not earned yet, as it is and as learning uses it.
  ///
  /// - Parameter memory: What is remembered after it.
  func earned(byLast token: Int, _ memory: Memory, length: Int, hasEOS: Bool) -> (score: Double, adjusted: Double) {
    switch score {
    case .sum(let values) where addsUp: (values[token], values[token] + adjusted(0, length, hasEOS))
    case .sum(let values): whole(zip(memory, values).reduce(0) { $0 + Double($1.0) * $1.1 }, length, hasEOS)
    case .only(let answer): whole(memory[0] == answer.count ? 1 : 0, length, hasEOS)
    }
  }

  private func whole(_ score: Double, _ length: Int, _ hasEOS: Bool) -> (score: Double, adjusted: Double) {
    (score, adjusted(score, length, hasEOS))
  }
}
