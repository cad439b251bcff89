import Diagnosis
import Documents
import Objectives
import Recording
import Simulation
import SmallBatches
import Testing

/// Batches with something wrong in their columns, and the same without it.
@Suite struct BatchPuzzleTests {
  private typealias Answers = [(group: Int, reward: Double, logRatios: [Double])]

  private func report(_ source: Source) -> DoctorReport { DoctorReport(of: source, recorded: source.record()) }

  private func verdict(_ name: String, _ source: Source) -> Finding.Verdict? {
    report(source).findings.first { $0.name == name }?.verdict
  }

  /// The same batch with something changed.
  private func changed(_ source: Source, _ change: (inout Batch) -> Void) -> Source {
    guard case .batch(var batch, let name) = source else { return source }
    change(&batch)
    return .batch(batch, name: name)
  }

  private func changed(_ source: Source, each change: (Int, inout Batch.GroupBatch.Sequence) -> Void) -> Source {
    changed(source) { batch in
      guard case .groups(var groups) = batch.contents else { return }
      for i in groups.sequences.indices { change(i, &groups.sequences[i]) }
      batch.contents = .groups(groups)
    }
  }

  private func changed(_ source: Source, each change: (Int, inout Batch.PPOSequence) -> Void) -> Source {
    changed(source) { batch in
      guard case .responses(var sequences) = batch.contents else { return }
      for i in sequences.indices { change(i, &sequences[i]) }
      batch.contents = .responses(sequences)
    }
  }

  private func read(_ text: String) throws -> Source { .batch(try Batch(JSONReader.read(text)), name: "batch") }

  private let eight: Answers = (0..<8).map { (group: $0 / 4, reward: Double($0 % 2), logRatios: [0, 0]) }

  @Test func pairsThatAreRankedTheWrongWayRound() throws {
    func pairs(_ lead: Double, _ count: Int) throws -> Source {
      try SmallBatch.pairs([(chosen: Double, rejected: Double)](repeating: (lead, -lead), count: count))
    }
    #expect(verdict("inverted-labels", try pairs(-2, 8)) == .bug)
    #expect(verdict("chosen-falling", try pairs(-2, 8)) == nil)
    #expect(verdict("inverted-labels", try pairs(2, 8)) == nil)
    #expect(verdict("inverted-labels", try pairs(-0.01, 8)) == nil)
    #expect(verdict("inverted-labels", try pairs(-2, 7)) == nil)
    func scores(_ chosen: Double, _ rejected: Double) throws -> Source {
      let pair = """
        {"prompt": "p", "chosen": {"tokens": ["a"], "score": \(chosen)}, "rejected": {"tokens": ["b"], "score": \(rejected)}}
        """
      return try read(
        """
        {"format": "gradus.batch/1", "algorithm": "reward-model", "title": "scores", "pairs": [
          \([String](repeating: pair, count: 8).joined(separator: ","))]}
        """)
    }
    #expect(verdict("inverted-labels", try scores(-1, 1)) == .bug)
    #expect(verdict("inverted-labels", try scores(1, -1)) == nil)
    let far = report(try scores(200, -200)).findings.first { $0.name == "drifting-scores" }
    #expect(far?.title.contains("zero") == false)
    let drifted = report(try scores(101, 100)).findings.first { $0.name == "drifting-scores" }
    #expect(drifted?.title.contains("zero") == true)
  }

  /// No model ranks new pairs all rightly, so that exchanged ones are not all wrong.
  @Test func pairsOfATypicalRunThatAreExchanged() throws {
    let leads = (0..<16).map { i in i % 5 == 0 ? 0.8 : -1.2 - 0.1 * Double(i) }
    #expect(verdict("inverted-labels", try SmallBatch.pairs(leads.map { ($0, -$0) })) == .bug)
    // What is rejected has fallen, too: DPO does that.
    let falling = try SmallBatch.pairs(leads.map { ($0 - 1, -0.5) })
    #expect(verdict("inverted-labels", falling) == nil)
    #expect(verdict("chosen-falling", falling) == .caution)
  }

  /// A model that reads the prompt alone: its scores differ, and not within a pair.
  @Test func scoresOfThePrompt() throws {
    func scores(_ margin: Double) throws -> Source {
      let pairs = (0..<10).map { i in
        """
        {"prompt": "p\(i)", "chosen": {"tokens": ["a"], "score": \(Double(i) / 5 - 1)},
         "rejected": {"tokens": ["b"], "score": \(Double(i) / 5 - 1 - margin * Double(i % 3 - 1))}}
        """
      }
      return try read(
        """
        {"format": "gradus.batch/1", "algorithm": "reward-model", "title": "scores", "pairs": [\(pairs.joined(separator: ","))]}
        """)
    }
    #expect(verdict("equal-scores", try scores(0.01)) == .caution)
    #expect(verdict("equal-scores", try scores(0.5)) == nil)
  }

  /// A divergence's scores are no reward model's: all alike at the first step, and far from 0 where the policy has moved far.
  @Test(arguments: PreferenceDivergence.allCases)
  func aDivergenceIsNoRewardModel(_ divergence: PreferenceDivergence) throws {
    func batch(_ ratios: [(Double, Double)], step: Int) throws -> Source {
      changed(try SmallBatch.pairs(ratios, options: [("f_divergence_type", divergence.rawValue)])) { $0.step = step }
    }
    let first = try batch([(0, 0), (0, 0), (0, 0), (0, 0)], step: 1)
    #expect(verdict("equal-scores", first) == nil)
    let far = try batch([(-4.5, -4.7), (-4.6, -4.4), (-4.4, -4.6), (-4.7, -4.8)], step: 200)
    #expect(verdict("drifting-scores", far) == nil)
  }

  @Test func whatAMarginOfZeroMeansDependsOnTheStep() throws {
    let pairs = try SmallBatch.pairs([(0, 0), (0, 0)])
    #expect(verdict("stuck-margin", changed(pairs) { $0.step = 1 }) == nil)
    #expect(verdict("stuck-margin", changed(pairs) { $0.step = 3 }) == .caution)
    #expect(verdict("stuck-margin", changed(pairs) { $0.step = 50 }) == .bug)
  }

  @Test func pairsThatAreLearned() throws {
    #expect(verdict("saturated-pairs", try SmallBatch.pairs([(300, -300), (200, -200)])) == .caution)
    #expect(verdict("saturated-pairs", try SmallBatch.pairs([(3, -3), (200, -200)])) == nil)
  }

  @Test func aFirstStepOfJudgements() throws {
    func batch(_ reference: Double, step: Int) throws -> Source {
      try read(
        """
        {"format": "gradus.batch/1", "algorithm": "kto", "title": "kto", "step": \(step), "examples": [
          {"prompt": "p", "desirable": true, "tokens": ["a"], "logp": [-1], "ref_logp": [\(reference)]},
          {"prompt": "p", "desirable": false, "tokens": ["b"], "logp": [-2], "ref_logp": [-2]}]}
        """)
    }
    #expect(verdict("first-reference", try batch(-1.5, step: 1)) == .bug)
    #expect(verdict("first-reference", try batch(-1, step: 1)) == nil)
    #expect(verdict("first-reference", try batch(-1.5, step: 2)) == nil)
  }

  @Test func aReferenceThatIsNone() throws {
    let real = try SmallBatch.groups(eight, options: [("beta", "0.04")], reference: 0)
    let filled = changed(real, each: { (_, sequence: inout Batch.GroupBatch.Sequence) in sequence.refLogp = [0, 0] })
    #expect(verdict("placeholder-reference", filled) == .bug)
    #expect(verdict("kl-direction", filled) == nil)
    #expect(verdict("placeholder-reference", real) == nil)
  }

  @Test func paddingThatCounts() throws {
    let sampled = try SmallBatch.groups(eight.map { ($0.group, $0.reward, [0, 0, 0, 0]) })
    func padded(_ padding: [Double]) -> Source {
      changed(
        sampled,
        each: { (_, sequence: inout Batch.GroupBatch.Sequence) in
          sequence.tokens = ["a", "b"] + padding.map { _ in "<pad>" }
          sequence.logp = [-1, -1.1] + padding
          sequence.oldLogp = sequence.logp
        })
    }
    #expect(verdict("counted-padding", padded([0, 0])) == .bug)
    #expect(verdict("counted-padding", padded([-0.001, 0])) == nil)
    let masked = changed(
      padded([0, 0]),
      each: { (_, sequence: inout Batch.GroupBatch.Sequence) in
        sequence.lossMask = [true, true, false, false]
      })
    #expect(verdict("counted-padding", masked) == nil)
  }

  /// Pairs that were padded to one length: whether the loss sees it depends on what it averages.
  @Test(arguments: [("sigmoid", Finding.Verdict.caution), ("sigmoid_norm", .bug), ("simpo", .bug)])
  func paddingThatCountsInPairs(loss: String, expected: Finding.Verdict) throws {
    func response(_ words: Int, _ logp: Double, _ padding: Double, _ length: Int) -> Batch.PairResponse {
      let own = (0..<words).map { logp - 0.1 * Double($0) }
      let end = [Double](repeating: padding, count: length - words)
      return .init(
        tokens: (0..<words).map { "t\($0)" } + end.map { _ in "<pad>" }, logp: own + end,
        refLogp: own.map { $0 - 0.05 * logp } + end)
    }
    func pairs(_ padding: Double, length: (Int, Int) -> Int) throws -> Source {
      let contents = (0..<4).map { i in
        let words = (2 + i % 3, 3 + i % 2)
        return Batch.Pair(
          prompt: "p", chosen: response(words.0, -1, padding, length(i, words.0)),
          rejected: response(words.1, -2, padding, length(i, words.1)))
      }
      var source = Source.batch(Batch(title: "pairs", settings: Settings(), contents: .pairs(contents)), name: "pairs")
      try source.set([(name: "loss_type", text: loss)])
      return source
    }
    for padding in [0, -11.5] {
      let found = report(try pairs(padding) { _, _ in 8 }).findings.first { $0.name == "counted-padding" }
      #expect(found?.verdict == expected, "\(padding)")
      #expect(found?.explanation.contains("without them the loss is") == (expected == .bug))
    }
    #expect(verdict("counted-padding", try pairs(0) { $1 }) == nil)
    // Answers of one length that end in one word have numbers of their own.
    let alike = changed(try pairs(0) { _, _ in 8 }) { batch in
      guard case .pairs(var pairs) = batch.contents else { return }
      func words(_ tokens: [String]) -> [String] { tokens.map { $0 == "<pad>" ? "ha" : $0 } }
      for i in pairs.indices {
        for t in pairs[i].chosen.logp.indices { pairs[i].chosen.logp[t] -= 1e-4 * Double(1 + i + t) }
        for t in pairs[i].rejected.logp.indices { pairs[i].rejected.logp[t] -= 1e-4 * Double(2 + i + t) }
        (pairs[i].chosen.tokens, pairs[i].rejected.tokens) = (
          words(pairs[i].chosen.tokens), words(pairs[i].rejected.tokens)
        )
      }
      batch.contents = .pairs(pairs)
    }
    #expect(verdict("counted-padding", alike) == nil)
  }

  /// A demonstration's padding makes the mean loss look better than it is.
  @Test func paddingThatCountsInDemonstrations() throws {
    func batch(_ padding: String) throws -> Source {
      let rows = (0..<4).map { i in
        #"{"prompt": "p", "tokens": ["a", "b", "c\#(i)", "<pad>", "<pad>"], "logp": [-1, -0.\#(5 + i), -2, \#(padding)]}"#
      }
      return try read(
        #"{"format": "gradus.batch/1", "algorithm": "sft", "title": "sft", "sequences": [\#(rows.joined(separator: ","))]}"#
      )
    }
    let found = report(try batch("0, 0")).findings.first { $0.name == "counted-padding" }
    #expect(found?.verdict == .bug)
    #expect(verdict("counted-padding", try batch("-0.01, -0.02")) == nil)
  }

  @Test func aPolicyFarFromItsReference() throws {
    let ratios = [[Double]](repeating: [0.1, 0, -0.1, 0, 0.1], count: 4)
    func batch(_ distance: Double) throws -> Source {
      try SmallBatch.ppo(logRatios: ratios, referenceDistance: { _, _ in distance })
    }
    #expect(verdict("far-reference", try batch(3)) == .caution)
    #expect(verdict("far-reference", try batch(0.4)) == nil)
    func group(_ beta: String) throws -> Source {
      try SmallBatch.groups(eight, options: [("beta", beta)], reference: 0.5)
    }
    #expect(verdict("ruling-kl", try group("10")) == .caution)
    #expect(verdict("ruling-kl", try group("0.04")) == nil)
  }

  /// A penalty for the KL that is taken from the rewards, beside scores that are small against it.
  @Test func aPenaltyThatOutweighsTheScores() throws {
    let ratios = [[Double]](repeating: [0.1, 0, -0.1, 0, 0.1], count: 8)
    func batch(_ coefficient: String, scores: [Double] = [1, -1, 0.5, -0.5]) throws -> Source {
      try SmallBatch.ppo(
        logRatios: ratios, referenceDistance: { i, t in 0.1 + 0.05 * Double((i + t) % 4) }, scores: scores,
        options: [("kl_coef", coefficient)])
    }
    #expect(verdict("ruling-kl", try batch("10")) == .caution)
    #expect(verdict("ruling-kl", try batch("0.05")) == nil)
    #expect(verdict("ruling-kl", try batch("1")) == nil)
    #expect(verdict("ruling-kl", try batch("0.5", scores: [0.01, -0.01])) == .caution)
    // In PPO's loss it is weighed against the advantages.
    func loss(_ coefficient: String) throws -> Source {
      try SmallBatch.ppo(
        logRatios: ratios, referenceDistance: { i, t in 0.1 + 0.05 * Double((i + t) % 4) },
        options: [("kl_coef", coefficient), ("use_kl_loss", "true"), ("kl_estimator", "k2")])
    }
    #expect(verdict("ruling-kl", try loss("100")) == .caution)
    #expect(verdict("ruling-kl", try loss("0.05")) == nil)
  }

  /// What pulls is the derivative of the batch's own estimate: of k1 it is 1, however near the reference is.
  @Test(arguments: [("k1", true), ("k2", false), ("k3", false), ("k3+", false)])
  func howHardAKLPullsIsOfItsEstimator(estimator: String, isFound: Bool) throws {
    let near = try SmallBatch.groups(
      eight, options: [("beta", "10"), ("kl_estimator", estimator)], reference: 0.001)
    #expect(verdict("ruling-kl", near) == (isFound ? .caution : nil))
  }

  @Test func scoresAndValuesThatSayNothing() throws {
    let ratios = [[Double]](repeating: [0.1, 0], count: 8)
    #expect(verdict("constant-score", try SmallBatch.ppo(logRatios: ratios, scores: [1])) == .caution)
    let right = try SmallBatch.ppo(logRatios: ratios)
    #expect(verdict("constant-score", right) == nil)
    func values(_ value: Double?, plus offset: Double = 0) -> Source {
      changed(
        right,
        each: { (_, sequence: inout Batch.PPOSequence) in
          sequence.oldValue = sequence.oldValue.map { (value ?? $0) + offset }
        })
    }
    #expect(verdict("useless-critic", values(0.3)) == .caution)
    #expect(verdict("useless-critic", values(nil, plus: 100)) == .caution)
    #expect(verdict("useless-critic", values(nil)) == nil)
    // A new critic may say 0; later it is one that does not learn.
    #expect(verdict("useless-critic", values(0)) == nil)
    #expect(verdict("useless-critic", changed(values(0)) { $0.step = 20 }) == .caution)
    // Nearly one number, far from every return, when there was time to learn.
    let beside = changed(
      right,
      each: { (i, sequence: inout Batch.PPOSequence) in
        sequence.oldValue = sequence.oldValue.map { _ in -5 + 0.01 * Double(i) }
      })
    #expect(verdict("useless-critic", changed(beside) { $0.step = 100 }) == .caution)
    #expect(verdict("useless-critic", changed(beside) { $0.step = 2 }) == nil)
  }

  @Test func groupsThatWereMixedUp() throws {
    let right = changed(
      try SmallBatch.groups(eight),
      each: { (i, sequence: inout Batch.GroupBatch.Sequence) in sequence.tokens = ["a\(i)", "b"] })
    let mixed = changed(
      right, each: { (i, sequence: inout Batch.GroupBatch.Sequence) in sequence.prompt = "p\(i % 2)" })
    // Turns of a conversation are prompts of their own.
    let turns = changed(
      right, each: { (i, sequence: inout Batch.GroupBatch.Sequence) in sequence.prompt = "turn \(i)" })
    #expect(verdict("mixed-groups", mixed) == .bug)
    #expect(verdict("mixed-groups", turns) == nil)
    #expect(verdict("mixed-groups", right) == nil)
    let same = changed(right, each: { (_, sequence: inout Batch.GroupBatch.Sequence) in sequence.tokens = ["a", "b"] })
    #expect(verdict("identical-answers", same) == .bug)
    #expect(verdict("identical-answers", right) == nil)
    let uneven = try SmallBatch.groups([(0, 1, [0.1])] + eight.map { (1, $0.reward, $0.logRatios) })
    #expect(verdict("uneven-groups", uneven) == .caution)
    #expect(verdict("uneven-groups", right) == nil)
  }

  /// TRL counts the batches that PPO samples, and takes several updates on each.
  @Test func laterPartsOfTheFirstStepFollowUpdates() throws {
    let moved = try SmallBatch.ppo(logRatios: [[0.3, 0.1], [-0.2, 0.1]])
    func part(_ number: Int) -> Source {
      changed(moved) { batch in
        batch.step = 1
        batch.title = "ppo, step 1, batch \(number) of 4"
      }
    }
    #expect(verdict("early-ratio", part(1)) == .bug)
    #expect(verdict("early-ratio", part(2)) == nil)
  }

  @Test func aNegativeKLWithinItsNoise() throws {
    let ratios = [[Double]](repeating: [0.1, 0], count: 4)
    func batch(_ distances: [Double]) throws -> Source {
      try SmallBatch.ppo(logRatios: ratios, referenceDistance: { i, _ in distances[i] })
    }
    #expect(verdict("negative-kl", try batch([0.3, -0.4, 0.2, -0.2])) == .harmless)
    #expect(verdict("negative-kl", try batch([-0.3, -0.4, -0.35, -0.3])) == .caution)
  }

  @Test func aCollapsedEntropyThatIsNotRecorded() throws {
    let answers: Answers = eight.map { ($0.group, $0.reward, [Double](repeating: 0, count: 16)) }
    func batch(_ logp: Double) throws -> Source {
      changed(
        try SmallBatch.groups(answers),
        each: { (_, sequence: inout Batch.GroupBatch.Sequence) in
          sequence.logp = sequence.logp.indices.map { logp * (1 + 0.01 * Double($0)) }
          sequence.oldLogp = sequence.logp
        })
    }
    #expect(verdict("collapsed-entropy", try batch(-0.001)) == .caution)
    #expect(verdict("collapsed-entropy", try batch(-0.2)) == nil)
  }

  /// Baselines that are the samples' own scores, or of another scale.
  @Test func baselinesOfNoGreedyResponse() throws {
    func batch(_ baselines: [Double]) throws -> Source {
      let responses = baselines.enumerated().map { i, baseline in
        """
        {"prompt": "p", "tokens": ["a\(i)"], "logp": [-1.\(i)], "old_logp": [-1.\(i)], "ref_logp": [-1],
         "score": \(Double(i) / 4), "baseline_reward": \(baseline)}
        """
      }
      return try read(
        """
        {"format": "gradus.batch/1", "algorithm": "remax", "title": "r", "sequences": [\(responses.joined(separator: ","))]}
        """)
    }
    #expect(verdict("greedy-baseline", try batch([0, 0.25, 0.5, 0.75])) == .bug)
    #expect(verdict("greedy-baseline", try batch([5, 5, 5, 5])) == .caution)
    #expect(verdict("greedy-baseline", try batch([1, 1, 1, 1])) == nil)
  }

  /// MaxRL divides by the mean of a group's rewards.
  @Test func rewardsBelowZeroTurnMaxRLRound() throws {
    func batch(_ reward: Double) throws -> Source {
      let answers = (0..<4).map { (group: 0, reward: reward + Double($0) / 10, logRatios: [0.1, -0.1] as [Double]) }
      return try SmallBatch.groups(answers, options: [("advantage_estimator", "maxrl")])
    }
    #expect(verdict("turned-advantages", try batch(-1)) == .bug)
    #expect(verdict("turned-advantages", try batch(1)) == nil)
  }

  /// A column of one number is no model's, whoever's it is.
  @Test func columnsThatAreFilledUp() throws {
    let answers: Answers = eight
    func batch(_ fill: Double?) throws -> Source {
      changed(
        try SmallBatch.groups(answers),
        each: { (_, sequence: inout Batch.GroupBatch.Sequence) in
          guard let fill else { return }
          sequence.logp = sequence.logp.map { _ in fill }
          sequence.oldLogp = sequence.logp
        })
    }
    let found = report(try batch(0)).findings.first { $0.name == "placeholder-policy" }
    #expect(found?.title.hasPrefix("logp and old_logp are 0 at all") == true)
    #expect(verdict("placeholder-policy", try batch(nil)) == nil)
  }

  /// A pair's score says which response is the better one.
  @Test func pairsAgainstTheirScores() throws {
    func batch(_ chosen: Double) throws -> Source {
      try read(
        """
        {"format": "gradus.batch/1", "algorithm": "dpo", "title": "d", "pairs": [
          {"prompt": "p", "chosen": {"tokens": ["a"], "logp": [-1], "ref_logp": [-1.2], "score": \(chosen)},
           "rejected": {"tokens": ["b"], "logp": [-2], "ref_logp": [-1.9], "score": 0}}]}
        """)
    }
    #expect(verdict("inverted-labels", try batch(-1)) == .bug)
    #expect(verdict("inverted-labels", try batch(1)) == nil)
  }

  /// ReMax whitens nothing: a score that is its baseline is what leaves no gradient.
  @Test func aScoreThatIsItsBaseline() throws {
    func batch(_ score: Double) throws -> Source {
      try read(
        """
        {"format": "gradus.batch/1", "algorithm": "remax", "title": "remax", "config": {"kl_coef": 0}, "sequences": [
          {"prompt": "p", "tokens": ["a"], "logp": [-1], "old_logp": [-1], "ref_logp": [-1], "score": \(score),
            "baseline_reward": 1}]}
        """)
    }
    let found = report(try batch(1)).findings.first { $0.name == "no-gradient" }
    #expect(found?.title.contains("whitened") == false)
    #expect(found?.explanation.contains("greedy") == true)
    #expect(verdict("no-gradient", try batch(0.5)) == nil)
  }
}
