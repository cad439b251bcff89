import Objectives
public import Simulation

/// Batches of a few tokens, made from what a test is about.
public enum SmallBatch {
  /// Answers in groups, each with as many tokens as it has log-ratios.
  public static func groups(
    _ answers: [(group: Int, reward: Double, logRatios: [Double])], options: [(String, String)] = [],
    reference: Double? = nil, truncated: [Bool]? = nil, masks: [[Bool]?]? = nil, title: String = "a later step"
  ) throws -> Source {
    let sequences = answers.enumerated().map { i, answer in
      let oldLogp = answer.logRatios.indices.map { -1 - 0.1 * Double($0) }
      let logp = zip(oldLogp, answer.logRatios).map { $0 + $1 }
      return Batch.GroupBatch.Sequence(
        prompt: "p\(answer.group)", tokens: answer.logRatios.indices.map { "t\($0)" }, group: answer.group,
        reward: answer.reward, logp: logp, oldLogp: oldLogp,
        refLogp: reference.map { distance in logp.map { $0 - distance } }, isTruncated: truncated?[i],
        lossMask: masks?[i])
    }
    let count = (answers.map { $0.group }.max() ?? 0) + 1
    let groups = (0..<count).map { Batch.GroupBatch.Group(name: "g\($0)") }
    let batch = Batch(
      title: title, settings: Settings(), contents: .groups(Batch.GroupBatch(sequences: sequences, groups: groups)))
    return try source(batch, options)
  }

  /// Responses with a critic; each number is a token.
  public static func ppo(
    logRatios: [[Double]], referenceDistance: (Int, Int) -> Double = { _, _ in 0.1 }, valueStep: Double = 0.1,
    scores: [Double] = [1, -1, 0.5, -0.5], options: [(String, String)] = [], logged: [Batch.LoggedMetric] = []
  ) throws -> Source {
    let sequences = logRatios.enumerated().map { i, logRatios in
      let oldLogp = logRatios.indices.map { -1.5 - 0.1 * Double($0) }
      let oldValue = logRatios.indices.map { 0.1 * Double($0 + i) }
      return Batch.PPOSequence(
        prompt: "p", tokens: logRatios.indices.map { "t\($0)" }, logp: zip(oldLogp, logRatios).map { $0 + $1 },
        oldLogp: oldLogp, refLogp: oldLogp.enumerated().map { $1 - referenceDistance(i, $0) },
        value: oldValue.map { $0 + valueStep }, oldValue: oldValue, score: scores[i % scores.count], entropy: nil)
    }
    var batch = Batch(title: "a later step", settings: Settings(), sequences: sequences)
    batch.logged = logged
    return try source(batch, options)
  }

  /// Pairs of one token each: how much likelier than under the reference its two responses are.
  public static func pairs(
    _ pairs: [(chosen: Double, rejected: Double)], sameTokens: Bool = false, options: [(String, String)] = []
  ) throws -> Source {
    let contents = pairs.map { pair in
      Batch.Pair(
        prompt: "p", chosen: .init(tokens: ["a"], logp: [-1 + pair.chosen], refLogp: [-1]),
        rejected: .init(tokens: [sameTokens ? "a" : "b"], logp: [-2 + pair.rejected], refLogp: [-2]))
    }
    return try source(Batch(title: "pairs", settings: Settings(), contents: .pairs(contents)), options)
  }

  private static func source(_ batch: Batch, _ options: [(String, String)]) throws -> Source {
    var source = Source.batch(batch, name: "batch")
    try source.set(options.map { (name: $0.0, text: $0.1) })
    return source
  }
}
