import Objectives
import Testing
import Transformers

@testable import Training

/// Every option that changes what a trainer does, tried for two steps.
@Suite struct TrainerOptionTests {
  private func losses(
    _ trainer: Trainer, _ options: [String], endingEarly: Bool = false
  ) throws -> [MetricsLog.Line] {
    let run = try SmallRun(trainer)
    if endingEarly { try run.endEarly() }
    _ = try TrainingSession.train(
      run.configuration(["max_steps=2", "num_completions_to_print=0"] + options), in: run.path(), resuming: false)
    let lines = try run.metrics()
    for line in lines {
      // The extremes of nothing, where every answer is masked, are no number.
      for value in line.values where !["clip_ratio/low_min", "clip_ratio/high_max"].contains(value.name) {
        #expect(value.value.isFinite, "\(value.name)")
      }
      #expect(line["loss"] != nil && line["grad_norm"] != nil)
    }
    return lines
  }

  @Test(arguments: Trainer.all) func everyTrainerCanRoundFactors(trainer: Trainer) throws {
    #expect(try differ(trainer, [], "bf16=true"))
  }

  private static let dpoLosses = PreferenceLoss.all.map { $0.name }

  /// Whether two runs, which differ in one option, logged different numbers.
  private func differ(_ trainer: Trainer, _ options: [String], _ option: String, endingEarly: Bool = false) throws
    -> Bool
  {
    func log(_ options: [String]) throws -> [MetricsLog.Line] {
      try losses(trainer, options, endingEarly: endingEarly).map { line in
        MetricsLog.Line(step: line.step, line.values.filter { !$0.name.contains("per_second") })
      }
    }
    let (standard, changed) = (try log(options), try log(options + [option]))
    #expect(changed.count == 2)
    return standard != changed
  }

  @Test(arguments: dpoLosses) func everyPreferenceLossLearns(name: String) throws {
    let lines = try losses(.dpo, ["loss_type=\(name)", "label_smoothing=0.1"])
    #expect(lines.count == 2 && lines[0]["grad_norm"] != 0)
    guard name != "sigmoid" else { return }
    #expect(try differ(.dpo, ["label_smoothing=0.1"], "loss_type=\(name)"))
  }

  private static let groupLosses = GroupLoss.all.map { $0.name }

  @Test(arguments: groupLosses) func everyGroupLossLearns(name: String) throws {
    guard name != "dapo" else { return }
    // With one batch to a step, a mean over its tokens is one over those of the step.
    let same = name == "bnpo"
    #expect(try differ(.grpo, [], "loss_type=\(name)", endingEarly: true) == !same)
  }

  @Test(arguments: ["own_group", "across_groups", "pooled", "reference", "ema"])
  func everyBaselineComparesGroupsOfUsers(name: String) throws {
    let lines = try losses(.grpo, ["advantage_baseline=\(name)"])
    #expect(lines.count == 2)
    #expect(lines.contains { line in line.values.contains { $0.name == "rewards/old/mean" } })
  }

  /// An answer that is alone is compared with something, or refused: not learned from in vain.
  @Test(
    arguments: [
      (nil, [], false), (nil, ["group_of_one=reward"], true), (nil, ["advantage_baseline=pooled"], true),
      (nil, ["advantage_baseline=across_groups"], true), (nil, ["advantage_estimator=reinforce_plus_plus"], true),
      (nil, ["advantage_estimator=opo"], true), (nil, ["advantage_estimator=maxrl"], false),
      (nil, ["advantage_estimator=reinforce_plus_plus_baseline"], true), ("old", [], true),
    ] as [(String?, [String], Bool)])
  func aLoneAnswerIsComparedOrRefused(user: String?, options: [String], learns: Bool) throws {
    let model = try LanguageModel.read(modelPath("llama-tiny"), workers: Workers(1))
    var settings = TrainingSettings(.grpo)
    for option in ["num_generations=1"] + options {
      let parts = option.split(separator: "=").map(String.init)
      try settings.set(name: parts[0], to: parts[1])
    }
    let prompts = Dataset(name: "d", kind: .prompts, examples: [Example(prompt: "It is", group: user)])
    func trainer() throws(TrainingError) -> GRPOTrainer {
      try GRPOTrainer(
        model, reference: .kept(model.model), prompts: prompts, heldOut: nil,
        rewards: RewardSum([Length(target: 4, unit: .characters)]), settings: settings)
    }
    if learns {
      _ = try trainer()
    } else {
      let error = #expect(throws: TrainingError.self) { try trainer() }
      #expect(error?.message.hasPrefix("num_generations 1: an answer that is alone has advantage 0, whatever") == true)
    }
  }

  /// What must be set for an option to matter, and the option.
  typealias Trial = (also: [String], option: String)

  @Test(
    arguments: [
      ([], "group_weights=dro"), ([], "group_weights=1,2,1"), ([], "dynamic_sampling=true"),
      ([], "soft_punish_cache=3"),
      ([], "mask_truncated_completions=true"), (["num_iterations=3"], "target_kl=0.000001"), ([], "beta=0.1"),
      ([], "temperature=0.7"), (["beta=0.1"], "kl_estimator=k2"), (["beta=0.1"], "kl_clamp=0.000001"),
      ([], "scale_rewards_epsilon=0.1"), (["loss_type=cispo", "epsilon_high=2"], "cispo_weight_min=1.5"),
      (["reward_funcs=length:target=4,exact_match"], "reward_weights=0.5,2"), ([], "top_k=5"), ([], "top_p=0.9"),
      ([], "min_p=0.3"), ([], "repetition_penalty=1.5"),
      ([], "rollout_temperature=2"), ([], "rollout_top_p=0.5"), ([], "rollout_dtype=float8"),
      ([], "rollout_staleness=1"), (["rollout_temperature=2"], "vllm_importance_sampling_mode=token_truncate"),
      (["rollout_temperature=2"], "vllm_importance_sampling_correction=false"),
    ] as [Trial])
  func optionsOfGRPO(trial: Trial) throws { #expect(try differ(.grpo, trial.also, trial.option)) }

  /// A new round for each step: the second one has moved away from the reference.
  private static let stepByStep = ["num_mini_batches=1", "num_ppo_epochs=1"]

  @Test(
    arguments: [
      (stepByStep, "adap_kl_ctrl=true"), ([], "missing_eos_penalty=1"),
      (["missing_eos_penalty=1"], "missing_eos=replace"),
      ([], "whiten_scope=minibatch"), ([], "use_kl_loss=true"), ([], "target_kl=0.000001"),
      (stepByStep, "kl_estimator=k3"),
      ([], "gradient_accumulation_steps=2"), ([], "temperature=0.7"), ([], "vf_loss_agg_mode=seq-mean-token-sum"),
      ([], "loss_agg_mode=seq-mean-token-sum-norm"),
      (["loss_agg_mode=seq-mean-token-sum-norm"], "loss_scale_factor=3"), (stepByStep, "kl_clamp=0.000001"),
      ([], "rollout_temperature=2"), (["rollout_temperature=2"], "rollout_is=token"),
    ] as [Trial])
  func optionsOfPPO(trial: Trial) throws { #expect(try differ(.ppo, trial.also, trial.option)) }

  @Test func rulesCanTakeTheRewardModelsPlace() throws {
    let run = try SmallRun(.ppo)
    var configuration = try run.configuration(["reward_funcs=length:target=4", "max_steps=2"])
    configuration[.rewardModel] = nil
    #expect(try TrainingSession.train(configuration, in: run.path(), resuming: false))
    #expect(try run.metrics().count == 2)
  }

  @Test func aMovedPolicyEndsTheRoundEarly() throws {
    let run = try SmallRun(.ppo)
    try run.train("target_kl=0.000001", "num_mini_batches=1", "num_ppo_epochs=4", "max_steps=3")
    // Each round ends after its first step, so that each step is of a new batch.
    #expect(try run.metrics().compactMap { $0["episode"] } == [8, 16, 24])
  }

  @Test(arguments: [1e-5, 1e-4, 1e-3, 1e-2])
  func howFarAPolicyMovedIsTheSameForEveryCutIntoPasses(limit: Double) throws {
    let episodes = try [1, 4].map { passes in
      let run = try SmallRun(.ppo)
      try run.train(
        "target_kl=\(limit)", "batch_size=\(8 / passes)", "gradient_accumulation_steps=\(passes)", "num_mini_batches=1",
        "num_ppo_epochs=4", "max_steps=6")
      return try run.metrics().compactMap { $0["episode"] }
    }
    #expect(episodes[0] == episodes[1])
  }

  @Test func whatCannotBeIsSaidBeforeAnythingIsTrained() throws {
    func message(_ trainer: Trainer, _ options: String...) throws -> String? {
      let run = try SmallRun(trainer)
      var configuration = try run.configuration(options)
      // Without a model one would be trained first.
      (configuration[.model], configuration[.dataset]) = (nil, nil)
      let error = #expect(throws: TrainingError.self) {
        _ = try TrainingSession.train(configuration, in: run.path(), resuming: false)
      }
      #expect(!RunFile.exists(run.path()))
      return error?.message
    }
    #expect(
      try message(.grpo, "batch_size=10", "num_generations=4")
        == "batch_size 10 is not a multiple of num_generations 4: groups must be whole")
    #expect(try message(.ppo, "kl_estimator=exact")?.hasPrefix("kl_estimator exact sums over") == true)
    #expect(try message(.grpo, "reward_funcs=exact_mach")?.contains("did you mean 'exact_match'") == true)
    #expect(try message(.ppo, "num_mini_batches=9", "batch_size=8")?.hasPrefix("num_mini_batches 9") == true)
  }
}
