import Autodiff
import Documents
import Objectives
import Recording
import Simulation
import Testing

/// Batches of supervised fine-tuning and of a reward model, against numbers worked out by hand.
@Suite struct ExampleBatchTests {
  static let supervised = """
    {"format": "gradus.batch/1", "algorithm": "sft", "title": "two answers by heart", "logged": {"entropy": 0.5},
     "sequences": [
      {"prompt": "1+1=", "tokens": ["2", "<eos>"], "logp": [-0.5, -0.125]},
      {"prompt": "1+2=", "tokens": ["3"], "logp": [-1.25]}]}
    """

  static let reward = """
    {"format": "gradus.batch/1", "algorithm": "reward-model", "config": {"center_rewards_coefficient": 0.25},
     "pairs": [
      {"prompt": "The film", "chosen": {"tokens": [" good"], "score": 0.75},
       "rejected": {"tokens": [" bad"], "score": -0.25}},
      {"prompt": "The plot", "chosen": {"tokens": [" fine"], "score": 0.125},
       "rejected": {"tokens": [" dull", "<eos>"], "score": 0.5}}]}
    """

  private func value(_ quantity: Quantity, _ i: Int = -1, _ j: Int = -1, in trace: Trace) -> Double? {
    trace.value(quantity, i, j, at: trace.beats.count - 1)
  }

  private func gradient(_ quantity: Quantity, _ i: Int, _ j: Int = -1, in trace: Trace) throws -> Double? {
    let end = trace.beats.count - 1
    return trace.gradient(of: try #require(trace.term(TermKey(quantity, i, j), at: end)), at: end)
  }

  @Test func supervisedLossIsTheMeanOverAllTokens() throws {
    let trace = try Batch(JSONReader.read(Self.supervised)).record()
    #expect(value(.loss, in: trace) == 0.625)
    #expect(value(.perplexity, in: trace) == Elementary.exp(0.625))
    let slope = try #require(try gradient(.logp, 1, 0, in: trace))
    #expect(abs(slope + 1.0 / 3) < 1e-15)
    #expect(trace.prompts == ["1+1=", "1+2="])
    #expect(trace.tokenText(0, 1, at: 0) == "<eos>")
  }

  @Test func aPartOfAStepIsDividedByTheTokensOfAllOfIt() throws {
    var batch = try Batch(JSONReader.read(Self.supervised))
    batch.stepTokens = 12
    let trace = try Batch(JSONReader.read(batch.json)).record()
    #expect(value(.loss, in: trace) == 0.15625)
    #expect(value(.perplexity, in: trace) == Elementary.exp(0.625))
    let slope = try #require(try gradient(.logp, 0, 0, in: trace))
    #expect(abs(slope + 1.0 / 12) < 1e-15)
  }

  @Test func rewardLossIsThatOfBradleyAndTerry() throws {
    let trace = try Batch(JSONReader.read(Self.reward)).record()
    func sigmoid(_ x: Double) -> Double { 1 / (1 + Elementary.exp(-x)) }
    let first = -Elementary.log(sigmoid(1)) + 0.0625
    let second = -Elementary.log(sigmoid(-0.375)) + 0.09765625
    let loss = try #require(value(.loss, in: trace))
    let expected = (first + second) / 2
    #expect(abs(loss - expected) < 1e-14)
    // ½ (∓σ(−margin) + 2 c (sum of the scores))
    let chosen = try #require(try gradient(.chosenScore, 0, in: trace))
    let chosenSlope = 0.5 * (0.25 - sigmoid(-1))
    #expect(abs(chosen - chosenSlope) < 1e-14)
    let rejected = try #require(try gradient(.rejectedScore, 1, in: trace))
    let rejectedSlope = 0.5 * (0.3125 + sigmoid(0.375))
    #expect(abs(rejected - rejectedSlope) < 1e-14)
    let metrics: [(Metric, Double)] = [
      (.accuracy, 0.5), (.margin, 0.3125), (.minReward, -0.25), (.meanReward, 0.28125), (.maxReward, 0.75),
    ]
    for (metric, expected) in metrics { #expect(value(.metric, metric.rawValue, in: trace) == expected) }
    #expect(trace.rejectedTokens == [[" bad"], [" dull", "<eos>"]])
  }

  @Test func aPairWithEqualScoresIsNotRankedCorrectly() throws {
    let equal = Self.reward.replacing("0.75}", with: "-0.25}")
    let trace = try Batch(JSONReader.read(equal)).record()
    #expect(value(.metric, Metric.margin.rawValue, in: trace) == -0.1875)
    #expect(value(.metric, Metric.accuracy.rawValue, in: trace) == 0)
  }

  @Test(arguments: [supervised, reward])
  func writingLosesNothing(text: String) throws {
    let batch = try Batch(JSONReader.read(text))
    let copy = try Batch(JSONReader.read(batch.json))
    #expect(copy.json == batch.json)
    #expect(copy.settings == batch.settings)
    #expect(copy.logged.map { $0.value } == batch.logged.map { $0.value })
    let loss = value(.loss, in: batch.record())
    #expect(value(.loss, in: copy.record()) == loss)
  }

  @Test func aResponseThatWasCutOffPaysItsPenalty() throws {
    let text = """
      {"format": "gradus.batch/1", "algorithm": "ppo",
       "config": {"missing_eos_penalty": 0.5, "kl_coef": 0, "whiten_advantages": false}, "sequences": [
        {"tokens": ["a"], "logp": [-1], "old_logp": [-1], "ref_logp": [-1], "value": [0], "old_value": [0], "score": 2,
         "truncated": true},
        {"tokens": ["a"], "logp": [-1], "old_logp": [-1], "ref_logp": [-1], "value": [0], "old_value": [0], "score": 2,
         "truncated": false}]}
      """
    let trace = try Batch(JSONReader.read(text)).record()
    #expect(value(.reward, 0, 0, in: trace) == 1.5)
    #expect(value(.reward, 1, 0, in: trace) == 2)
    #expect(value(.metric, Metric.eosTokens.rawValue, in: trace) == 1)
  }

  @Test func aTrainerGetsTheSameGradientByItsOwnObserver() throws {
    let observer = Unobserved(tape: Tape())
    let batch = try Batch(JSONReader.read(Self.supervised))
    guard case .demonstrations(let sequences) = batch.contents else {
      Issue.record("another algorithm")
      return
    }
    let update = batch.update(on: sequences, observer: observer)
    let gradient = observer.tape.gradient(of: update.loss)
    #expect(update.loss.value == 0.625)
    #expect(update.logps.map { $0.count } == [2, 1])
    for logp in update.logps.flatMap({ $0 }) { #expect(abs(gradient[logp] + 1.0 / 3) < 1e-15) }
  }
}
