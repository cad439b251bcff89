import Objectives
import Recording
import Simulation
import Testing

@testable import Training

/// What `gradus step` opens is what the trainer did.
@Suite struct RecordedBatchTests {
  private static let runs: [(Trainer, [String])] = [
    (.sft, []), (.sft, ["gradient_accumulation_steps=2", "batch_size=4"]),
    (.reward, []), (.reward, ["gradient_accumulation_steps=2", "batch_size=4"]),
    (.dpo, []), (.dpo, ["gradient_accumulation_steps=2", "batch_size=4"]), (.dpo, ["loss_type=simpo"]),
    (.kto, []), (.kto, ["gradient_accumulation_steps=2", "batch_size=4", "undesirable_weight=1.5"]),
    (.kto, ["loss_type=apo_zero_unpaired"]), (.remax, []), (.remax, ["kl_coef=0", "reward_funcs=length:target=4"]),
    (.remax, ["gradient_accumulation_steps=2", "batch_size=4", "entropy_coef=0.01"]),
    (.ppo, []), (.ppo, ["gradient_accumulation_steps=2", "batch_size=4"]),
    (.ppo, ["num_mini_batches=1", "whiten_scope=minibatch", "entropy_coef=0.01"]),
    (.dpo, ["loss_type=sigmoid,bco_pair,sft", "loss_weights=0.8,0.2,1"]), (.dpo, ["use_weighting=true"]),
    (.dpo, ["sync_ref_model=true", "ref_model_sync_steps=1"]),
    (.dpo, ["reward_margin=0.5", "gradient_accumulation_steps=2", "batch_size=4"]),
    (.ppo, ["rollout_temperature=2", "rollout_rs=token", "entropy_coef=0.01"]),
    (.ppo, ["rollout_top_p=0.5", "rollout_rs=geometric", "gradient_accumulation_steps=2", "batch_size=4"]),
    (.ppo, ["rollout_dtype=float8", "rollout_is=token"]), (.ppo, ["rollout_staleness=1", "rollout_is=sequence"]),
    (.grpo, ["rollout_temperature=2", "vllm_importance_sampling_mode=token_truncate"]),
    (.grpo, ["rollout_top_p=0.5", "rollout_rs=token", "gradient_accumulation_steps=2", "batch_size=4"]),
    (.grpo, ["rollout_staleness=2", "beta=0.1"]),
    (.remax, ["rollout_temperature=2", "rollout_is=token", "gradient_accumulation_steps=2", "batch_size=4"]),
    (.grpo, ["adap_ent_ctrl=true", "target_entropy=20", "delta_ent_coef=0.001", "num_iterations=2"]),
    (.ppo, ["adap_ent_ctrl=true", "target_entropy=20", "delta_ent_coef=0.001"]),
    (.onlineDPO, ["learning_rate=0.01"]),
    (.onlineDPO, ["learning_rate=0.01", "loss_type=ipo", "gradient_accumulation_steps=2", "batch_size=4"]),
    (
      .onlineDPO, ["learning_rate=0.01", "reward_funcs=length:target=4", "missing_eos_penalty=1", "use_weighting=true"]
    ),
    (.distillation, []), (.distillation, ["distillation_mode=sampled_token"]),
    (.distillation, ["gradient_accumulation_steps=2", "batch_size=4", "beta=0.5"]), (.distillation, ["lmbda=0"]),
    (.distillation, ["distillation_mode=topk_logits", "distillation_topk=5", "distillation_add_tail=true"]),
    (.distillation, ["teacher_model_kind=base", "teacher_model_name_or_path=none"]),
    (.distillation, ["teacher_model_kind=ema", "teacher_model_name_or_path=none", "teacher_update_rate=0.5"]),
    (.grpo, []), (.grpo, ["gradient_accumulation_steps=2", "batch_size=4", "loss_type=grpo"]),
  ]

  @Test(arguments: runs)
  func theLossOfTheFileIsTheTrainers(trainer: Trainer, options: [String]) throws {
    let run = try SmallRun(trainer)
    _ = try TrainingSession.train(run.configuration(["record=1"] + options), in: run.path(), resuming: false)
    let lines = try run.metrics()
    #expect(lines.count == 3)
    for line in lines {
      let batches = try run.batches(step: line.step)
      #expect(batches.count == (options.contains("gradient_accumulation_steps=2") ? 2 : 1))
      try Self.expectLoss(of: batches, line["loss"], step: line.step)
    }
    #expect(Set(lines.compactMap { $0["loss"] }).count == 3)
  }

  private static func expectLoss(of batches: [Batch], _ logged: Double?, step: Int) throws {
    let losses = try batches.map { try #require($0.loss()) }
    let mean = zip(losses, Batch.shares(batches)).reduce(0) { $0 + $1.0 * $1.1 }
    let logged = try #require(logged)
    #expect(abs(mean - logged) < 1e-5 * max(1, abs(logged)), "step \(step): \(losses), logged \(logged)")
  }

  /// Trainers, how many passes a step adds up, and how often a batch is learned from.
  private static let steps: [(Trainer, passes: Int, iterations: Int)] = Trainer.all.flatMap { trainer in
    [1, 2, 3].flatMap { passes in
      (trainer.repeats.isEmpty ? [1] : [1, 2]).map { (trainer, passes, $0) }
    }
  }

  @Test(arguments: steps)
  func everyNumberIsThatOfItsMoment(trainer: Trainer, passes: Int, iterations: Int) throws {
    var options = ["max_steps=4", "gradient_accumulation_steps=\(passes)", "batch_size=4", "learning_rate=0.01"]
    switch trainer {
    case .ppo: options += ["num_ppo_epochs=\(iterations)", "num_mini_batches=2", "batch_size=6"]
    case .grpo: options += ["num_iterations=\(iterations)", "beta=0.1"]
    default: break
    }
    let training = try WatchedTraining(trainer, options)
    #expect(training.records.count == 4)
    for record in training.records {
      let batches = try training.batches(step: record.step)
      #expect(batches.count == passes)
      let loss = record.metrics.first { $0.name == "loss" }?.value
      try Self.expectLoss(of: batches, loss, step: record.step)
      for batch in batches { try Self.expectMoments(of: batch, step: record.step, in: training) }
    }
  }

  /// What the policy said before the round, what it says before the step, and what the reference says.
  private static func expectMoments(of batch: Batch, step: Int, in training: WatchedTraining) throws {
    let responses = batch.responses
    guard batch.algorithm.samples else { return }
    let texts = try responses.map { try training.tokens(prompt: $0.prompt, $0.words) }
    func logps(_ step: Int) throws -> [[Double]] {
      training.model(0, try #require(training.weights[step])[0]).logps(texts)
    }
    let old = try logps(try #require(training.roundStart[step]))
    let (now, reference) = (try logps(step), try logps(1))
    let learned = batch.learned
    for (i, response) in responses.enumerated() {
      #expect(response.oldLogp == old[i], "step \(step), response \(i)")
      #expect(!batch.algorithm.has(.reference) || response.refLogp == reference[i], "step \(step), response \(i)")
      // What a step does not learn from may be unknown, and is then absent.
      if learned.contains(i) || !response.logp.isEmpty {
        #expect(response.logp == now[i], "step \(step), response \(i)")
      }
    }
    #expect(responses.flatMap(\.oldLogp).allSatisfy { $0 < 0 })
  }
}
