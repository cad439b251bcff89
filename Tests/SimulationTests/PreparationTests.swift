import Autodiff
import Objectives
import Recording
import Testing

@testable import Simulation

/// Supervised fine-tuning and the reward model as sources of their own.
@Suite struct PreparationTests {
  static func scenario(_ name: String, _ options: [(String, String)] = [], seed: UInt64 = 7) throws -> Scenario {
    try DPOSimulationTests.scenario(name, options, seed: seed)
  }

  /// What `ppo` learns in passing is bit for bit what these scenarios show step by step.
  @Test func theyEndWhereTheirSummariesEnd() throws {
    let whole = try Self.scenario("ppo").record()
    let reference = try Self.scenario("sft").record()
    let scores = try Self.scenario("reward-model").record()
    for a in 0..<7 {
      for b in 0..<8 {
        let summary = whole.value(.referenceLogit, a, b, at: whole.beats.count - 1)
        #expect(summary == reference.value(.policyLogit, a, b, at: reference.beats.count - 1))
      }
    }
    for token in 0..<8 {
      let summary = whole.value(.rewardWeight, token, at: whole.beats.count - 1)
      #expect(summary == scores.value(.rewardWeight, token, at: scores.beats.count - 1))
    }
  }

  @Test(
    arguments: ["sft", "reward-model"],
    [[], [("optim", "adam"), ("learning_rate", "0.2"), ("batch_size", "3")], [("max_grad_norm", "0.1")]]
      as [[(String, String)]])
  func everyParametersGradientIsACentralDifference(name: String, options: [(String, String)]) throws {
    for seed in UInt64(1)..<3 {
      let trace = try Self.scenario(name, options + [("num_train_epochs", "3")], seed: seed).record()
      var checked = 0
      for update in trace.differentiations {
        let beat = trace.terms[update.term].beat
        for a in 0..<8 {
          for b in name == "sft" ? 0..<8 : -1..<0 {
            let quantity: Quantity = name == "sft" ? .policyLogit : .rewardWeight
            guard let term = trace.term(TermKey(quantity, a, b), at: beat) else { continue }
            let gradient = update.gradient[trace.scalar(term)]
            let check = trace.finiteDifference(of: update.term, by: term)
            #expect(abs(gradient - check.derivative) <= 1e-6 * max(abs(gradient), 1e-3), "\(trace.text(term))")
            checked += 1
          }
        }
      }
      #expect(checked >= (name == "sft" ? 3 * 56 : 3 * 8))
    }
  }

  /// Maximum likelihood moves the probabilities to the demonstrations' frequencies and no further.
  @Test func supervisedLearningApproachesTheFrequencies() throws {
    let trace = try Self.scenario("sft", [("num_train_epochs", "60")]).record()
    let perplexity = DPOSimulationTests.series(.perplexity, in: trace)
    let best = Elementary.exp(try #require(DPOSimulationTests.series(.optimumLoss, in: trace).first))
    #expect(abs(perplexity[0] - 8) < 1e-12)
    for (earlier, later) in zip(perplexity, perplexity.dropFirst()) { #expect(later < earlier && later > best) }
    #expect(perplexity[perplexity.count - 1] < best * 1.02)
    // Of ten reviews' next words after "was", three are "very", two "great" or "awful" less one.
    #expect(abs(try #require(trace.value(.probabilityAfter, 2, 3, at: trace.beats.count - 1)) - 0.25) < 0.01)
  }

  @Test func theRewardModelLearnsToRankAndStaysCentred() throws {
    let trace = try Self.scenario("reward-model").record()
    #expect(DPOSimulationTests.series(.pairAccuracy, in: trace).first == 0)
    #expect(DPOSimulationTests.series(.pairAccuracy, in: trace).last == 1)
    #expect(abs(DPOSimulationTests.series(.loss, in: trace)[0] - Elementary.log(2)) < 1e-15)
    func drift(_ coefficient: String) throws -> Double {
      let trace = try Self.scenario("reward-model", [("center_rewards_coefficient", coefficient)]).record()
      let last = trace.beats.count - 1
      return try (0..<8).reduce(0) { total, i in
        let chosen = try #require(trace.value(.chosenScore, i, at: last))
        let sum = try chosen + #require(trace.value(.rejectedScore, i, at: last))
        return total + sum * sum
      }
    }
    #expect(try drift("0.05") < drift("0.01"))
    #expect(try drift("0.01") < drift("0"))
  }
}
