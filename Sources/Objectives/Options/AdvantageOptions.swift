extension Option {
  /// From rewards to advantages: discounting, the critic, baselines, whitening.
  static let advantageOptions: [Row] = [
    Row(
      .gamma, "gamma", .number(0...1), .number(1),
      "The discount of later rewards.",
      "TRL PPOConfig; Schulman et al. 2015, GAE, equation 16"),
    Row(
      .lam, "lam", .number(0...1), .number(0.95),
      "GAE's lambda: 0 trusts the critic, 1 trusts the sampled return.",
      "TRL PPOConfig; Schulman et al. 2015, GAE, equation 16"),
    Row(
      .whitenRewards, "whiten_rewards", .flag, .flag(false),
      "Scales the rewards to variance 1, keeping their mean.",
      "TRL PPOConfig"),
    Row(
      .whitenAdvantages, "whiten_advantages", .flag, .flag(true),
      "Shifts the advantages to mean 0 and scales them to variance 1.",
      "TRL PPOTrainer, masked_whiten; openai/lm-human-preferences"),
    Row(
      .whitenScope, "whiten_scope", .choice(["batch", "minibatch"]), .choice("batch"),
      "Over what the advantages are whitened.",
      "TRL PPOTrainer (batch); CleanRL ppo.py norm_adv, openai/lm-human-preferences (minibatch)"),
    Row(
      .whitenDegrees, "whiten_ddof", .integer(0...1), .integer(1),
      "What is taken off n in the variance of whitening.",
      "TRL masked_var (1); OpenRLHF, openai/lm-human-preferences (0)"),
    Row(
      .whitenEpsilon, "whiten_eps", .choice(["variance", "deviation"]), .choice("variance"),
      "To what whitening adds 1e-8, so that it never divides by 0.",
      "TRL masked_whiten (variance); CleanRL ppo.py norm_adv (deviation)"),
    Row(
      .truncation, "truncation", .choice(["bootstrap", "terminate"]), .choice("bootstrap"),
      "What an episode that the step limit cut off was still worth: what the critic says, or nothing.",
      "Pardo et al. 2018, Time Limits in RL (bootstrap); CleanRL ppo.py (terminate)"),
    Row(
      .returnBaseline, "baseline", .choice(["none", "mean"]), .choice("none"),
      "What is taken off every return: nothing, or the batch's mean return.",
      "Williams 1992, REINFORCE, section 4"),
  ]
}
