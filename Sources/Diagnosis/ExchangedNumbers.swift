import Simulation

extension Batch.Contents {
  /// The way to other contents, one kind of number after the other, where both have the same responses.
  func steps(to other: Self) -> [(text: String, contents: Batch.Contents)] {
    switch (self, other) {
    case (.groups(let a), .groups(let b)): Self.groupSteps(a, b)
    case (.responses(let a), .responses(let b)): Self.responseSteps(a, b)
    case (.pairs(let a), .pairs(let b)): Self.pairSteps(a, b)
    case (.scoredPairs(let a), .scoredPairs(let b)): Self.scoredPairSteps(a, b)
    case (.judgements(let a), .judgements(let b)): Self.judgementSteps(a, b)
    case (.baselined(let a), .baselined(let b)): Self.baselinedSteps(a, b)
    case (.distilled(let a), .distilled(let b)): Self.distilledSteps(a, b)
    case (.demonstrations(let a), .demonstrations(let b)): Self.demonstrationSteps(a, b)
    default: [(text: "other numbers", contents: other)]
    }
  }

  /// One kind of number after the other of some elements, and what the contents are then.
  private struct Exchange<Element> {
    let others: [Element]
    let noun: String
    let contents: ([Element]) -> Batch.Contents
    private(set) var now: [Element]
    private(set) var steps: [(text: String, contents: Batch.Contents)] = []

    init(_ elements: [Element], _ others: [Element], _ noun: String, contents: @escaping ([Element]) -> Batch.Contents)
    {
      (now, self.others, self.noun, self.contents) = (elements, others, noun, contents)
    }

    /// - Parameters:
    ///   - name: Which kind of number.
    ///   - take: Takes the other's number, and says whether it is another one.
    mutating func exchange(_ name: String, take: (inout Element, Element) -> Bool) {
      var changed = 0
      for n in now.indices where take(&now[n], others[n]) { changed += 1 }
      guard changed > 0 else { return }
      steps.append((text: "\(name) of \(changed) of \(now.count) \(noun)", contents: contents(now)))
    }
  }

  /// What other responses are to those at hand, where their numbers cannot be exchanged one by one.
  private static func others(_ noun: String, _ contents: Self, _ others: Self) -> String {
    let (a, b) = (contents.texts, others.texts)
    let (fewer, more) = a.count <= b.count ? (a, b) : (b, a)
    if fewer.count < more.count, zip(fewer, more).allSatisfy({ $0.tokens == $1.tokens }) {
      let count = more.count - fewer.count
      return "\(count) response\(count == 1 ? "" : "s") \(a.count < b.count ? "more" : "fewer")"
    }
    func goOn(_ a: [LearnedText], _ b: [LearnedText]) -> Bool {
      a.count == b.count && zip(a, b).allSatisfy { $1.tokens.starts(with: $0.tokens) }
    }
    let difference = zip(a, b).reduce(0) { $0 + $1.1.tokens.count - $1.0.tokens.count }
    if goOn(a, b) || goOn(b, a) {
      let touched = zip(a, b).count { $0.tokens.count != $1.tokens.count }
      return
        "\(difference.magnitude) token\(difference.magnitude == 1 ? "" : "s") \(difference > 0 ? "more" : "fewer") at the end of \(touched) of \(a.count) responses"
    }
    return "other \(noun)"
  }

  private static func groupSteps(
    _ a: Batch.GroupBatch, _ b: Batch.GroupBatch
  ) -> [(text: String, contents: Batch.Contents)] {
    guard a.sequences.map({ $0.tokenCount }) == b.sequences.map({ $0.tokenCount }) else {
      return [(text: others("responses", .groups(a), .groups(b)), contents: .groups(b))]
    }
    var base = a
    var first: [(text: String, contents: Batch.Contents)] = []
    if a.sequences.map({ $0.group }) != b.sequences.map({ $0.group }) || a.rewardNames != b.rewardNames {
      let haveOtherRewards =
        a.rewardNames != b.rewardNames
        || zip(a.sequences, b.sequences).contains { $0.reward != $1.reward || $0.rewards != $1.rewards }
      base.groups = b.groups
      base.rewardNames = b.rewardNames
      for n in base.sequences.indices {
        base.sequences[n].group = b.sequences[n].group
        base.sequences[n].rewards = b.sequences[n].rewards
        base.sequences[n].reward = b.sequences[n].reward
      }
      first.append((text: haveOtherRewards ? "groups and rewards" : "groups", contents: .groups(base)))
    }
    let frame = base
    var exchange = Exchange(base.sequences, b.sequences, "responses") { sequences in
      var batch = frame
      batch.sequences = sequences
      return .groups(batch)
    }
    exchange.exchange("reward") { mine, other in
      [take(&mine.reward, other.reward), take(&mine.rewards, other.rewards)].contains(true)
    }
    exchange.exchange("truncated") { take(&$0.isTruncated, $1.isTruncated) }
    exchange.exchange("loss_mask") { take(&$0.lossMask, $1.lossMask) }
    exchange.exchange("sampling_logp") { take(&$0.samplingLogp, $1.samplingLogp) }
    exchange.exchange("ref_logp") { take(&$0.refLogp, $1.refLogp) }
    exchange.exchange("old_logp") { take(&$0.oldLogp, $1.oldLogp) }
    exchange.exchange("logp") { take(&$0.logp, $1.logp) }
    exchange.exchange("entropy") { take(&$0.entropy, $1.entropy) }
    let haveOtherWeights = a.groups != b.groups
    return first + exchange.steps
      + (haveOtherWeights ? [(text: "the weights of the groups", contents: .groups(b))] : [])
  }

  private static func responseSteps(
    _ a: [Batch.PPOSequence], _ b: [Batch.PPOSequence]
  ) -> [(text: String, contents: Batch.Contents)] {
    guard a.map({ $0.oldLogp.count }) == b.map({ $0.oldLogp.count }) else {
      return [(text: others("responses", .responses(a), .responses(b)), contents: .responses(b))]
    }
    var exchange = Exchange(a, b, "responses") { .responses($0) }
    exchange.exchange("score") { take(&$0.score, $1.score) }
    exchange.exchange("truncated") { take(&$0.isTruncated, $1.isTruncated) }
    exchange.exchange("sampling_logp") { take(&$0.samplingLogp, $1.samplingLogp) }
    exchange.exchange("old_value") { take(&$0.oldValue, $1.oldValue) }
    exchange.exchange("ref_logp") { take(&$0.refLogp, $1.refLogp) }
    exchange.exchange("old_logp") { take(&$0.oldLogp, $1.oldLogp) }
    exchange.exchange("logp") { take(&$0.logp, $1.logp) }
    exchange.exchange("value") { take(&$0.value, $1.value) }
    exchange.exchange("entropy") { take(&$0.entropy, $1.entropy) }
    return exchange.steps
  }

  private static func pairSteps(_ a: [Batch.Pair], _ b: [Batch.Pair]) -> [(text: String, contents: Batch.Contents)] {
    let lengths: ([Batch.Pair]) -> [[Int]] = { $0.map { [$0.chosen.logp.count, $0.rejected.logp.count] } }
    var exchange = Exchange(a, b, "pairs") { .pairs($0) }
    guard a.count == b.count else { return [(text: others("pairs", .pairs(a), .pairs(b)), contents: .pairs(b))] }
    exchange.exchange("labels (chosen and rejected exchanged)") { $0.exchangeSides(ifAsIn: $1) }
    guard lengths(exchange.now) == lengths(b) else {
      return [(text: others("pairs", .pairs(a), .pairs(b)), contents: .pairs(b))]
    }
    exchange.exchange("margin") { take(&$0.margin, $1.margin) }
    exchange.exchange("log_sum_sq_probs") { mine, other in
      [
        take(&mine.chosen.logSumSquares, other.chosen.logSumSquares),
        take(&mine.rejected.logSumSquares, other.rejected.logSumSquares),
      ].contains(true)
    }
    exchange.exchange("ref_logp") { mine, other in
      [take(&mine.chosen.refLogp, other.chosen.refLogp), take(&mine.rejected.refLogp, other.rejected.refLogp)].contains(
        true)
    }
    exchange.exchange("logp") { mine, other in
      [take(&mine.chosen.logp, other.chosen.logp), take(&mine.rejected.logp, other.rejected.logp)].contains(true)
    }
    return exchange.steps
  }

  private static func scoredPairSteps(
    _ a: [Batch.RewardPair], _ b: [Batch.RewardPair]
  ) -> [(text: String, contents: Batch.Contents)] {
    guard a.count == b.count else {
      return [(text: others("pairs", .scoredPairs(a), .scoredPairs(b)), contents: .scoredPairs(b))]
    }
    var exchange = Exchange(a, b, "pairs") { .scoredPairs($0) }
    exchange.exchange("margin") { take(&$0.margin, $1.margin) }
    exchange.exchange("score") { mine, other in
      [take(&mine.chosen.score, other.chosen.score), take(&mine.rejected.score, other.rejected.score)].contains(true)
    }
    return exchange.steps
  }

  private static func judgementSteps(
    _ a: [Batch.JudgedExample], _ b: [Batch.JudgedExample]
  ) -> [(text: String, contents: Batch.Contents)] {
    let lengths: ([Batch.JudgedExample]) -> [[Int]] = { $0.map { [$0.logp.count, $0.klLogp?.count ?? -1] } }
    guard lengths(a) == lengths(b) else {
      return [(text: others("examples", .judgements(a), .judgements(b)), contents: .judgements(b))]
    }
    var exchange = Exchange(a, b, "examples") { .judgements($0) }
    exchange.exchange("label") { take(&$0.isDesirable, $1.isDesirable) }
    exchange.exchange("kl_logp") { mine, other in
      [take(&mine.klLogp, other.klLogp), take(&mine.klRefLogp, other.klRefLogp)].contains(true)
    }
    exchange.exchange("ref_logp") { take(&$0.refLogp, $1.refLogp) }
    exchange.exchange("logp") { take(&$0.logp, $1.logp) }
    return exchange.steps
  }

  private static func baselinedSteps(
    _ a: [Batch.BaselinedResponse], _ b: [Batch.BaselinedResponse]
  ) -> [(text: String, contents: Batch.Contents)] {
    guard a.map({ $0.oldLogp.count }) == b.map({ $0.oldLogp.count }) else {
      return [(text: others("responses", .baselined(a), .baselined(b)), contents: .baselined(b))]
    }
    var exchange = Exchange(a, b, "responses") { .baselined($0) }
    exchange.exchange("score") { take(&$0.score, $1.score) }
    exchange.exchange("baseline_reward") { take(&$0.baselineReward, $1.baselineReward) }
    exchange.exchange("truncated") { mine, other in
      [take(&mine.isTruncated, other.isTruncated), take(&mine.isBaselineTruncated, other.isBaselineTruncated)].contains(
        true)
    }
    exchange.exchange("sampling_logp") { take(&$0.samplingLogp, $1.samplingLogp) }
    exchange.exchange("ref_logp") { take(&$0.refLogp, $1.refLogp) }
    exchange.exchange("old_logp") { take(&$0.oldLogp, $1.oldLogp) }
    exchange.exchange("logp") { take(&$0.logp, $1.logp) }
    exchange.exchange("entropy") { take(&$0.entropy, $1.entropy) }
    return exchange.steps
  }

  private static func distilledSteps(
    _ a: [Batch.DistilledSequence], _ b: [Batch.DistilledSequence]
  ) -> [(text: String, contents: Batch.Contents)] {
    guard a.map({ $0.oldLogp.count }) == b.map({ $0.oldLogp.count }) else {
      return [(text: others("responses", .distilled(a), .distilled(b)), contents: .distilled(b))]
    }
    var exchange = Exchange(a, b, "responses") { .distilled($0) }
    exchange.exchange("teacher_logp") { take(&$0.teacherLogp, $1.teacherLogp) }
    exchange.exchange("divergence") { take(&$0.divergence, $1.divergence) }
    exchange.exchange("old_logp") { take(&$0.oldLogp, $1.oldLogp) }
    exchange.exchange("logp") { take(&$0.logp, $1.logp) }
    return exchange.steps
  }

  private static func demonstrationSteps(
    _ a: [Batch.SupervisedSequence], _ b: [Batch.SupervisedSequence]
  ) -> [(text: String, contents: Batch.Contents)] {
    guard a.map({ $0.logp.count }) == b.map({ $0.logp.count }) else {
      return [(text: others("responses", .demonstrations(a), .demonstrations(b)), contents: .demonstrations(b))]
    }
    var exchange = Exchange(a, b, "responses") { .demonstrations($0) }
    exchange.exchange("logp") { take(&$0.logp, $1.logp) }
    return exchange.steps
  }
}

extension Batch.Pair {
  /// Exchanges chosen and rejected if another pair has the same texts the other way round; whether it does.
  fileprivate mutating func exchangeSides(ifAsIn other: Batch.Pair) -> Bool {
    let (mine, theirs) = ([chosen.tokens, rejected.tokens], [other.rejected.tokens, other.chosen.tokens])
    guard mine == theirs, chosen.tokens != rejected.tokens else { return false }
    (chosen, rejected) = (rejected, chosen)
    return true
  }
}

/// Takes another value; whether it is another one.
private func take<Value: Equatable>(_ value: inout Value, _ other: Value) -> Bool {
  defer { value = other }
  return value != other
}
