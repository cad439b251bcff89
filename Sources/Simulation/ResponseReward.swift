/// What a response in a tiny world earns.
struct ResponseReward: Sendable {
  /// How a score is made of tokens.
  enum Score: Sendable {
    /// The sum of a value for each token.
    case sum([Double])
    /// 1 for these tokens alone, else 0.
    case only([Int])
    /// The sum of what some words in a row are worth, each time that they occur.
    case phrases([World.Liking])
  }

  /// What is averaged.
  let score: Score
  /// What learning is after, where that is another score; nil for `score` by the rules of `adjusted`.
  var paid: Score?
  /// The score that learning uses, by the rules for a length, for a missing `<eos>` and for clipping.
  var adjusted: @Sendable (_ score: Double, _ length: Int, _ hasEOS: Bool) -> Double = { score, _, _ in score }
  /// Whether those rules add something that depends on the length and the end alone.
  var addsUp = true
}

// MARK: - Token by token

extension ResponseReward.Score {
  /// Nothing is remembered where each token earns its value at once; where one answer is right, how much of it is there, or
  /// −1; of words in a row, as many tokens as the last of them might need.
  fileprivate var start: [Int] { if case .only = self { [0] } else { [] } }

  fileprivate func memory(after token: Int, _ memory: [Int]) -> [Int] {
    switch self {
    case .sum: return []
    case .only(let answer):
      let place = memory[0]
      return answer.indices.contains(place) && answer[place] == token ? [place + 1] : [-1]
    case .phrases(let likings):
      let longest = likings.reduce(0) { max($0, $1.words.count) }
      return (memory + [token]).suffix(max(0, longest - 1))
    }
  }

  /// What a token earns after what is remembered.
  fileprivate func earned(by token: Int, _ memory: [Int], isLast: Bool) -> Double {
    switch self {
    case .sum(let values): return values[token]
    case .only(let answer): return isLast && self.memory(after: token, memory)[0] == answer.count ? 1 : 0
    case .phrases(let likings):
      let words = memory + [token]
      return likings.reduce(0) { sum, liking in
        sum + (words.suffix(liking.words.count).elementsEqual(liking.words) ? liking.worth : 0)
      }
    }
  }
}

extension ResponseReward.Score {
  /// The score of a whole response.
  func value(of response: [Int]) -> Double {
    var (sum, memory) = (0.0, start)
    for (place, token) in response.enumerated() {
      sum += earned(by: token, memory, isLast: place == response.count - 1)
      memory = self.memory(after: token, memory)
    }
    return sum
  }
}

extension ResponseReward {
  /// What has to be remembered of the tokens so far.
  struct Memory: Hashable {
    var score: [Int]
    var paid: [Int] = []
    /// How often each token came, where the sum is changed as a whole.
    var counts: [Int] = []
  }

  var start: Memory {
    var memory = Memory(score: score.start, paid: paid?.start ?? [])
    if !addsUp, case .sum(let values) = score { memory.counts = values.map { _ in 0 } }
    return memory
  }

  func memory(after token: Int, _ memory: Memory) -> Memory {
    var next = Memory(
      score: score.memory(after: token, memory.score), paid: paid?.memory(after: token, memory.paid) ?? [],
      counts: memory.counts)
    if next.counts.indices.contains(token) { next.counts[token] += 1 }
    return next
  }

  /// What a token that is not the last one earns: of the score, and of what learning is after.
  func earned(by token: Int, _ memory: Memory) -> (score: Double, paid: Double) {
    guard addsUp else { return (0, 0) }
    let earned = score.earned(by: token, memory.score, isLast: false)
    return (earned, paid?.earned(by: token, memory.paid, isLast: false) ?? earned)
  }

  /// What the last token earns: what its response has not earned yet.
  func earned(byLast token: Int, _ memory: Memory, length: Int, hasEOS: Bool) -> (score: Double, paid: Double) {
    let earned = score.earned(by: token, memory.score, isLast: true)
    if let paid { return (earned, paid.earned(by: token, memory.paid, isLast: true)) }
    if addsUp { return (earned, earned + adjusted(0, length, hasEOS)) }
    let whole = total(self.memory(after: token, memory), earned)
    return (whole, adjusted(whole, length, hasEOS))
  }

  /// The whole score, where nothing was earned before the end.
  private func total(_ memory: Memory, _ last: Double) -> Double {
    guard case .sum(let values) = score else { return last }
    return zip(memory.counts, values).reduce(0) { $0 + Double($1.0) * $1.1 }
  }
}
