/// The names of the field: everything that is recorded has one of these.
public enum Quantity: Int, CaseIterable, Sendable {
  // Parameters and preparation
  case policyLogit, criticValue, referenceLogit, rewardWeight
  case supervisedLoss, rewardMargin, rewardLoss, rewardAccuracy
  // Rollout
  case draw, cumulativeLow, cumulativeHigh, token, oldLogp, refLogp, score, adjustedScore
  // Rewards and advantages
  case klCoefficient, kl, klPenalty, reward, rewardMean, rewardStd, oldValue, delta, rawAdvantage, returns
  case advantageMean, advantageStd, advantage
  // The loss
  case logp, logRatio, ratio, clippedRatio, surrogate, clippedSurrogate, dualClip, objective
  case value, clippedValue, valueError, clippedValueError, valueObjective
  case entropy, klTerm
  case policyLoss, valueLoss, entropyBonus, klLoss, loss
  // The update
  case gradNorm, gradScale, policyGradient, criticGradient
  case policyMoment, policySquare, policyStep, criticMoment, criticSquare, criticStep
  case probabilityBefore, probabilityAfter
  // Exact values
  case exactReward, exactKL, exactObjective, optimumObjective, optimumReward, optimumKL, gradientCosine
  case exactGradient, sampledGradient
  case metric

  /// What the name's indices count.
  public enum Axis: Sendable { case sequence, token, previousToken, nextToken, vocabulary, step, pair, metric }

  public struct Description: Sendable {
    /// What the user types: `old_logp`.
    public let name: String
    /// How a formula writes it: `\log\pi_{\text{old}}`, without what Markdown takes for its own: `*`, `\|`, `}_`.
    public let latex: String
    public let axes: [Axis]
    /// One clause that completes «this is …».
    public let meaning: String
  }

  public var name: String { description.name }

  public var description: Description {
    switch self {
    case .policyLogit:
      row(
        "policy.logit", "\\theta", [.previousToken, .nextToken],
        "the policy's logit of the next token after the previous one")
    case .criticValue: row("critic.value", "\\phi", [.previousToken], "the critic's value after this token")
    case .referenceLogit:
      row("reference.logit", "\\theta_{\\text{ref}}", [.previousToken, .nextToken], "the frozen reference's logit")
    case .rewardWeight:
      row("reward_model.weight", "w", [.vocabulary], "what one occurrence of this token adds to the score")
    case .supervisedLoss:
      row("sft_loss", "L_{\\text{SFT}}", [.step], "the mean negative log-likelihood of the demonstrations' tokens")
    case .rewardMargin:
      row("rm_margin", "m", [.step, .pair], "the score of the chosen response minus that of the rejected one")
    case .rewardLoss:
      row("rm_loss", "L_{\\text{RM}}", [.step], "the Bradley-Terry loss, the mean of -log sigmoid(margin)")
    case .rewardAccuracy:
      row(
        "rm_accuracy", "a_{\\text{RM}}", [.step],
        "the share of pairs whose chosen response scores strictly higher")
    case .draw: row("draw", "u", [.sequence, .token], "the uniform random number that picked the token")
    case .cumulativeLow:
      row(
        "cdf_low", "F_{\\text{low}}", [.sequence, .token], "the probability of all tokens listed before the sampled one"
      )
    case .cumulativeHigh:
      row("cdf_high", "F_{\\text{high}}", [.sequence, .token], "the same including the sampled one")
    case .token: row("token", "y", [.sequence, .token], "the sampled token")
    case .oldLogp:
      row(
        "old_logp", "\\log\\pi_{\\text{old}}", [.sequence, .token],
        "the log-probability of the token under the policy that sampled it")
    case .refLogp:
      row("ref_logp", "\\log\\pi_{\\text{ref}}", [.sequence, .token], "its log-probability under the frozen reference")
    case .score: row("score", "s", [.sequence], "the reward model's number for the whole response")
    case .adjustedScore:
      row(
        "adjusted_score", "\\tilde s", [.sequence],
        "the score after the rule for a missing <eos> and the clip of rewards")
    case .klCoefficient: row("kl_coef", "\\beta", [], "the weight of the KL penalty now")
    case .kl: row("kl", "k", [.sequence, .token], "the estimate of this token's KL divergence from the reference")
    case .klPenalty: row("kl_penalty", "p", [.sequence, .token], "what the token pays for leaving the reference")
    case .reward:
      row("reward", "R", [.sequence, .token], "the token's reward: its KL penalty, and the score where it lands")
    case .rewardMean: row("reward_mean", "\\mu_R", [], "the mean of all tokens' rewards")
    case .rewardStd: row("reward_std", "\\sigma_R", [], "the standard deviation of all tokens' rewards")
    case .oldValue:
      row(
        "old_value", "V_{\\text{old}}", [.sequence, .token],
        "the return the critic expected before this token, when it was sampled")
    case .delta: row("delta", "\\delta", [.sequence, .token], "the surprise: reward plus next value minus value")
    case .rawAdvantage:
      row(
        "raw_advantage", "\\hat A", [.sequence, .token],
        "the sum of this and later surprises, discounted by gamma times lam")
    case .returns:
      row("return", "G", [.sequence, .token], "what the critic should have said: advantage plus old value")
    case .advantageMean: row("advantage_mean", "\\mu_A", [], "the mean advantage of all tokens")
    case .advantageStd: row("advantage_std", "\\sigma_A", [], "the standard deviation of all tokens' advantages")
    case .advantage: row("advantage", "A", [.sequence, .token], "how much better the token turned out than expected")
    case .logp:
      row(
        "logp", "\\log\\pi_\\theta", [.sequence, .token],
        "the log-probability of the token under the policy being trained")
    case .logRatio:
      row(
        "log_ratio", "\\log r", [.sequence, .token], "the change of the token's log-probability since it was sampled")
    case .ratio:
      row("ratio", "r", [.sequence, .token], "how many times as likely the token is now as when it was sampled")
    case .clippedRatio: row("clipped_ratio", "\\bar r", [.sequence, .token], "the ratio kept within the clip range")
    case .surrogate: row("surrogate", "r A", [.sequence, .token], "ratio times advantage")
    case .clippedSurrogate: row("clipped_surrogate", "\\bar r A", [.sequence, .token], "clipped ratio times advantage")
    case .dualClip:
      row("dual_clip", "c A", [.sequence, .token], "the floor under the objective of a negative advantage")
    case .objective:
      row("objective", "J", [.sequence, .token], "the pessimistic minimum: what the update may count on")
    case .value: row("value", "V", [.sequence, .token], "the critic's value now")
    case .clippedValue: row("clipped_value", "\\bar V", [.sequence, .token], "the value kept near the old one")
    case .valueError:
      row("value_error", "e_V", [.sequence, .token], "the squared distance of the value from the return")
    case .clippedValueError:
      row(
        "clipped_value_error", "\\bar e_V", [.sequence, .token],
        "the squared distance of the clipped value from the return")
    case .valueObjective:
      row("value_objective", "\\hat e_V", [.sequence, .token], "the larger of the two squared distances")
    case .entropy: row("entropy", "H", [.sequence, .token], "the entropy of the policy before this token")
    case .klTerm:
      row(
        "kl_term", "k_\\theta", [.sequence, .token], "the KL estimate of the policy being trained, as part of the loss")
    case .policyLoss: row("policy_loss", "L_\\pi", [], "minus the mean objective")
    case .valueLoss: row("value_loss", "L_V", [], "half the mean squared error of the critic")
    case .entropyBonus: row("entropy_bonus", "B_H", [], "the mean entropy, which the loss rewards")
    case .klLoss: row("kl_loss", "L_{\\text{KL}}", [], "the mean KL estimate, which the loss punishes")
    case .loss: row("loss", "L", [], "the number that is minimised")
    case .gradNorm: row("grad_norm", "\\lVert g \\rVert", [], "the length of the gradient over all parameters")
    case .gradScale: row("grad_scale", "c_g", [], "the factor that brings the gradient to the permitted norm")
    case .policyGradient:
      row("policy.grad", "g_\\theta", [.previousToken, .nextToken], "the derivative of the loss by this logit")
    case .criticGradient: row("critic.grad", "g_\\phi", [.previousToken], "the derivative of the loss by this value")
    case .policyMoment:
      row("policy.m", "m_\\theta", [.previousToken, .nextToken], "Adam's running mean of the gradient")
    case .policySquare:
      row("policy.v", "v_\\theta", [.previousToken, .nextToken], "Adam's running mean of the squared gradient")
    case .policyStep:
      row("policy.step", "\\Delta\\theta", [.previousToken, .nextToken], "what the optimizer adds to this logit")
    case .criticMoment: row("critic.m", "m_\\phi", [.previousToken], "Adam's running mean of the gradient")
    case .criticSquare: row("critic.v", "v_\\phi", [.previousToken], "Adam's running mean of the squared gradient")
    case .criticStep: row("critic.step", "\\Delta\\phi", [.previousToken], "what the optimizer adds to this value")
    case .probabilityBefore:
      row(
        "prob_before", "\\pi_{\\text{before}}", [.previousToken, .nextToken],
        "the probability of the next token before the update")
    case .probabilityAfter:
      row(
        "prob_after", "\\pi_{\\text{after}}", [.previousToken, .nextToken],
        "the probability of the next token after the update")
    case .exactReward:
      row("exact_reward", "\\mathbb E[s]", [], "the expected score of the policy, over every possible response")
    case .exactKL:
      row(
        "exact_kl", "\\mathrm{KL}(\\pi\\Vert\\pi_{\\text{ref}})", [],
        "the KL divergence from the reference, over every possible response")
    case .exactObjective:
      row("exact_objective", "J_{\\text{exact}}", [], "expected score minus kl_coef times KL: what RLHF maximises")
    case .optimumObjective: row("optimum_objective", "J^\\ast", [], "the largest value that this objective can take")
    case .optimumReward:
      row("optimum_reward", "\\mathbb E_{\\pi^\\ast}[s]", [], "the expected score of the optimal policy")
    case .optimumKL:
      row(
        "optimum_kl", "\\mathrm{KL}(\\pi\\Vert\\pi^\\ast)", [],
        "the KL divergence from the optimum, which is proportional to reference times e^(score/kl_coef)")
    case .gradientCosine:
      row("gradient_cosine", "\\cos", [], "the cosine between the sampled and the exact policy gradient")
    case .exactGradient:
      row(
        "exact_grad", "g_{\\text{exact}}", [.previousToken, .nextToken],
        "the exact derivative of the objective by this logit")
    case .sampledGradient:
      row(
        "sampled_grad", "g_{\\text{sampled}}", [.previousToken, .nextToken],
        "its estimate from the samples, before any update")
    case .metric: row("metric", "\\text{metric}", [.metric], "a number that trainers log")
    }
  }

  private func row(_ name: String, _ latex: String, _ axes: [Axis], _ meaning: String) -> Description {
    Description(name: name, latex: latex, axes: axes, meaning: meaning)
  }
}

/// What trainers log, under TRL's names.
public enum Metric: Int, CaseIterable, Sendable {
  case objectiveKL, objectiveEntropy, nonScoreReward, rlhfReward, scores
  case approxKL, policyClipFraction, entropyAverage, policyLoss, valueLoss, valueClipFraction, ratio, ratioVariance
  case eosTokens, explainedVariance

  public var name: String {
    switch self {
    case .objectiveKL: "objective/kl"
    case .objectiveEntropy: "objective/entropy"
    case .nonScoreReward: "objective/non_score_reward"
    case .rlhfReward: "objective/rlhf_reward"
    case .scores: "objective/scores"
    case .approxKL: "policy/approxkl_avg"
    case .policyClipFraction: "policy/clipfrac_avg"
    case .entropyAverage: "policy/entropy_avg"
    case .policyLoss: "loss/policy_avg"
    case .valueLoss: "loss/value_avg"
    case .valueClipFraction: "val/clipfrac_avg"
    case .ratio: "val/ratio"
    case .ratioVariance: "val/ratio_var"
    case .eosTokens: "val/num_eos_tokens"
    case .explainedVariance: "critic/vf_explained_var"
    }
  }
}
