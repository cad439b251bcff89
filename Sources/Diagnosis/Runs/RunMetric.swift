/// What a curve of a run is about, whatever its trainer calls it.
///
/// To teach the doctor another trainer's name, add it to the metric's row.
enum RunMetric: Int, CaseIterable, Sendable {
  case loss, policyLoss, valueLoss, evalLoss, gradNorm, learningRate
  case reward, rewardSpread, evalReward, judged
  case meanScore, accuracy, evalAccuracy, margin, evalMargin, chosenLogp, evalChosenLogp
  case kl, penalty, klCoefficient, teacherKL, approxKL, entropy, clipShare, deadGroups, length, truncated, ended
  case toolCalls, turns
  case samplerDifference, samplerProbability, samplerKL, samplerRatio, explainedVariance, valueClipShare, progress

  /// What it is called in a sentence.
  var title: String { row.title }
  /// The names under which trainers log it, the first being what Gradus and TRL use; without `train/`, and with `eval_` for `eval/`.
  var names: [String] { row.names }
  /// Beginnings and ends of names that have a data set's name in the middle.
  var patterns: [(start: String, end: String)] { row.patterns }

  private typealias Row = (title: String, names: [String], patterns: [(start: String, end: String)])

  private var row: Row {
    switch self {
    case .loss: ("the loss", ["loss", "actor/loss", "gpt_loss", "preference_loss", "loss_mean"], [])
    case .policyLoss:
      ("the policy's loss", ["policy_loss", "loss/policy_avg", "actor/pg_loss", "act_loss", "actor_loss"], [])
    case .valueLoss:
      ("the critic's loss", ["loss/value_avg", "critic/vf_loss", "critic_loss", "cri_loss", "value_loss"], [])
    case .evalLoss:
      ("the held-out loss", ["eval_loss", "val/loss", "val_loss", "valid_loss", "test_loss", "eval_eval_loss"], [])
    case .gradNorm:
      (
        "the gradient's norm",
        ["grad_norm", "actor/grad_norm", "actor_grad_norm", "policy_grad_norm", "gradient_norm"], []
      )
    case .learningRate:
      ("the learning rate", ["learning_rate", "lr", "actor/lr", "actor_lr", "act_lr", "lr-AdamW"], [])
    case .reward:
      (
        "the reward",
        [
          "reward", "objective/scores", "critic/score/mean", "critic/rewards/mean", "rewards/mean", "reward_mean",
          "reward/mean", "env/reward_mean", "objective/rlhf_reward", "env/reward/total",
        ], []
      )
    case .rewardSpread:
      ("the rewards' spread", ["reward_std", "group_reward_std", "critic/score/std", "reward/std", "rewards/std"], [])
    case .evalReward:
      (
        "the held-out reward",
        ["eval_reward", "eval_objective/scores", "val/reward", "test_score", "eval_reward_mean"],
        [
          ("val-core/", "reward/mean@1"), ("val/test_score/", ""), ("val-core/", "/mean@1"), ("val-core/", ""),
          ("val-aux/", "reward/mean@1"), ("eval_", "_pass1"),
        ]
      )
    case .judged:
      (
        "the judged score",
        ["eval_gold", "gold", "judge_score", "eval_judge", "eval_win_rate", "win_rate", "true_reward"], []
      )
    case .meanScore: ("the mean score", ["mean_reward"], [])
    case .accuracy: ("the accuracy", ["rewards/accuracies", "accuracy", "acc_mean", "acc", "mean_token_accuracy"], [])
    case .evalAccuracy:
      ("the held-out accuracy", ["eval_rewards/accuracies", "eval_accuracy", "eval_acc_mean", "eval_acc"], [])
    case .margin: ("the margin", ["rewards/margins", "margin", "reward_margin"], [])
    case .evalMargin: ("the held-out margin", ["eval_rewards/margins", "eval_margin"], [])
    case .chosenLogp: ("the log-probability of what is chosen", ["logps/chosen"], [])
    case .evalChosenLogp: ("the log-probability of what is chosen, held out", ["eval_logps/chosen"], [])
    case .kl:
      (
        "the KL from the reference",
        [
          "kl", "objective/kl", "actor/kl_loss", "actor/reward_kl_penalty", "critic/kl", "kl_loss", "kl/mean", "ref_kl",
        ], []
      )
    case .penalty: ("what the KL takes from the reward", ["objective/non_score_reward"], [])
    case .klCoefficient:
      (
        "the KL's coefficient",
        ["kl_coef", "objective/kl_coef", "actor/reward_kl_penalty_coeff", "actor/kl_coef", "critic/kl_coeff"], []
      )
    case .teacherKL: ("the KL from the teacher", ["teacher_kl"], [])
    case .approxKL:
      (
        "the KL of a step",
        ["policy/approxkl_avg", "actor/ppo_kl", "ppo_kl", "approx_kl", "approxkl", "policy/approxkl"], []
      )
    case .entropy:
      (
        "the entropy",
        [
          "entropy", "policy/entropy_avg", "actor/entropy", "actor/entropy_loss", "entropy_loss", "policy/entropy",
          "policy_entropy", "ent_loss",
        ],
        []
      )
    case .clipShare:
      (
        "the clipped share",
        [
          "clip_ratio/region_mean", "clip_ratio", "policy/clipfrac_avg", "actor/pg_clipfrac", "ppo_clip_ratio",
          "clip_ratio/high_mean", "clipfrac", "clip_fraction",
        ], []
      )
    case .deadGroups:
      (
        "the share of groups without spread",
        ["frac_reward_zero_std", "frac_zero_std", "zero_std_fraction", "batch/zero_std_frac"], []
      )
    case .length:
      (
        "the answers' length",
        [
          "completions/mean_length", "response_length/mean", "response_length", "completion_length",
          "tokens/mean_sequence_length", "gen_len", "response_len",
        ], []
      )
    case .truncated:
      (
        "the share that was cut off",
        [
          "completions/clipped_ratio", "response_length/clip_ratio", "response_length_clip_ratio", "truncated",
          "truncated_rate", "truncate_ratio", "clip_ratio/length",
        ], []
      )
    case .ended: ("the answers that ended", ["val/num_eos_tokens"], [])
    case .toolCalls: ("the calls of tools", ["tools/call_frequency"], [])
    case .turns: ("the turns of a conversation", ["num_turns/mean"], [])
    case .samplerDifference:
      (
        "the difference to the sampler's log-probability",
        [
          "sampling/sampling_logp_difference/mean", "rollout_corr/logprob_diff_mean", "sampler/logp_diff_mean",
        ], []
      )
    case .samplerProbability:
      (
        "the difference to the sampler's probability",
        ["training/rollout_probs_diff_mean", "rollout_probs_diff_mean"], []
      )
    case .samplerKL:
      (
        "the KL between sampler and trainer",
        ["rollout_corr/kl", "rollout_corr/k3_kl", "vllm_kl", "mismatch_kl", "mismatch/kl", "rollout_kl"], []
      )
    case .samplerRatio:
      (
        "the ratio to the sampler",
        [
          "sampling/importance_sampling_ratio/mean", "rollout_corr/rollout_is_mean", "rollout_is_mean",
          "mismatch/rollout_is_mean",
        ], []
      )
    case .explainedVariance:
      (
        "the variance that the critic explains",
        ["critic/vf_explained_var", "explained_variance", "vf_explained_var", "value/explained_var"], []
      )
    case .valueClipShare:
      ("the critic's clipped share", ["val/clipfrac_avg", "critic/vf_clipfrac", "value_clipfrac"], [])
    case .progress: ("what was seen so far", ["num_tokens", "episode", "epoch", "training/epoch"], [])
    }
  }

  /// A trainer's name, without what trackers put before it: `train/loss` is `loss`, `eval/loss` is `eval_loss`.
  static func plain(_ name: String) -> String {
    if name.hasPrefix("train/") { return String(name.dropFirst("train/".count)) }
    if name.hasPrefix("eval/") { return "eval_" + name.dropFirst("eval/".count) }
    return name
  }

  /// Whether a name says that it is a mean: deviations and best ones of the same data begin alike.
  private static func isMean(_ name: String) -> Bool { name.hasSuffix("/mean@1") || name.hasSuffix("_pass1") }

  /// Which of some names is this metric's, the best known first.
  func name(among logged: [String]) -> String? { names(among: logged).first }

  /// Those of some names that are this metric's under the best known of its names: several where each data set has one.
  func names(among logged: [String]) -> [String] {
    let isName = names.map { name in { (plain: String) in plain == name } }
    let isPattern = patterns.map { pattern in
      { (plain: String) in
        plain.hasPrefix(pattern.start) && plain.hasSuffix(pattern.end) && plain.count > pattern.start.count
      }
    }
    for fits in isName + isPattern {
      let found = logged.filter { fits(Self.plain($0)) }
      if let first = found.first { return Self.isMean(first) ? found : [first] }
    }
    return []
  }
}
