import Objectives

// PPO, as each implementation has it.
extension Preset {
  var proximalTitle: String {
    switch self {
    case .trl: "TRL 0.23.1, trl/trainer/ppo_trainer.py"
    case .openrlhf: "OpenRLHF 0.11.0, openrlhf/trainer/ppo_utils/experience_maker.py"
    case .verl: "verl 0.7.0, verl/trainer/ppo/core_algos.py"
    case .openai: "openai/lm-human-preferences, lm_human_preferences/train_policy.py"
    case .paper: "Schulman et al. 2017; Ouyang et al. 2022, appendix C.4, where it says nothing on language"
    }
  }

  var proximalChanges: [Change] {
    switch self {
    case .trl:
      [
        change(.klCoef, 0.05, "PPOConfig.kl_coef"),
        change(.lam, 0.95, "PPOConfig.lam"),
        change(.cliprangeValue, 0.2, "PPOConfig.cliprange_value"),
        change(.epochs, 4, "PPOConfig.num_ppo_epochs"),
        change(.minibatches, 1, "OnPolicyConfig.num_mini_batches"),
        change(.temperature, 0.7, "OnPolicyConfig.temperature"),
        change(.scorePosition, "after_last", "PPOTrainer.train, sequence_lengths_p1"),
        change(.valueAggregation, "token-mean", "PPOTrainer.train, masked_mean of vf_loss_max"),
        change(.vfCoef, 0.1, "PPOConfig.vf_coef"),
        change(.optimizer, "adamw", "transformers TrainingArguments.optim"),
        change(.maxGradNorm, nil, "PPOTrainer.train has no call that clips the gradient"),
      ]
    case .openrlhf:
      [
        change(.klCoef, 0.01, "cli/train_ppo_ray.py, --algo.kl.init_coef"),
        change(.lam, 1, "cli/train_ppo_ray.py, --algo.advantage.lambd"),
        change(.cliprangeValue, 0.5, "cli/train_ppo_ray.py, --critic.value_clip"),
        change(.valueAggregation, "token-mean", "models/loss.py, ValueLoss: token_level_loss"),
        change(.logRatioClamp, 20, "models/loss.py, PolicyLoss.forward"),
        change(.rewardClip, 10, "models/utils.py, compute_reward"),
        change(.scorePosition, "last_token", "models/utils.py, compute_reward"),
        change(.whitenDegrees, 0, "experience_maker.py, compute_advantages_and_returns"),
        change(.epochs, 1, "cli/train_ppo_ray.py, --train.max_epochs"),
        change(.optimizer, "adamw", "cli/train_ppo_ray.py, --actor.adam"),
        change(.adamBeta2, 0.95, "cli/train_ppo_ray.py, --actor.adam.betas"),
        change(.vfCoef, 1, "trainer/ray/ppo_critic.py: the critic has an optimizer of its own"),
      ]
    case .verl:
      [
        change(.klCoef, 0, "config/ppo_trainer.yaml: use_kl_in_reward and use_kl_loss are off"),
        change(.lam, 1, "config/ppo_trainer.yaml, algorithm.lam"),
        change(.cliprangeValue, 0.5, "config/critic/critic.yaml"),
        change(.dualClip, 3, "core_algos.py, compute_policy_loss_vanilla"),
        change(.logRatioClamp, 20, "core_algos.py, compute_policy_loss_vanilla"),
        change(.scorePosition, "last_token", "workers/reward_manager/naive.py"),
        change(.aggregation, "token-mean", "config/actor/actor.yaml, loss_agg_mode"),
        change(.valueAggregation, "token-mean", "config/critic/critic.yaml, loss_agg_mode: the actor's"),
        change(.epochs, 1, "config/actor/actor.yaml, ppo_epochs"),
        change(.minibatches, 4, "train_batch_size 1024 over ppo_mini_batch_size 256"),
        change(.optimizer, "adamw", "config/optim/fsdp.yaml"),
        change(.weightDecay, 0.01, "config/optim/fsdp.yaml"),
        change(.vfCoef, 1, "workers/critic/dp_critic.py: the critic has an optimizer of its own"),
      ]
    case .openai:
      [
        change(.klCoef, 0.15, "launch.py, get_experiments"),
        change(.adaptiveKL, true, "train_policy.py, AdaptiveKLController"),
        change(.klTarget, 6, "launch.py, get_experiments"),
        change(.whitenRewards, true, "train_policy.py, PPOTrainer.loss (there inside each minibatch)"),
        change(.whitenScope, "minibatch", "train_policy.py, PPOTrainer.loss"),
        change(.whitenDegrees, 0, "utils/core.py, whiten"),
        change(.scorePosition, "last_column", "train_policy.py, compute_rewards"),
        change(.missingEOS, "replace", "train_policy.py, make_score_fn.penalize"),
        change(.missingEOSPenalty, 1, "train_policy.py, penalty_reward_value"),
        change(.epochs, 4, "train_policy.py, PpoHParams.noptepochs"),
        change(.minibatches, 1, "train_policy.py, PpoHParams.nminibatches"),
        change(.temperature, 0.7, "launch.py, the books tasks"),
        change(.adamEpsilon, 1e-5, "utils/core.py, minimize"),
        change(.maxGradNorm, nil, "utils/core.py, minimize"),
      ]
    case .paper:
      [
        change(.klCoef, 0.02, "Ouyang et al. 2022, appendix C.4"),
        change(.cliprangeValue, nil, "Schulman et al. 2017, equation 9"),
        change(.vfCoef, 2, "Schulman et al. 2017, equation 9: coefficient 1 without the factor 1/2"),
        change(.whitenAdvantages, false, "Schulman et al. 2017 does not whiten"),
        change(.epochs, 1, "Ouyang et al. 2022, appendix C.4"),
        change(.maxGradNorm, nil, "Schulman et al. 2017 does not clip the gradient"),
      ]
    }
  }
}
