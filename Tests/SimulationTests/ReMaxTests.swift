import Autodiff
import Documents
import Objectives
import Recording
import Testing

@testable import Simulation

/// ReMax's advantages and loss against numbers by hand, and against itself elsewhere.
@Suite struct ReMaxTests {
  static func text(_ config: String = "", first: String = #""baseline_reward": 0.25, "#) -> String {
    """
    {"format": "gradus.batch/1", "algorithm": "remax", "config": {"kl_coef": 0.5, "loss_agg_mode": "seq-mean-token-sum"\(config)},
     "sequences": [
      {"prompt": "p", "tokens": ["a", "b"], "score": 1, \(first)"truncated": false, "baseline_truncated": true,
       "logp": [-0.5, -0.25], "old_logp": [-0.5, -0.25], "ref_logp": [-1, -0.5], "entropy": [0.5, 1]},
      {"prompt": "q", "tokens": ["a"], "score": -2, "baseline_reward": 0.5, "truncated": true, "baseline_truncated": false,
       "logp": [-1.5], "old_logp": [-1.5], "ref_logp": [-0.75], "entropy": [2]}]}
    """
  }

  /// A batch's options, its advantages and its loss.
  ///
  /// The rewards are `-0.5 · 0.5` and `1 - 0.5 · 0.25` of the first response, `-2 + 0.5 · 0.75` of the second.
  private static let cases: [(config: String, advantages: [Double], loss: Double)] = [
    ("", [0.375, 0.625, -2.125], -(0.375 * -0.5 + 0.625 * -0.25 + -2.125 * -1.5) / 2),
    (#", "gamma": 0.5"#, [-0.0625, 0.625, -2.125], -(-0.0625 * -0.5 + 0.625 * -0.25 + -2.125 * -1.5) / 2),
    (
      #", "entropy_coef": 0.5"#, [0.375, 0.625, -2.125],
      -(0.375 * -0.5 + 0.625 * -0.25 + -2.125 * -1.5) / 2 - 0.5 * (1.5 + 2) / 2
    ),
    // A response without an end pays 1, the greedy one of the first prompt too.
    (#", "missing_eos_penalty": 1"#, [1.375, 1.625, -3.125], -(1.375 * -0.5 + 1.625 * -0.25 + -3.125 * -1.5) / 2),
    // Scores and baselines are kept within ±0.4.
    (
      #", "reward_clip_range": 0.4"#, [-0.375 + 0.4 - 0.25, -0.125 + 0.4 - 0.25, 0.375 - 0.4 - 0.4],
      -((-0.225) * -0.5 + 0.025 * -0.25 + (-0.425) * -1.5) / 2
    ),
  ]

  private func value(_ quantity: Quantity, _ i: Int = -1, _ t: Int = -1, in trace: Trace) -> Double? {
    trace.value(quantity, i, t, at: trace.beats.count - 1)
  }

  @Test(arguments: cases.indices)
  func advantagesAndLossAreThoseByHand(number: Int) throws {
    let (config, advantages, loss) = Self.cases[number]
    let trace = try Batch(JSONReader.read(Self.text(config))).record()
    for (place, expected) in zip([(0, 0), (0, 1), (1, 0)], advantages) {
      #expect(abs(try #require(value(.advantage, place.0, place.1, in: trace)) - expected) < 1e-12)
    }
    #expect(abs(try #require(value(.loss, in: trace)) - loss) < 1e-12)
    #expect(value(.metric, Metric.baselines.rawValue, in: trace) == (number < 3 ? 0.375 : number == 3 ? -0.125 : 0.325))
  }

  @Test func gradientsAreDifferencesAndPassNoBaseline() throws {
    let trace = try Batch(JSONReader.read(Self.text(#", "entropy_coef": 0.5"#))).record()
    let end = trace.beats.count - 1
    let loss = try #require(trace.term(TermKey(.loss), at: end))
    var checked = 0
    for term in trace.terms.indices {
      switch trace.quantity(of: term) {
      case .logp:
        let gradient = try #require(trace.gradient(of: term, at: end))
        #expect(abs(gradient - trace.finiteDifference(of: loss, by: term).derivative) < 1e-8)
        checked += 1
      case .baselineReward, .oldLogp, .score: #expect(trace.gradient(of: term, at: end) ?? 0 == 0)
      default: break
      }
    }
    #expect(checked == 3)
  }

  @Test func writingLosesNothing() throws {
    let batch = try Batch(JSONReader.read(Self.text()))
    let copy = try Batch(JSONReader.read(batch.json))
    #expect(copy.json == batch.json)
    #expect(value(.loss, in: copy.record()) == value(.loss, in: batch.record()))
  }

  @Test(arguments: [
    (
      text(first: ""),
      "sequences[0] needs the key 'baseline_reward': what the greedy response to the same prompt earned (verl's "
        + "reward_baselines)"
    ),
    (
      text().replacing(#""ref_logp": [-0.75], "#, with: ""),
      "kl_coef needs the key 'ref_logp' in every sequence; 0 does without a reference"
    ),
    (
      text(#", "missing_eos_penalty": 1"#).replacing(#", "baseline_truncated": false"#, with: ""),
      "missing_eos_penalty needs the keys 'truncated' and 'baseline_truncated' in every sequence"
    ),
    (
      text(#", "entropy_coef": 1"#).replacing(#", "entropy": [2]"#, with: ""),
      "entropy_coef needs the key 'entropy' in every sequence"
    ),
  ])
  func whatIsMissingIsSaid(text: String, message: String) {
    let error = #expect(throws: DocumentError.self) { try Batch(JSONReader.read(text)) }
    #expect(error?.message == message)
  }

  private static func scenario(_ options: [(String, String)] = []) throws -> Scenario {
    try DPOSimulationTests.scenario("remax", options)
  }

  @Test func theGreedyResponseIsOfTheLikeliestTokens() throws {
    let trace = try Self.scenario().record()
    var checked = 0
    for term in trace.terms.indices where trace.quantity(of: term) == .greedyLogp {
      let key = trace.terms[term].key
      // No token that was sampled in the same state is likelier.
      let beat = trace.terms[term].beat
      for i in 0..<6 where key.j == 0 && trace.prompts[i] == trace.prompts[key.i] {
        let sampled = try #require(trace.value(.oldLogp, i, 0, at: beat))
        #expect(sampled <= trace.value(term))
        checked += 1
      }
    }
    #expect(checked >= 6)
  }

  /// Every batch of the simulation, written down as a trainer would, has the same loss when it is replayed.
  @Test(arguments: [
    [], [("missing_eos_penalty", "1"), ("response_length", "2")], [("kl_coef", "0"), ("gamma", "0.9")],
  ])
  func aReplayedStepHasTheSameLoss(options: [(String, String)]) throws {
    let scenario = try Self.scenario(options)
    let trace = scenario.record()
    var checked = 0
    for update in trace.differentiations where trace.quantity(of: update.term) == .loss {
      let beat = trace.terms[update.term].beat
      func row(_ quantity: Quantity, _ i: Int) -> [Double] { trace.row(quantity, i, ofIterationAt: beat) }
      let responses = try trace.prompts.indices.map { i in
        let (logp, greedy) = (row(.logp, i), trace.greedyTokens(i, at: beat))
        let last = try #require(row(.token, i).last)
        return Batch.BaselinedResponse(
          prompt: trace.prompts[i], tokens: logp.map { _ in "x" }, logp: logp, oldLogp: row(.oldLogp, i),
          refLogp: row(.refLogp, i).isEmpty ? nil : row(.refLogp, i),
          score: try #require(value(.score, i, in: trace, at: beat)),
          baselineReward: try #require(value(.baselineReward, i, in: trace, at: beat)),
          isTruncated: Int(last) != scenario.world.eos, isBaselineTruncated: greedy.last != "<eos>")
      }
      let batch = Batch(title: "", settings: scenario.settings, contents: .baselined(responses))
      let replayed = try #require(value(.loss, in: batch.record()))
      #expect(abs(replayed - trace.value(update.term)) < 1e-12)
      checked += 1
    }
    #expect(checked >= 2)
  }

  private func value(_ quantity: Quantity, _ i: Int, in trace: Trace, at beat: Int) -> Double? {
    trace.value(quantity, i, at: beat)
  }

  /// A baseline that no sample changes leaves the expected gradient as it is.
  @Test func theMeanOfTheSampledGradientIsTheExactOne() throws {
    let trace = try Self.scenario([("batch_size", "256"), ("num_total_batches", "1")]).record()
    let cosine = try #require(trace.terms.indices.first { trace.quantity(of: $0) == .gradientCosine })
    #expect(trace.value(cosine) > 0.9)
  }

  @Test func learningRaisesTheObjective() throws {
    let series = DPOSimulationTests.series(
      .exactObjective, in: try Self.scenario([("num_total_batches", "10")]).record())
    #expect(try #require(series.last) > series[0] + 0.1)
  }
}
