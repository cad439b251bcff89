import Simulation
import Testing

@testable import Training

/// Another engine than the policy samples: what the trainers keep of it, log of it and save of it.
@Suite struct RolloutEngineTests {
  private static let engines = [
    "rollout_temperature=2", "rollout_top_p=0.5", "rollout_dtype=float8", "rollout_dtype=bfloat16",
    "rollout_dtype=int8",
  ]

  /// The log-probabilities of each response, in the policy and in its sampler.
  private static func logps(_ batch: Batch) -> [(old: [Double], sampling: [Double]?)] {
    switch batch.contents {
    case .groups(let groups): groups.sequences.map { ($0.oldLogp, $0.samplingLogp) }
    case .responses(let sequences): sequences.map { ($0.oldLogp, $0.samplingLogp) }
    case .baselined(let responses): responses.map { ($0.oldLogp, $0.samplingLogp) }
    default: []
    }
  }

  private static func distance(_ batches: [Batch]) throws -> (mean: Double, largest: Double) {
    var differences: [Double] = []
    for batch in batches {
      for (old, sampling) in logps(batch) {
        let sampling = try #require(sampling)
        #expect(sampling.count == old.count && sampling.allSatisfy { $0 <= 0 })
        differences += zip(old, sampling).map { ($0 - $1).magnitude }
      }
    }
    return (differences.reduce(0, +) / Double(differences.count), differences.max() ?? 0)
  }

  @Test(arguments: [Trainer.grpo, .ppo, .remax], engines)
  func theFileHasBothLogProbabilities(trainer: Trainer, engine: String) throws {
    let run = try SmallRun(trainer).train("record=1", engine)
    for line in try run.metrics() {
      let (mean, largest) = try Self.distance(run.batches(step: line.step))
      #expect(mean > 0)
      let logged = try #require(line["sampling/sampling_logp_difference/mean"])
      #expect(abs(logged - mean) < 1e-6 * max(1, mean), "step \(line.step)")
      #expect(try #require(line["sampling/sampling_logp_difference/max"]) - largest < 1e-6)
    }
  }

  @Test(arguments: [Trainer.grpo, .ppo, .remax])
  func thePolicyItselfIsNoOtherEngine(trainer: Trainer) throws {
    let run = try SmallRun(trainer).train("record=1", "rollout_temperature=1", "max_steps=1")
    let batch = try #require(run.batches(step: 1).first)
    #expect(Self.logps(batch).allSatisfy { $0.sampling == nil })
    #expect(try run.metrics()[0]["sampling/sampling_logp_difference/mean"] == nil)
  }

  /// In the first round there is no older policy; in the next ones it is as far away as the updates have moved it.
  @Test func anOldPolicySamples() throws {
    let run = try SmallRun(.grpo).train("record=1", "rollout_staleness=2", "learning_rate=0.01", "max_steps=4")
    let distances = try (1...4).map { try Self.distance(run.batches(step: $0)).mean }
    #expect(distances[0] == 0)
    #expect(distances[1] > 1e-3 && distances[2] > distances[1] && distances[3] > 1e-3)
  }

  /// What samples is what is trained, to the last bit: before the first update its ratio is 1 and its KL divergence 0.
  @Test(
    arguments: [Trainer.grpo, .ppo, .remax],
    [[], ["bf16=true"], ["use_peft=true"], ["use_peft=true", "bf16=true"], ["bf16=true", "workers=3"]])
  func theSamplerIsTheTrainer(trainer: Trainer, options: [String]) throws {
    let run = try SmallRun(trainer)
    var options = options + ["record=1", "rollout_staleness=1", "max_steps=1", "temperature=0.7"]
    if trainer == .grpo { options.append("beta=0.1") }
    _ = try TrainingSession.train(run.configuration(options), in: run.path(), resuming: false)
    #expect(try Self.distance(run.batches(step: 1)).largest == 0)
    let line = try #require(run.metrics().first)
    #expect(line["sampling/sampling_logp_difference/max"] == 0)
    #expect(line[trainer == .grpo ? "kl" : "objective/kl"] == 0)
  }

  /// What is too far from its sampler is in no denominator.
  @Test func rejectedTokensCountNowhere() throws {
    let run = try SmallRun(.grpo).train(
      "record=1", "rollout_temperature=3", "rollout_rs=token", "rollout_rs_threshold=1.2", "batch_size=4",
      "gradient_accumulation_steps=2", "max_steps=1")
    for batch in try run.batches(step: 1) {
      let all = Self.logps(batch).reduce(0) { $0 + $1.old.count }
      let kept = Self.logps(batch).reduce(0) { sum, logps in
        sum + zip(logps.old, logps.sampling ?? []).count { abs($0 - $1) <= 0.1823215567939546 }
      }
      #expect(kept < all)
      #expect(batch.stepTokens == Double(kept))
    }
  }

  @Test(arguments: [Trainer.grpo, .ppo, .remax])
  func oldPoliciesAreInCheckpoints(trainer: Trainer) throws {
    let run = try SmallRun(trainer)
    let options = ["rollout_staleness=2", "learning_rate=0.01", "save_steps=4"]
    func configuration(_ steps: Int) throws -> RunConfiguration {
      try run.configuration(options + ["max_steps=\(steps)"])
    }
    _ = try TrainingSession.train(configuration(8), in: run.path("whole"), resuming: false)
    _ = try TrainingSession.train(configuration(4), in: run.path("parts"), resuming: false)
    try run.resume("max_steps=8", in: "parts")
    #expect(try run.weights(in: "whole") == run.weights(in: "parts"))
  }

  /// TR-DPO: the reference that follows is saved, too, and moves.
  @Test func aFollowingReferenceIsInCheckpoints() throws {
    let run = try SmallRun(.dpo)
    let options = ["sync_ref_model=true", "ref_model_sync_steps=2", "learning_rate=0.01", "save_steps=3"]
    func train(_ steps: Int, _ name: String, _ options: [String]) throws {
      _ = try TrainingSession.train(
        run.configuration(options + ["max_steps=\(steps)"]), in: run.path(name), resuming: false)
    }
    try train(6, "whole", options)
    try train(3, "parts", options)
    try run.resume("max_steps=6", in: "parts")
    #expect(try run.weights(in: "whole") == run.weights(in: "parts"))
    try train(6, "frozen", ["learning_rate=0.01"])
    #expect(try run.weights(in: "whole") != run.weights(in: "frozen"))
    // Wholly the policy after every step, the reference leaves nothing of the margins.
    try train(4, "same", ["sync_ref_model=true", "ref_model_sync_steps=1", "ref_model_mixup_alpha=1"])
    for line in try run.metrics(in: "same") { #expect(abs(try #require(line["rewards/margins"])) < 1e-5) }
  }

  /// A pair's own margin takes the place of the option, in a reward model and in DPO.
  @Test(arguments: [Trainer.reward, .dpo])
  func marginsComeFromTheData(trainer: Trainer) throws {
    let run = try SmallRun(trainer)
    let lines = (0..<8).map { n in
      #"{"prompt": "\#(n)", "chosen": " yes", "rejected": " no"\#(n % 2 == 0 ? #", "margin": 0.75"# : "")}"# + "\n"
    }
    try run.folder.write(lines.joined(), "margins.jsonl")
    var configuration = try run.configuration(["record=1", "reward_margin=-0.25", "max_steps=1"])
    configuration[.dataset] = run.folder.path + "/margins.jsonl"
    _ = try TrainingSession.train(configuration, in: run.path(), resuming: false)
    let batch = try #require(run.batches(step: 1).first)
    let margins: [Double?] =
      switch batch.contents {
      case .pairs(let pairs): pairs.map { $0.margin }
      case .scoredPairs(let pairs): pairs.map { $0.margin }
      default: []
      }
    #expect(margins.count == 8 && margins.count { $0 == 0.75 } == 4 && margins.count { $0 == nil } == 4)
    let logged = try #require(run.metrics()[0]["loss"])
    #expect(abs(try #require(batch.loss()) - logged) < 1e-5)
  }

  /// WPO's weight of a pair of the policy's own is about 1: the sum of squares is that of the whole distribution.
  @Test func theSumOfSquaresIsTheDistributions() throws {
    let run = try SmallRun(.dpo).train("record=1", "use_weighting=true", "max_steps=1")
    let batch = try #require(run.batches(step: 1).first)
    guard case .pairs(let pairs) = batch.contents else { return #expect(Bool(false), "no pairs") }
    for response in pairs.flatMap({ [$0.chosen, $0.rejected] }) {
      let squares = try #require(response.logSumSquares)
      #expect(squares.count == response.tokens.count)
      // Σ p² is at most 1 and at least the square of this token's own probability.
      #expect(zip(squares, response.logp).allSatisfy { $0 <= 1e-4 && $0 >= 2 * $1 - 1e-4 })
    }
  }

  /// The weight of the entropy bonus moves by one step an update, is logged and saved.
  @Test(arguments: [Trainer.grpo, .ppo])
  func theEntropyBonusAdapts(trainer: Trainer) throws {
    let run = try SmallRun(trainer)
    let options = [
      "adap_ent_ctrl=true", "target_entropy=50", "delta_ent_coef=0.001", "entropy_coef=0.001", "save_steps=4",
    ]
    func train(_ steps: Int, _ name: String) throws {
      _ = try TrainingSession.train(
        run.configuration(options + ["max_steps=\(steps)"]), in: run.path(name), resuming: false)
    }
    try train(8, "whole")
    // Never more than max_ent_coef.
    let expected = (1...8).map { min(0.005, 0.001 * Double($0)) }
    for (line, value) in zip(try run.metrics(in: "whole"), expected) {
      #expect(abs(try #require(line["entropy_coef"]) - value) < 1e-12)
    }
    try train(4, "parts")
    try run.resume("max_steps=8", in: "parts")
    #expect(try run.weights(in: "whole") == run.weights(in: "parts"))
  }
}
