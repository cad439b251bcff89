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
