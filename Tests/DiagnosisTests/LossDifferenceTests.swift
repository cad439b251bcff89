import Diagnosis
import Documents
import Foundation
import Objectives
import Recording
import Simulation
import SmallBatches
import Testing

/// The difference of two losses as a sum of named causes.
@Suite struct LossDifferenceTests {
  private static func batch(_ file: String) throws -> Batch {
    let folder = try #require(Bundle.module.resourceURL).appending(path: "Field")
    return try Batch(JSONReader.read(String(contentsOf: folder.appending(path: file + ".batch.json"), encoding: .utf8)))
  }

  private static func loss(_ batch: Batch) throws -> Double {
    let trace = batch.record()
    return trace.value(try #require(trace.differentiations.first).term)
  }

  @Test func theDenominatorIsNamedWithBothNumbers() throws {
    let difference = try LossDifference(
      of: Self.batch("01-dapo-truncated-denominator/step"),
      and: Self.batch("01-dapo-truncated-denominator/step-tokens30"))
    #expect(difference.causes.map { $0.text } == ["denominator: 30 tokens, not 25"])
    #expect(abs(difference.causes[0].loss - 0.0519525) < 1e-6)
  }

  /// Under every pair of presets the parts add up to the whole, of the loss and of each gradient.
  @Test(arguments: [
    "08-equal-float-rewards/small-spread", "29-logged-metrics/grpo-kl", "31-logged-loss-tolerance/sign",
    "11-critic-stuck/step", "29-logged-metrics/dpo", "04-vllm-logprobs/with-sampling-logp",
  ])
  func partsAddUp(file: String) throws {
    let batch = try Self.batch(file)
    let presets = Preset.allCases.filter { $0.title(for: batch.algorithm) != nil }
    var count = 0
    for a in presets {
      for b in presets where b != a {
        var sources = [Source.batch(batch, name: file), .batch(batch, name: file)]
        do throws(OptionError) {
          _ = try sources[0].apply(a)
          _ = try sources[1].apply(b)
        } catch { continue }  // what the preset needs, a reference say, the batch does not have
        guard case .batch(let first, _) = sources[0], case .batch(let second, _) = sources[1] else { continue }
        let difference = try LossDifference(of: first, and: second)
        let (start, end) = (try Self.loss(first), try Self.loss(second))
        #expect(difference.first == start && difference.second == end)
        #expect(abs(difference.causes.reduce(0) { $0 + $1.loss } - (end - start)) < 1e-12)
        var sums: [String: Double] = [:]
        for cause in difference.causes { for (leaf, value) in cause.gradients { sums[leaf, default: 0] += value } }
        let (before, after) = (first.record(), second.record())
        for (leaf, sum) in sums {
          let key = try after.glossary.key(parsing: leaf)
          func gradient(_ trace: Trace) -> Double {
            trace.term(key, at: trace.beats.count - 1).flatMap { trace.gradient(of: $0, at: trace.beats.count - 1) }
              ?? 0
          }
          #expect(abs(sum - (gradient(after) - gradient(before))) < 1e-12)
        }
        count += 1
      }
    }
    #expect(count > 0)
  }

  @Test func numbersAreExchangedKindByKind() throws {
    var other = try Self.batch("29-logged-metrics/grpo")
    let first = other
    guard case .groups(var group) = other.contents else { return }
    group.sequences[0].reward = 0.5
    for n in group.sequences.indices { group.sequences[n].logp = group.sequences[n].logp.map { $0 * 1.01 } }
    other.contents = .groups(group)
    let difference = try LossDifference(of: first, and: other)
    #expect(difference.causes.map { $0.text } == ["reward of 1 of 4 responses", "logp of 4 of 4 responses"])
    #expect(abs(difference.causes.reduce(0) { $0 + $1.loss } - (difference.second - difference.first)) < 1e-12)
  }

  /// What KTO compares with may be measured in one batch and given in the other.
  @Test func aReferencePointIsACause() throws {
    func kto(point: Double?, isMeasured: Bool = false) -> Batch {
      let example = Batch.JudgedExample(
        prompt: "p", isDesirable: true, tokens: ["a", "b"], logp: [-1, -0.5], refLogp: [-1.2, -0.9],
        klLogp: isMeasured ? [-1, -1] : nil, klRefLogp: isMeasured ? [-2, -1.5] : nil)
      var batch = Batch(title: "kto", settings: Settings(), contents: .judgements([example]))
      batch.referencePoint = point
      return batch
    }
    let given = try LossDifference(of: kto(point: 0.5), and: kto(point: 1))
    #expect(given.causes.map { $0.text } == ["reference_point 1, not 0.5"])
    for (one, other) in [(nil, 0.5), (0.5, nil)] as [(Double?, Double?)] {
      let difference = try LossDifference(
        of: kto(point: one, isMeasured: one == nil), and: kto(point: other, isMeasured: other == nil))
      #expect(difference.causes.contains { $0.text.hasPrefix("reference_point") })
      #expect(abs(difference.causes.reduce(0) { $0 + $1.loss } - (difference.second - difference.first)) < 1e-12)
    }
  }

  @Test func judgementsAndScoresAreExchangedKindByKind() throws {
    func kto(_ labels: [Bool], _ mismatched: Double) -> Batch {
      let examples = labels.enumerated().map { i, label in
        Batch.JudgedExample(
          prompt: "p", isDesirable: label, tokens: ["a", "b"], logp: [-1, -0.5 - Double(i)], refLogp: [-1.2, -0.9],
          klLogp: [mismatched, -1], klRefLogp: [-2, -1.5])
      }
      return Batch(title: "kto", settings: Settings(), contents: .judgements(examples))
    }
    let judged = try LossDifference(of: kto([true, false, true], -1), and: kto([true, true, true], -1.5))
    #expect(judged.causes.map { $0.text } == ["label of 1 of 3 examples", "kl_logp of 3 of 3 examples"])
    #expect(abs(judged.causes.reduce(0) { $0 + $1.loss } - (judged.second - judged.first)) < 1e-12)

    func scores(_ shift: Double) -> Batch {
      let pairs = (0..<2).map { i in
        Batch.RewardPair(
          prompt: "p", chosen: .init(tokens: ["a"], score: 1 + Double(i)), rejected: .init(tokens: ["b"], score: shift))
      }
      return Batch(title: "scores", settings: Settings(), contents: .scoredPairs(pairs))
    }
    let scored = try LossDifference(of: scores(0), and: scores(0.5))
    #expect(scored.causes.map { $0.text } == ["score of 2 of 2 pairs"])
    // The search for a logged loss tries what other trainers have as their standard.
    var uncentred = scores(0.5)
    try uncentred.settings.set(.centerRewards, to: .number(0))
    #expect(
      scores(0.5).mistakes(giving: try Self.loss(uncentred)) == [
        "center_rewards_coefficient = 0, where the standard is 0.01"
      ])
  }

  /// Dr. GRPO divides by what its config says, or by the longest answer: both are tried.
  @Test func bothDenominatorsOfDrGRPOAreTried() throws {
    let answers = [(group: 0, reward: 1.0, logRatios: [0.3, -0.1]), (group: 0, reward: 0.0, logRatios: [0.25])]
    for (length, said) in [("2", "the same sum divided by 2 × 2 places"), ("16", "loss_type = dr_grpo,")] {
      let options = [("max_completion_length", "16")]
      guard case .batch(let batch, _) = try SmallBatch.groups(answers, options: options),
        case .batch(let other, _) = try SmallBatch.groups(
          answers, options: [("loss_type", "dr_grpo"), ("max_completion_length", length)])
      else { return }
      let mistakes = batch.mistakes(giving: try Self.loss(other))
      #expect(mistakes.contains { $0.hasPrefix(said) }, "\(length)")
    }
  }

  /// Mistakes about what is averaged are named by what they leave out, or cut apart.
  @Test func otherAveragesAreTried() throws {
    let answers = (0..<8).map { i -> (group: Int, reward: Double, logRatios: [Double]) in
      let logRatios = (0...(1 + i % 3)).map { t in 0.1 * Double(i - t) - 0.2 }
      return (group: i / 2, reward: i < 2 ? 1 : Double(i % 2), logRatios: logRatios)
    }
    guard case .batch(let batch, _) = try SmallBatch.groups(answers), case .groups(let groups) = batch.contents else {
      return
    }
    func loss(_ change: (inout Batch, inout Batch.GroupBatch) -> Void) throws -> Double {
      var (changed, changedGroups) = (batch, groups)
      change(&changed, &changedGroups)
      changed.contents = .groups(changedGroups)
      return try Self.loss(changed)
    }
    let withoutEnds = try loss { _, groups in
      for i in groups.sequences.indices {
        let count = groups.sequences[i].tokens.count
        groups.sequences[i].lossMask = (0..<count).map { $0 < count - 1 }
      }
    }
    #expect(batch.mistakes(giving: withoutEnds).contains("the same without the last token of each response"))
    let withoutFlat = try loss { batch, _ in batch.minibatch = Array(2..<8) }
    #expect(batch.mistakes(giving: withoutFlat).contains("the same without the groups whose rewards do not differ"))
    let parts = try (0..<4).map { part in try loss { batch, _ in batch.minibatch = [2 * part, 2 * part + 1] } }
    #expect(
      batch.mistakes(giving: parts.reduce(0, +) / 4).contains(
        "the mean over 4 parts of the batch, one after the other"))
  }

  /// Padded, cut and further responses are told from other ones.
  @Test func whatOtherResponsesAre() throws {
    func batch(_ ends: [Int], count: Int = 3) -> Batch {
      let rows = (0..<count).map { i in
        let tokens = (0..<(4 + ends[i])).map { "t\(i)-\($0)" }
        return Batch.SupervisedSequence(prompt: "p", tokens: tokens, logp: tokens.map { _ in -1 - Double(i) })
      }
      return Batch(title: "sft", settings: Settings(), contents: .demonstrations(rows))
    }
    func texts(_ a: Batch, _ b: Batch) throws -> [String] { try LossDifference(of: a, and: b).causes.map { $0.text } }
    #expect(try texts(batch([0, 0, 0]), batch([2, 0, 1])) == ["3 tokens more at the end of 2 of 3 responses"])
    #expect(try texts(batch([1, 1, 1]), batch([0, 0, 0])) == ["3 tokens fewer at the end of 3 of 3 responses"])
    #expect(try texts(batch([0, 0, 0]), batch([0, 0], count: 2)) == ["1 response fewer"])
    #expect(try texts(batch([1, 0, 0]), batch([0, 1, 0])) == ["other responses"])
  }

  /// A penalty that is refused before there is a reference waits for it, and nothing else does.
  @Test func whatHasToWaitWaitsAlone() throws {
    func batch(_ reference: Double?, _ options: [(String, String)]) throws -> Batch {
      let answers = [
        (group: 0, reward: 1.0, logRatios: [0.3, -0.1]), (group: 0, reward: 0.0, logRatios: [0.25, 0.1]),
      ]
      guard case .batch(let batch, _) = try SmallBatch.groups(answers, options: options, reference: reference) else {
        throw OptionError(message: "no batch")
      }
      return batch
    }
    let difference = try LossDifference(
      of: try batch(nil, [("beta", "0")]), and: try batch(0.2, [("beta", "0.1"), ("epsilon", "0.1")]))
    #expect(difference.causes.map { $0.text }.contains("epsilon 0.1, not 0.2"), "\(difference.causes.map { $0.text })")
    #expect(difference.causes.contains { $0.text.hasPrefix("beta 0.1, not 0") && !$0.text.contains(";") })
    #expect(abs(difference.causes.reduce(0) { $0 + $1.loss } - (difference.second - difference.first)) < 1e-12)
  }

  /// The same responses in another order are the same; of two with one text the numbers tell which is which.
  @Test func anotherOrderChangesNothing() throws {
    let batch = try Self.batch("08-equal-float-rewards/small-spread")
    guard case .groups(var groups) = batch.contents else { return }
    for n in groups.sequences.indices { groups.sequences[n].tokens = n < 2 ? ["same"] : ["\(n)"] }
    var (first, second) = (batch, batch)
    first.contents = .groups(groups)
    groups.sequences.reverse()
    // Numbered as they appear now.
    let order = groups.sequences.map { $0.group }.reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }
    for n in groups.sequences.indices {
      groups.sequences[n].group = order.firstIndex(of: groups.sequences[n].group) ?? 0
    }
    groups.groups = order.map { groups.groups[$0] }
    second.contents = .groups(groups)
    let same = try LossDifference(of: first, and: second)
    #expect(same.isReordered && same.causes.isEmpty, "\(same.causes.map { $0.text })")
    #expect(same.text.plain.contains("Their order differs"))
    groups.sequences[0].logp[0] -= 0.1
    second.contents = .groups(groups)
    let other = try LossDifference(of: first, and: second)
    #expect(other.causes.map { $0.text } == ["logp of 1 of \(groups.sequences.count) responses"])
  }

  @Test func batchesOfTwoAlgorithmsHaveNothingInCommon() throws {
    let pair = (try Self.batch("29-logged-metrics/dpo"), try Self.batch("29-logged-metrics/ppo"))
    #expect(throws: LossDifference.Obstacle.self) { try LossDifference(of: pair.0, and: pair.1) }
  }

  @Test func theSameBatchDiffersInNothing() throws {
    let batch = try Self.batch("29-logged-metrics/ppo")
    let difference = try LossDifference(of: batch, and: batch)
    #expect(difference.causes.isEmpty)
    #expect(difference.text.plain.contains("Nothing that has a part in the loss differs."))
  }
}
