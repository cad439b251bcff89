import Documents
import Objectives
import Recording
import Simulation
import Testing

/// Files that hold a part of what was sampled, or of an optimizer step, as recorders of other trainers write them.
@Suite struct PartialBatchTests {
  private static func batch(_ text: String) throws -> Batch { try Batch(JSONReader.read(text)) }

  private static func value(_ quantity: Quantity, _ i: Int = -1, _ t: Int = -1, in trace: Trace) -> Double? {
    trace.value(quantity, i, t, at: trace.beats.count - 1)
  }

  private static func metric(_ metric: Metric, in trace: Trace) -> Double? {
    value(.metric, metric.rawValue, in: trace)
  }

  /// Two groups of two; the update learned from the first and the last.
  private static func grpo(_ more: String, config: String = "", first: String = #", "logp": [-1], "old_logp": [-1]"#)
    -> String
  {
    """
    {"format": "gradus.batch/1", "algorithm": "grpo", "config": {\(config)}, \(more)
     "sequences": [
      {"tokens": ["a"], "group": "g", "reward": 1\(first)},
      {"tokens": ["b", "c"], "group": "g", "reward": 0},
      {"tokens": ["b", "d", "e"], "group": "h", "reward": 3},
      {"tokens": ["c", "d"], "group": "h", "reward": 1, "logp": [-2, -1], "old_logp": [-2, -1.5]}]}
    """
  }

  @Test func whatWasNotLearnedNeedsNoLogProbabilities() throws {
    let batch = try Self.batch(Self.grpo(#""minibatch": [0, 3],"#))
    let trace = batch.record()
    // Every reward counts in its group's mean.
    #expect(Self.value(.groupMean, 1, in: trace) == 2)
    #expect(Self.value(.ratio, 3, 0, in: trace) == 1)
    #expect(Self.value(.ratio, 1, 0, in: trace) == nil)
    #expect(Self.metric(.completionMeanLength, in: trace) == 2)
    let copy = try Self.batch(batch.json)
    #expect(copy.json == batch.json)
    #expect(!batch.json.contains("[]"))
  }

  @Test func whatWasLearnedNeedsThem() {
    let error = #expect(throws: DocumentError.self) { try Self.batch(Self.grpo(#""minibatch": [0, 3],"#, first: "")) }
    #expect(error?.description == "3:3: sequences[0] needs the key 'logp'")
  }

  @Test func rewardsAloneHaveAdvantagesAndNoLoss() throws {
    let trace = try Self.batch(Self.grpo(#""minibatch": [],"#)).record()
    #expect(
      Self.value(.advantage, 0, in: trace).map { ($0 - 0.5 / (0.5.squareRoot() + 1e-4)).magnitude < 1e-12 } == true)
    #expect(Self.value(.loss, in: trace) == nil)
    #expect(trace.differentiations.isEmpty)
    #expect(Self.metric(.reward, in: trace) == 1.25)
  }

  @Test func wordsAreNotCounted() throws {
    let text = Self.grpo(#""minibatch": [], "words": true,"#)
    let batch = try Self.batch(text)
    #expect(Self.metric(.completionMeanLength, in: batch.record()) == nil)
    #expect(try Self.batch(batch.json).json == batch.json)
    let error = #expect(throws: DocumentError.self) {
      try Self.batch(text.replacing("{}", with: #"{"advantage_estimator": "reinforce_plus_plus"}"#))
    }
    #expect(
      error?.description
        == "1:61: advantage_estimator reinforce_plus_plus counts tokens, and this file has words alone")
  }

  @Test func aFractionOfTheStepsTokensDivides() throws {
    let whole = try Self.batch(Self.grpo(#""minibatch": [0, 3], "step_tokens": 2,"#)).record()
    let part = try Self.batch(Self.grpo(#""minibatch": [0, 3], "step_tokens": 2.5,"#)).record()
    let (a, b) = (try #require(Self.value(.loss, in: whole)), try #require(Self.value(.loss, in: part)))
    #expect((a / b - 1.25).magnitude < 1e-12)
  }

  // MARK: TRL 1.16

  private static let entropies = #"""
    {"format": "gradus.batch/1", "algorithm": "grpo", "config": {"loss_type": "LOSS", "entropy_coef": 1 MORE}, PART
     "sequences": [
      {"tokens": ["a", "b"], "group": "g", "reward": 1, "logp": [-1, -1], "old_logp": [-1, -1], "entropy": [3, 1]},
      {"tokens": ["a", "b"], "group": "g", "reward": 0, "logp": [-1, -1], "old_logp": [-1, -1], "entropy": [2, 0]}]}
    """#

  /// The bonus is the mean entropy of the tokens on which it acts, whatever the policy's loss is divided by.
  @Test(arguments: ["grpo", "dapo", "bnpo", "dr_grpo", "cispo"])
  func theEntropyBonusIsAMean(loss: String) throws {
    for (more, part, bonus) in [
      ("", "", 1.5), ("", #""step_tokens": 8,"#, 1.5), (#", "top_entropy_quantile": 0.5"#, "", 2.5),
    ] {
      let text = Self.entropies.replacing("LOSS", with: loss).replacing("MORE", with: more).replacing(
        "PART", with: part)
      #expect(Self.value(.entropyBonus, in: try Self.batch(text).record()) == bonus)
    }
  }

  /// Where a step's losses add up, so do its bonuses: each counts for the batch's share.
  @Test(arguments: [("dapo", 0.75), ("grpo", 1.5)])
  func theBonusOfAPartCountsAsItsShare(loss: String, bonus: Double) throws {
    let text = Self.entropies.replacing("LOSS", with: loss).replacing("MORE", with: "")
      .replacing("PART", with: #""step_share": 0.5, "step_tokens": 8,"#)
    #expect(Self.value(.entropyBonus, in: try Self.batch(text).record()) == bonus)
  }

  /// luspo sums over the response's own tokens, also where each has a ratio of its own.
  @Test func luspoSumsOverTokens() throws {
    let text = """
      {"format": "gradus.batch/1", "algorithm": "grpo", "config": {"loss_type": "luspo", "scale_rewards": "none"},
       "sequences": [
        {"tokens": ["a"], "group": "g", "reward": 2, "logp": [-1], "old_logp": [-1]},
        {"tokens": ["a", "b", "c"], "group": "g", "reward": 0, "logp": [-1, -1, -1], "old_logp": [-1, -1, -1]}]}
      """
    // (−1·1 + 3·1) / 2
    #expect(Self.value(.loss, in: try Self.batch(text).record()) == 1)
  }

  /// The sft loss needs no reference, but TRL's DPOTrainer logs rewards against it.
  @Test func supervisedPairsHaveRewards() throws {
    let text = """
      {"format": "gradus.batch/1", "algorithm": "dpo", "config": {"loss_type": "sft", "beta": 0.5},
       "pairs": [{"chosen": {"tokens": ["a"], "logp": [-1], "ref_logp": [-2]},
                  "rejected": {"tokens": ["b"], "logp": [-3], "ref_logp": [-1]}}]}
      """
    let trace = try Self.batch(text).record()
    #expect(Self.value(.loss, in: trace) == 1)
    #expect(Self.metric(.chosenRewards, in: trace) == 0.5)
    #expect(Self.metric(.rejectedRewards, in: trace) == -1)
  }

  // MARK: PPO

  private static func ppo(_ values: String, config: String) -> String {
    """
    {"format": "gradus.batch/1", "algorithm": "ppo",
     "config": {"kl_coef": 0, "gamma": 1, "lam": 1, "whiten_advantages": false\(config)},
     "sequences": [{"tokens": ["a"], "score": 2, "truncated": true, "logp": [-1], "old_logp": [-1], "ref_logp": [-1],
       \(values)}]}
    """
  }

  @Test func theScoreMayComeOneSlotAfterTheLastToken() throws {
    let values = #""value": [0.5, 0.25], "old_value": [0.5, 0.25]"#
    let trace = try Self.batch(Self.ppo(values, config: #", "score_position": "after_last""#)).record()
    #expect(Self.value(.reward, 0, 0, in: trace) == 0)
    #expect(Self.value(.reward, 0, 1, in: trace) == 2)
    #expect(Self.value(.advantage, 0, 0, in: trace) == 1.5)
    let error = #expect(throws: DocumentError.self) { try Self.batch(Self.ppo(values, config: "")) }
    #expect(error?.description == "4:39: sequences[0].old_value has 2 numbers for 1 tokens")
  }

  @Test func bothValuesHaveTheSlot() {
    let text = Self.ppo(#""value": [0.5], "old_value": [0.5, 0.25]"#, config: #", "score_position": "after_last""#)
    let error = #expect(throws: DocumentError.self) { try Self.batch(text) }
    #expect(error?.description == "4:13: sequences[0].value has 1 numbers, and old_value has 2")
  }

  /// TRL takes the penalty off before it logs the scores.
  @Test func theLoggedScoreIsThePenalisedOne() throws {
    let values = #""value": [0.5], "old_value": [0.5]"#
    let trace = try Self.batch(Self.ppo(values, config: #", "missing_eos_penalty": 1"#)).record()
    #expect(Self.metric(.scores, in: trace) == 1)
    #expect(Self.metric(.rlhfReward, in: trace) == 1)
  }
}
