import Objectives

// GRPO, as each implementation has it: looked up in November 2026.
extension Preset {
  var groupConventions: Conventions? {
    switch self {
    case .trl:
      Conventions(
        title: "TRL 1.16.0, trl/trainer/grpo_trainer.py",
        changes: [
          change(.groupLoss, "dapo", "GRPOConfig.loss_type"),
          change(.groupBeta, 0, "GRPOConfig.beta"),
          change(.biasCorrectionKL, true, "GRPOConfig.use_bias_correction_kl"),
          change(.scaleEpsilon, 1e-4, "GRPOTrainer._generate_and_score_completions"),
          change(.groupOfOne, "zero", "GRPOTrainer._generate_and_score_completions: std of one reward is 0"),
          change(.numIterations, 1, "GRPOConfig.num_iterations"),
          change(.minibatches, 1, "GRPOConfig.steps_per_generation"),
          change(.samplerCorrection, true, "GRPOConfig.vllm_importance_sampling_correction"),
          change(.samplerMode, "sequence_mask", "GRPOConfig.vllm_importance_sampling_mode"),
          change(.samplerMaximum, 3, "GRPOConfig.vllm_importance_sampling_clip_max"),
          change(.optimizer, "adamw", "transformers TrainingArguments.optim"),
        ])
    case .verl:
      Conventions(
        title: "verl 0.7.0, verl/trainer/ppo/core_algos.py",
        changes: [
          change(.groupLoss, "dapo", "config/actor/actor.yaml, loss_agg_mode token-mean"),
          change(.groupBeta, 0, "config/actor/actor.yaml, use_kl_loss is off"),
          change(.biasCorrectionKL, false, "core_algos.py has none"),
          change(.klLogRatioClamp, 20, "core_algos.py, kl_penalty_forward"),
          change(.klClamp, 10, "core_algos.py, kl_penalty_forward"),
          change(.delta, 3, "config/actor/actor.yaml, clip_ratio_c: the same bound where the advantage is negative"),
          change(.cispoMinimum, 0.8, "core_algos.py, compute_policy_loss_cispo: 1 - clip_ratio_low"),
          change(.scaleEpsilon, 1e-6, "core_algos.py, compute_grpo_outcome_advantage"),
          change(.groupOfOne, "reward", "core_algos.py, compute_grpo_outcome_advantage: mean 0, deviation 1"),
          change(.numIterations, 1, "config/actor/actor.yaml, ppo_epochs"),
          change(.minibatches, 4, "train_batch_size 1024 over ppo_mini_batch_size 256"),
          change(.samplerCorrection, false, "config/algorithm/rollout_correction.yaml, rollout_is is off"),
          change(.optimizer, "adamw", "config/optim/fsdp.yaml"),
          change(.weightDecay, 0.01, "config/optim/fsdp.yaml"),
        ])
    case .openrlhf:
      Conventions(
        title: "OpenRLHF 0.11.0, openrlhf/trainer/ppo_utils/experience_maker.py",
        changes: [
          change(.groupLoss, "dapo", "models/loss.py, PolicyLoss: token_level_loss"),
          change(.groupBeta, 0, "cli/train_ppo_ray.py, --algo.kl.use_loss is off: the KL is taken from the rewards"),
          change(.biasCorrectionKL, false, "models/loss.py has none"),
          change(.klClamp, 10, "models/utils.py, compute_approx_kl"),
          change(.scaleEpsilon, 1e-9, "experience_maker.py, compute_advantages_and_returns"),
          change(.numIterations, 1, "cli/train_ppo_ray.py, --train.max_epochs"),
          change(.samplerCorrection, false, "models/loss.py, enable_vllm_is_correction is off"),
          change(.optimizer, "adamw", "cli/train_ppo_ray.py, --actor.adam"),
          change(.adamBeta2, 0.95, "cli/train_ppo_ray.py, --actor.adam.betas"),
        ])
    case .paper:
      Conventions(
        title: "Shao et al. 2024, DeepSeekMath, section 4",
        changes: [
          change(.groupLoss, "grpo", "equation 3: the mean over answers of the mean over tokens"),
          change(.groupBeta, 0.04, "section 4.2"),
          change(.biasCorrectionKL, false, "equation 4"),
          change(.scaleEpsilon, 1e-30, "section 4.1.2 adds nothing to the deviation"),
          change(.numIterations, 1, "section 4.2: one update for each sampling"),
        ])
    case .openai: nil
    }
  }

  /// DPO: implementations differ in how strong the loss is, and in what IPO's sums are of.
  var pairConventions: Conventions? {
    switch self {
    case .trl:
      Conventions(
        title: "TRL 1.16.0, trl/trainer/dpo_config.py",
        changes: [
          change(.preferenceBeta, 0.1, "DPOConfig.beta"),
          change(.ipoAverage, "mean", "DPOTrainer._compute_loss divides by the number of tokens"),
          change(.simpoGamma, 0.5, "experimental/cpo/cpo_config.py, CPOConfig.simpo_gamma"),
          change(.referenceMixup, 0.6, "DPOConfig.ref_model_mixup_alpha"),
          change(.trainEpochs, 1, "DPOConfig.num_train_epochs"),
          change(.optimizer, "adamw", "transformers TrainingArguments.optim"),
        ])
    case .openrlhf:
      Conventions(
        title: "OpenRLHF 0.11.0, openrlhf/models/loss.py",
        changes: [
          change(.preferenceBeta, 0.1, "cli/train_dpo.py, --beta"),
          change(.ipoAverage, "sum", "DPOLoss.forward, of the summed log-probabilities"),
          change(.trainEpochs, 1, "cli/train_dpo.py, --max_epochs"),
          change(.optimizer, "adamw", "cli/train_dpo.py"),
          change(.adamBeta2, 0.95, "cli/train_dpo.py, --adam_betas"),
        ])
    case .paper:
      Conventions(
        title: "Rafailov et al. 2023, DPO, appendix B",
        changes: [
          change(.preferenceBeta, 0.1, "appendix B")
        ])
    case .verl, .openai: nil
    }
  }

  /// Online DPO: one step for each batch, and whole responses in IPO.
  var onlinePairConventions: Conventions? {
    guard self == .trl else { return nil }
    return Conventions(
      title: "TRL 1.16.0, trl/experimental/online_dpo",
      changes: [
        change(.preferenceBeta, 0.1, "OnlineDPOConfig.beta"),
        change(.ipoAverage, "sum", "OnlineDPOTrainer.training_step, of the summed log-probabilities"),
        change(.missingEOSPenalty, nil, "OnlineDPOConfig.missing_eos_penalty"),
        change(.epochs, 1, "OnlineDPOTrainer.training_step samples for each step"),
        change(.minibatches, 1, "OnlineDPOTrainer.training_step samples for each step"),
        change(.optimizer, "adamw", "transformers TrainingArguments.optim"),
      ])
  }
}
