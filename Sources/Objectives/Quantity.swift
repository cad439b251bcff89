/// The names that the field uses: everything that is recorded has one of these.
public enum Quantity: Int, CaseIterable, Sendable {
  // Parameters and preparation
  case policyLogit, criticValue, referenceLogit, rewardWeight
  case supervisedLoss, rewardMargin, rewardLoss, rewardAccuracy
  case rewardGradient, rewardMoment, rewardSquare, rewardStep
  // Rollout
  case draw, cumulativeLow, cumulativeHigh, token, oldLogp, refLogp, score, adjustedScore
  // Rewards and advantages
  case klCoefficient, kl, klPenalty, reward, rewardMean, rewardStd, oldValue, delta, rawAdvantage, returns
  case advantageMean, advantageStd, advantage
  // The loss
  case logp, logRatio, ratio, clippedRatio, surrogate, clippedSurrogate, dualClip, objective, weightedObjective
  case value, clippedValue, valueError, clippedValueError, valueObjective
  case entropy, klTerm
  case policyLoss, valueLoss, entropyBonus, entropyCoefficient, entropyGap, entropySwitch, klLoss, loss
  // The update
  case gradNorm, gradScale, policyGradient, criticGradient
  case policyMoment, policySquare, policyStep, criticMoment, criticSquare, criticStep
  case probabilityBefore, probabilityAfter
  // Exact values
  case exactReward, exactKL, exactObjective, exactObjectiveError
  case optimumObjective, optimumObjectiveError, optimumReward, optimumKL, gradientCosine
  case exactGradient, sampledGradient
  case trueReward, exactLoss
  case perplexity, optimumLoss
  // Groups
  case groupMean, groupStd, groupWeight, raisedWeight, baseline, baselineStd, batchBaselineStd, isComplete
  case sequenceLogRatio, sequenceRatio, boundedSequenceRatio, clippedSequenceRatio
  case sequenceSurrogate, clippedSequenceSurrogate, sequenceObjective
  case sequenceRatioWeight, sequenceSoftRatio
  case boundedRatio, ratioWeight, softRatio
  case drift, offPolicyMask, entropyThreshold, entropyMask
  case samplingLogp, samplingLogRatio, samplingRatio, samplingMask, samplingWeight
  case sequenceSamplingLogRatio, sequenceSamplingRatio, sequenceSamplingMask, sequenceSamplingWeight
  case comparedLogRatio, samplerKL, comparedKL, rejectionMask, sequenceRejectionMask, lossMask
  case clippedLogRatio, geometricLogRatio, geometricRatio, probabilityShift, binaryKL, trustMask
  case covariance, covarianceMask, centredMean, centredStd, rewardedShare
  case partReward, partMean, partStd, normalizedPart, combinedReward, combinedMean, combinedStd
  case sequenceLogWeight, sequenceWeight, gammaWeight
  case correctedKL, tokenLoss, sequenceLoss
  case overlongPenalty, discardedReward, like, referenceReward, runningReward, positiveMass, negativeMass
  case groupRewardBefore, groupRewardAfter, worstGroupReward, groupSpread
  case userKind, userLabel, labelledReward, labelledSpread
  // Pairs
  case chosenLogp, rejectedLogp, chosenRefLogp, rejectedRefLogp
  case chosenResponseLogp, rejectedResponseLogp, chosenResponseRefLogp, rejectedResponseRefLogp
  case chosenLogRatio, rejectedLogRatio, chosenReward, rejectedReward, chosenScore, rejectedScore
  case margin, logit, chosenProbability, gradientWeight, sortedDelta, logOdds, chosenKL, rejectedKL, blend
  case chosenLoss, rejectedLoss, centering, pairLoss, partLoss, wantedMargin
  case chosenCollision, rejectedCollision, chosenWeight, rejectedWeight, pairWeight
  case meanChosenLogp, meanRejectedLogp, unseenProbability, meanMargin, pairAccuracy
  // Sampled pairs
  case chosenResponse, rejectedResponse, scoreMargin
  // Judged responses
  case mismatchedToken, mismatchedLogp, mismatchedRefLogp, mismatchedLogRatio, referencePoint
  case responseLogp, responseRefLogp, responseLogRatio, implicitReward, humanValue, exampleLoss
  case meanDesirableLogp, meanUndesirableLogp
  // States and actions
  case state, transitionDraw, episodeReturn, bootstrapValue, exactValue, exactReturn, optimumReturn
  case returnMean
  // The greedy response
  case greedyToken, greedyLogp, baselineReward, adjustedBaseline
  // A teacher
  case teacherLoss, teacherLogit, teacherLogp, divergence
  case metric

  /// What the name's indices count.
  public enum Axis: Int, CaseIterable, Sendable {
    case sequence, token, previousToken, nextToken, vocabulary, step, pair, group, metric, rewardFunction, lossType
  }

  /// How a quantity is typed, written, indexed and explained.
  public struct Description: Sendable {
    /// What the user types: `old_logp`.
    public let name: String
    /// How a formula writes it: `\log\pi_{\text{old}}`, without what Markdown takes for its own: `*`, `\|`, `}_`.
    public let latex: String
    public let axes: [Axis]
    /// One clause that completes «this is …».
    public let meaning: String

    init(_ name: String, _ latex: String, _ axes: [Axis], _ meaning: String) {
      self.name = name
      self.latex = latex
      self.axes = axes
      self.meaning = meaning
    }
  }

  /// What gradients are taken with respect to: the parameters that learn, or what a batch gives in their place.
  public static let learned: [Quantity] = [
    .policyLogit, .criticValue, .logp, .value, .chosenLogp, .rejectedLogp, .mismatchedLogp,
  ]

  public var name: String { description.name }

  public var description: Description {
    switch self {
    case .policyLogit:
      row(
        "policy.logit", "\\theta", [.previousToken, .nextToken],
        "the policy's logit of the next token after the previous one")
    case .criticValue: row("critic.value", "\\phi", [.previousToken], "the critic's value after this token")
    case .referenceLogit:
      row("reference.logit", "\\theta_{\\text{ref}}", [.previousToken, .nextToken], "the reference's logit")
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
    case .rewardGradient: row("reward_model.grad", "g_w", [.vocabulary], "the derivative of the loss by this weight")
    case .rewardMoment: row("reward_model.m", "m_w", [.vocabulary], "Adam's running mean of the gradient")
    case .rewardSquare: row("reward_model.v", "v_w", [.vocabulary], "Adam's running mean of the squared gradient")
    case .rewardStep: row("reward_model.step", "\\Delta w", [.vocabulary], "what the optimizer adds to this weight")
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
        "the log-probability of the token under the policy, as it was when the token was sampled")
    case .refLogp:
      row("ref_logp", "\\log\\pi_{\\text{ref}}", [.sequence, .token], "its log-probability under the frozen reference")
    case .score: row("score", "s", [.sequence], "the reward model's number for the whole response")
    case .adjustedScore:
      row(
        "adjusted_score", "\\tilde s", [.sequence],
        "the score after the rule for a missing <eos> and the clip of rewards")
    case .klCoefficient: row("kl_coef", "\\beta", [], "the weight of the KL penalty now")
    case .kl: row("kl", "k", [.sequence, .token], "the estimate of this token's KL divergence from the reference")
    case .klPenalty:
      row("kl_penalty", "p", [.sequence, .token], "what the KL adds to the token's reward: minus kl_coef times kl")
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
    case .advantage:
      row(
        "advantage", "A", [.sequence, .token],
        "how much better the token turned out than expected, or, once whitened, than the others of the batch")
    case .logp:
      row(
        "logp", "\\log\\pi_\\theta", [.sequence, .token],
        "the log-probability of the token under the policy being trained")
    case .logRatio:
      row(
        "log_ratio", "\\log r", [.sequence, .token], "the token's log-probability less that under the old policy")
    case .ratio:
      row("ratio", "r", [.sequence, .token], "how many times as likely the token is now as under the old policy")
    case .clippedRatio: row("clipped_ratio", "\\bar r", [.sequence, .token], "the ratio kept within the clip range")
    case .surrogate: row("surrogate", "S", [.sequence, .token], "ratio times advantage")
    case .clippedSurrogate: row("clipped_surrogate", "\\bar S", [.sequence, .token], "clipped ratio times advantage")
    case .dualClip:
      row("dual_clip", "S_{\\text{min}}", [.sequence, .token], "the floor under the objective of a negative advantage")
    case .objective:
      row("objective", "J", [.sequence, .token], "the pessimistic minimum: what the update may count on")
    case .weightedObjective:
      row(
        "weighted_objective", "J_w", [.sequence, .token],
        "the objective times the token's weight for the engine that sampled it")
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
    case .policyLoss: row("policy_loss", "L_\\pi", [], "minus the sum or mean of the objectives")
    case .valueLoss: row("value_loss", "L_V", [], "half the sum or mean of the critic's squared errors")
    case .entropyCoefficient: row("entropy_coef", "c_H", [], "the weight of the entropy bonus now")
    case .entropyGap: row("entropy_gap", "\\Delta H", [], "how far the mean entropy is below its target")
    case .entropySwitch:
      row("entropy_switch", "m_H", [], "1 where the entropy has fallen to its target, so that the bonus counts")
    case .entropyBonus: row("entropy_bonus", "B_H", [], "the sum or mean of the entropies, which entropy_coef rewards")
    case .klLoss: row("kl_loss", "L_{\\text{KL}}", [], "the sum or mean of the KL estimates, which the loss punishes")
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
      row(
        "exact_objective", "J_{\\text{exact}}", [],
        "the expected score, by the rules that learning uses, minus kl_coef times KL: what RLHF maximises")
    case .exactObjectiveError:
      row(
        "exact_objective_error", "\\mathrm{se}(J_{\\text{exact}})", [],
        "the standard error of exact_objective, where sampled responses stand for all by the rules for <eos> and clipping"
      )
    case .optimumObjectiveError:
      row(
        "optimum_objective_error", "\\mathrm{se}(J^\\ast)", [],
        "the standard error of optimum_objective, for the same reason")
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
        "what the samples give in its place, with the loss's own advantages and averages, before any update")
    case .trueReward:
      row(
        "true_reward", "\\mathbb E[R_{\\text{true}}]", [],
        "what the policy's responses are truly worth, over every possible response")
    case .exactLoss:
      row("exact_loss", "L_{\\text{all}}", [], "the loss over all examples at once, as if they were one minibatch")
    case .perplexity:
      row(
        "perplexity", "e^L", [],
        "between how many equally likely tokens the policy would be as undecided as it is in the demonstrations")
    case .optimumLoss:
      row(
        "optimum_loss", "L^\\ast", [],
        "the smallest loss there can be: that of a policy with the demonstrations' own frequencies")
    case .groupMean: row("group_mean", "\\mu", [.group], "the mean reward of the group")
    case .groupStd: row("group_std", "\\hat\\sigma", [.group], "the standard deviation of the group's rewards")
    case .raisedWeight:
      row("raised_weight", "\\tilde w", [.group], "the group's weight before all are scaled to a mean of 1")
    case .groupWeight: row("group_weight", "w", [.group], "what the group's advantages are multiplied by")
    case .baseline: row("baseline", "B", [.sequence], "what the response's reward is compared with")
    case .baselineStd:
      row(
        "baseline_std", "\\hat\\sigma_B", [.group],
        "the standard deviation of the group's rewards from their baseline")
    case .batchBaselineStd:
      row("batch_baseline_std", "\\sigma_B", [], "the standard deviation of all rewards from their baselines")
    case .isComplete: row("complete", "\\chi", [.sequence], "1 if the response ended by itself, 0 if it was cut off")
    case .sequenceLogRatio:
      row("sequence_log_ratio", "\\log\\rho", [.sequence], "the mean log-ratio of the response's tokens")
    case .sequenceRatio:
      row("sequence_ratio", "\\rho", [.sequence], "the ratio of the whole response: the geometric mean of its tokens'")
    case .boundedSequenceRatio:
      row("bounded_sequence_ratio", "\\rho_\\delta", [.sequence], "the response's ratio, at most delta")
    case .clippedSequenceRatio:
      row("clipped_sequence_ratio", "\\bar\\rho", [.sequence], "the response's ratio kept within the clip range")
    case .sequenceSurrogate: row("sequence_surrogate", "S", [.sequence], "the response's ratio times its advantage")
    case .clippedSequenceSurrogate:
      row("clipped_sequence_surrogate", "\\bar S", [.sequence], "the response's clipped ratio times its advantage")
    case .sequenceObjective:
      row("sequence_objective", "J", [.sequence], "what the response counts for, the same for all of its tokens")
    case .sequenceRatioWeight:
      row(
        "sequence_ratio_weight", "\\hat\\rho", [.sequence],
        "the response's ratio as a plain number, within its bounds where it has any"
      )
    case .sequenceSoftRatio:
      row("sequence_soft_ratio", "\\tilde\\rho", [.sequence], "the response's ratio through sapo's gate")
    case .boundedRatio: row("bounded_ratio", "r_\\delta", [.sequence, .token], "the ratio, at most delta")
    case .ratioWeight:
      row(
        "ratio_weight", "\\hat r", [.sequence, .token],
        "the ratio as a plain number, within its bounds where it has any")
    case .softRatio:
      row("soft_ratio", "\\tilde r", [.sequence, .token], "the ratio through sapo's gate, which closes smoothly")
    case .drift:
      row(
        "drift", "D", [.sequence],
        "how much less likely the response's tokens became since they were sampled, the mean in nats")
    case .offPolicyMask:
      row("off_policy_mask", "m", [.sequence], "0 where the response drifted too far to be learned from, otherwise 1")
    case .entropyThreshold:
      row("entropy_threshold", "H_{\\text{min}}", [], "the least entropy of a token that is learned from")
    case .entropyMask:
      row("entropy_mask", "m_H", [.sequence, .token], "1 where the policy was undecided enough, otherwise 0")
    case .samplingLogp:
      row(
        "sampling_logp", "\\log\\pi_{\\text{sampler}}", [.sequence, .token],
        "the log-probability of the token in the engine that sampled it")
    case .samplingLogRatio:
      row(
        "sampling_log_ratio", "\\log w", [.sequence, .token],
        "the log-probability of the token under the policy minus that in the engine that sampled it")
    case .samplingRatio:
      row(
        "sampling_ratio", "w", [.sequence, .token],
        "how many times as likely the policy makes the token as the engine that sampled it")
    case .samplingMask:
      row("sampling_mask", "m_w", [.sequence, .token], "0 where that ratio is out of bounds, otherwise 1")
    case .samplingWeight:
      row("sampling_weight", "\\hat w", [.sequence, .token], "what the token's loss is multiplied by for its sampler")
    case .sequenceSamplingLogRatio:
      row(
        "sequence_sampling_log_ratio", "\\log W", [.sequence],
        "the sum of the log-ratios of the response's tokens between policy and sampler")
    case .sequenceSamplingRatio:
      row(
        "sequence_sampling_ratio", "W", [.sequence],
        "how many times as likely the policy makes the response as the engine that sampled it")
    case .sequenceSamplingMask:
      row("sequence_sampling_mask", "m_W", [.sequence], "0 where the response's ratio is out of bounds, otherwise 1")
    case .sequenceSamplingWeight:
      row(
        "sequence_sampling_weight", "\\hat W", [.sequence],
        "what the losses of the response's tokens are multiplied by for its sampler")
    case .comparedLogRatio:
      row(
        "compared_log_ratio", "\\log W_{\\text{RS}}", [.sequence],
        "the response's log-ratio between policy and sampler by which it is kept or rejected")
    case .samplerKL:
      row(
        "sampler_kl", "\\hat k", [.sequence, .token],
        "an estimate of the KL between sampler and policy from the token")
    case .comparedKL:
      row(
        "compared_kl", "\\hat K_{\\text{RS}}", [.sequence],
        "the response's estimate of the KL between sampler and policy by which it is kept or rejected")
    case .rejectionMask:
      row(
        "rejection_mask", "m_{\\text{RS}}", [.sequence, .token],
        "0 where policy and sampler see the token too differently, otherwise 1")
    case .sequenceRejectionMask:
      row(
        "sequence_rejection_mask", "M_{\\text{RS}}", [.sequence],
        "0 where policy and sampler see the response too differently, otherwise 1")
    case .lossMask:
      row(
        "loss_mask", "m_{\\text{loss}}", [.sequence, .token], "1 where a token counts, 0 as where a tool wrote it")
    case .clippedLogRatio:
      row(
        "clipped_log_ratio", "\\overline{\\log r}", [.sequence, .token], "the log-ratio kept within the clip range")
    case .geometricLogRatio:
      row(
        "geometric_log_ratio", "\\log \\gamma", [.sequence],
        "the mean of the log-ratios of the response's tokens, each clipped on the side that the advantage wants")
    case .geometricRatio:
      row(
        "geometric_ratio", "\\gamma", [.sequence],
        "the geometric mean of the response's ratios, each clipped on the side that the advantage wants")
    case .probabilityShift:
      row(
        "probability_shift", "\\Delta\\pi", [.sequence, .token],
        "the token's probability now minus that before the policy learned from it")
    case .binaryKL:
      row(
        "binary_kl", "k_2", [.sequence, .token],
        "the KL between then and now, of two outcomes: this token, or any other")
    case .trustMask:
      row("trust_mask", "m_\\Delta", [.sequence, .token], "0 where the token's probability moved too far, otherwise 1")
    case .covariance:
      row(
        "covariance", "c", [.sequence, .token],
        "how far the token's advantage and log-probability are from their means, multiplied")
    case .covarianceMask:
      row("covariance_mask", "m_c", [.sequence, .token], "0 for the tokens that are left out by their covariance")
    case .centredMean:
      row("centred_mean", "\\mu_c", [], "the mean over all tokens of the rewards less their groups' means")
    case .centredStd:
      row("centred_std", "\\sigma_c", [], "the standard deviation over all tokens of the same")
    case .rewardedShare:
      row("rewarded_share", "\\kappa_R", [], "the share of responses that earned anything but 0")
    case .partReward:
      row("part_reward", "R^k", [.sequence, .rewardFunction], "what one reward function gave the response")
    case .partMean: row("part_mean", "\\mu^k", [.group, .rewardFunction], "the function's mean reward in the group")
    case .partStd:
      row(
        "part_std", "\\hat\\sigma^k", [.group, .rewardFunction],
        "the standard deviation of the function's rewards in the group")
    case .normalizedPart:
      row(
        "normalized_part", "z^k", [.sequence, .rewardFunction],
        "the function's reward in deviations from its mean in the group")
    case .combinedReward:
      row("combined_reward", "s", [.sequence], "the sum of the response's normalised rewards, each with its weight")
    case .combinedMean: row("combined_mean", "\\mu_s", [], "the mean of these sums over the batch")
    case .combinedStd: row("combined_std", "\\sigma_s", [], "the standard deviation of these sums over the batch")
    case .sequenceLogWeight:
      row(
        "sequence_log_weight", "\\log V", [.sequence],
        "the log-ratio of the whole response to what sampled it, within bounds")
    case .sequenceWeight:
      row("sequence_weight", "V", [.sequence], "the ratio of the whole response to what sampled it")
    case .gammaWeight:
      row(
        "gamma_weight", "\\varphi", [.sequence],
        "what the response counts for by that ratio: 1 where it is 1, next to nothing where it is very far from it")
    case .correctedKL: row("corrected_kl", "\\tilde k", [.sequence, .token], "the KL estimate times the ratio")
    case .tokenLoss: row("token_loss", "\\ell", [.sequence, .token], "what the token adds to the loss")
    case .sequenceLoss: row("sequence_loss", "\\ell_y", [.sequence], "what the response adds to the loss")
    case .overlongPenalty:
      row("overlong_penalty", "p_{\\text{long}}", [.sequence], "what the response loses for coming near the longest")
    case .discardedReward:
      row(
        "discarded_reward", "R_{\\text{discarded}}", [.group],
        "the reward that all answers of a discarded group earned")
    case .like:
      row("likes", "l", [.group, .vocabulary], "what one occurrence of this token is worth to these users")
    case .referenceReward:
      row("reference_reward", "R_{\\text{ref}}", [.group], "the exact expected reward of the reference in this group")
    case .runningReward:
      row("running_reward", "R_{\\text{run}}", [.group], "the running mean of the group's rewards before this batch")
    case .positiveMass:
      row("positive_mass", "A_{+}", [.group], "the sum of the group's positive advantages: how much is pushed up")
    case .negativeMass:
      row("negative_mass", "A_{-}", [.group], "the sum of the group's negative advantages: how much is pushed down")
    case .groupRewardBefore:
      row(
        "group_reward_before", "\\bar R_{\\text{before}}", [.group],
        "the group's exact expected reward before this iteration's updates")
    case .groupRewardAfter:
      row(
        "group_reward_after", "\\bar R_{\\text{after}}", [.group],
        "the group's exact expected reward after this iteration's updates")
    case .worstGroupReward:
      row(
        "worst_group_reward", "\\bar R_{\\text{worst}}", [], "the exact expected reward of the group that earns least")
    case .groupSpread:
      row("group_spread", "\\Delta_R", [], "how far the best group's exact expected reward is from the worst one's")
    case .userKind:
      row("user_kind", "k", [.sequence], "the kind of users whom this response answers, and whose likes reward it")
    case .userLabel:
      row("user_label", "\\hat k", [.sequence], "the kind that its user is taken for: the group it is compared with")
    case .labelledReward:
      row(
        "labelled_reward", "\\hat R", [.group],
        "the exact expected reward of all who are labelled so, after this iteration's updates")
    case .labelledSpread:
      row("labelled_spread", "\\hat\\Delta_R", [], "how far the labelled groups' exact expected rewards are apart")
    case .chosenLogp:
      row(
        "chosen_logp", "\\log\\pi^w_\\theta", [.pair, .token],
        "the log-probability of this token of the chosen response under the policy being trained")
    case .rejectedLogp:
      row(
        "rejected_logp", "\\log\\pi^l_\\theta", [.pair, .token],
        "the log-probability of this token of the rejected response under the policy being trained")
    case .chosenRefLogp:
      row(
        "chosen_ref_logp", "\\log\\pi^w_{\\text{ref}}", [.pair, .token],
        "the log-probability of this token of the chosen response under the reference")
    case .rejectedRefLogp:
      row(
        "rejected_ref_logp", "\\log\\pi^l_{\\text{ref}}", [.pair, .token],
        "the log-probability of this token of the rejected response under the reference")
    case .chosenResponseLogp:
      row(
        "chosen_response_logp", "\\log\\pi_\\theta(y^w)", [.pair], "the log-probability of the whole chosen response")
    case .rejectedResponseLogp:
      row(
        "rejected_response_logp", "\\log\\pi_\\theta(y^l)", [.pair],
        "the log-probability of the whole rejected response")
    case .chosenResponseRefLogp:
      row("chosen_response_ref_logp", "\\log\\pi_{\\text{ref}}(y^w)", [.pair], "the same under the reference")
    case .rejectedResponseRefLogp:
      row("rejected_response_ref_logp", "\\log\\pi_{\\text{ref}}(y^l)", [.pair], "the same under the reference")
    case .chosenLogRatio:
      row("chosen_log_ratio", "s^w", [.pair], "how much likelier the chosen response is than under the reference")
    case .rejectedLogRatio:
      row("rejected_log_ratio", "s^l", [.pair], "how much likelier the rejected response is than under the reference")
    case .chosenReward: row("chosen_reward", "\\hat r^w", [.pair], "the implicit reward of the chosen response")
    case .rejectedReward: row("rejected_reward", "\\hat r^l", [.pair], "the implicit reward of the rejected response")
    case .chosenScore:
      row("chosen_score", "f^w", [.pair], "what the divergence, or the length, makes of the chosen log-ratio")
    case .rejectedScore:
      row("rejected_score", "f^l", [.pair], "what the divergence, or the length, makes of the rejected log-ratio")
    case .margin:
      row("margin", "m", [.pair], "the implicit reward of the chosen response minus that of the rejected one")
    case .logit: row("logit", "z", [.pair], "the number that the loss judges: large where the pair is ranked correctly")
    case .chosenProbability:
      row("chosen_prob", "p", [.pair], "how sure the policy is that the chosen response is the better one")
    case .gradientWeight:
      row(
        "gradient_weight", "\\omega", [.pair],
        "what the pair's gradient is weighted by: minus the derivative of its loss by what it judges")
    case .sortedDelta:
      row(
        "sorted_delta", "\\delta", [.pair],
        "the difference of two log-ratios of equal rank, each sorted over the batch")
    case .logOdds:
      row("log_odds", "o", [.pair], "the log of how many times the odds of the chosen response are those of the other")
    case .chosenKL: row("chosen_kl", "z^w", [], "the mean log-ratio of the batch's chosen responses, 0 at least")
    case .rejectedKL: row("rejected_kl", "z^l", [], "the mean log-ratio of the batch's rejected responses, 0 at least")
    case .blend: row("blend", "\\lambda", [.pair], "the share of discopop's exponential loss")
    case .chosenLoss: row("chosen_loss", "\\ell^w", [.pair], "what the chosen response adds to the pair's loss")
    case .rejectedLoss: row("rejected_loss", "\\ell^l", [.pair], "what the rejected response adds to the pair's loss")
    case .centering:
      row("centering", "\\ell^c", [.pair], "what the pair pays for scores whose sum is not 0")
    case .pairLoss: row("pair_loss", "\\ell", [.pair], "the loss of this pair")
    case .partLoss:
      row("part_loss", "\\ell^p", [.pair, .lossType], "the loss of this pair by one of several loss_types")
    case .wantedMargin: row("wanted_margin", "m^\\ast", [.pair], "by how much the chosen response is wanted to lead")
    case .chosenCollision:
      row(
        "chosen_collision", "c^w", [.pair, .token],
        "the log of the probability that the policy picks one and the same token twice here, Σ p²")
    case .rejectedCollision:
      row(
        "rejected_collision", "c^l", [.pair, .token],
        "the log of the probability that the policy picks one and the same token twice here, Σ p²")
    case .chosenWeight:
      row(
        "chosen_weight", "\\omega^w", [.pair],
        "how likely the policy finds the chosen response, per token and beside one of its own")
    case .rejectedWeight:
      row(
        "rejected_weight", "\\omega^l", [.pair],
        "how likely the policy finds the rejected response, per token and beside one of its own")
    case .pairWeight: row("pair_weight", "\\Omega", [.pair], "what the pair's loss is multiplied by")
    case .meanChosenLogp:
      row(
        "mean_chosen_logp", "\\overline{\\log\\pi}(y^w)", [],
        "the log-probability of a chosen response now, the mean over all pairs")
    case .meanRejectedLogp:
      row(
        "mean_rejected_logp", "\\overline{\\log\\pi}(y^l)", [],
        "the log-probability of a rejected response now, the mean over all pairs")
    case .unseenProbability:
      row(
        "unseen_prob", "\\pi(y^?)", [],
        "the probability of writing a response that is in none of the pairs, the mean over the prompts")
    case .meanMargin: row("mean_margin", "\\bar m", [], "the margin now, the mean over all pairs")
    case .pairAccuracy:
      row("pair_accuracy", "a", [], "the share of all pairs whose margin is now strictly positive")
    case .chosenResponse:
      row("chosen_response", "w", [.pair], "the number of the response that counts as chosen")
    case .rejectedResponse:
      row("rejected_response", "l", [.pair], "the number of the response that counts as rejected")
    case .scoreMargin:
      row(
        "scores_margin", "\\Delta s", [.pair], "the score of the chosen response minus that of the rejected one")
    case .mismatchedToken:
      row("mismatched_token", "y'", [.sequence, .token], "the token of another example's response")
    case .mismatchedLogp:
      row(
        "mismatched_logp", "\\log\\pi_\\theta(y'_t)", [.sequence, .token],
        "the log-probability of this token of another example's response after this one's prompt, under the policy")
    case .mismatchedRefLogp:
      row(
        "mismatched_ref_logp", "\\log\\pi_{\\text{ref}}(y'_t)", [.sequence, .token],
        "the same under the frozen reference")
    case .mismatchedLogRatio:
      row(
        "mismatched_log_ratio", "s'", [.sequence],
        "how much likelier another example's response is after this prompt than under the reference")
    case .referencePoint:
      row("reference_point", "z_0", [], "the mean of the mismatched log-ratios, 0 at least: an estimate of the KL")
    case .responseLogp:
      row("response_logp", "\\log\\pi_\\theta(y)", [.sequence], "the log-probability of the whole response")
    case .responseRefLogp:
      row("response_ref_logp", "\\log\\pi_{\\text{ref}}(y)", [.sequence], "the same under the frozen reference")
    case .responseLogRatio:
      row("response_log_ratio", "s", [.sequence], "how much likelier the response is than under the reference")
    case .implicitReward:
      row("implicit_reward", "\\hat r", [.sequence], "the implicit reward of the response: beta times its log-ratio")
    case .humanValue:
      row("human_value", "v", [.sequence], "what the response, as likely as it is now, is worth to who judged it")
    case .exampleLoss:
      row("example_loss", "\\ell", [.sequence], "how much less the response is worth than it could be")
    case .meanDesirableLogp:
      row(
        "mean_desirable_logp", "\\overline{\\log\\pi}(y^{+})", [],
        "the log-probability of a desirable response now, the mean over all of them")
    case .meanUndesirableLogp:
      row(
        "mean_undesirable_logp", "\\overline{\\log\\pi}(y^{-})", [],
        "the log-probability of an undesirable response now, the mean over all of them")
    case .state: row("state", "s", [.sequence, .token], "the state at this step")
    case .transitionDraw:
      row("transition_draw", "u_s", [.sequence, .token], "the uniform random number that picked the next state")
    case .episodeReturn: row("episode_return", "R_{\\text{all}}", [.sequence], "the sum of the episode's rewards")
    case .bootstrapValue:
      row(
        "bootstrap_value", "V_{\\text{cut}}", [.sequence],
        "what the critic still expects where the step limit cut the episode off")
    case .exactValue:
      row(
        "exact_value", "V^\\pi", [.previousToken], "the expected return of the policy from this state, without sampling"
      )
    case .exactReturn: row("exact_return", "J_{\\text{exact}}", [], "the expected return of the policy from the start")
    case .optimumReturn: row("optimum_return", "J^\\ast", [], "the largest expected return that any policy reaches")
    case .returnMean: row("return_mean", "\\mu_G", [], "the mean of all returns, with which each is compared")
    case .greedyToken:
      row("greedy_token", "y^\\ast", [.sequence, .token], "the likeliest token after what came before")
    case .greedyLogp:
      row(
        "greedy_logp", "\\log\\pi_{\\text{max}}", [.sequence, .token],
        "the log-probability of the likeliest token under the policy that sampled")
    case .baselineReward:
      row(
        "baseline_reward", "b", [.sequence],
        "what the greedy response to the same prompt earned, with which the sampled one is compared")
    case .adjustedBaseline:
      row(
        "adjusted_baseline", "\\tilde b", [.sequence],
        "the baseline after the rule for a missing <eos> and the clip of rewards")
    case .teacherLoss:
      row("teacher_loss", "L_T", [.step], "the mean negative log-likelihood of the good responses' tokens")
    case .teacherLogit:
      row("teacher.logit", "\\theta_T", [.previousToken, .nextToken], "the teacher's logit")
    case .teacherLogp:
      row("teacher_logp", "\\log\\pi_T", [.sequence, .token], "the log-probability of the token under the teacher")
    case .divergence:
      row(
        "divergence", "D", [.sequence, .token],
        "how far the policy's distribution over this token is from the teacher's")
    case .metric: row("metric", "\\text{metric}", [.metric], "a number that trainers log")
    }
  }

  /// The description where an algorithm uses the name in its own way.
  public func description(for algorithm: Algorithm) -> Description { algorithm.meaning(self) ?? description }

  private func row(_ name: String, _ latex: String, _ axes: [Axis], _ meaning: String) -> Description {
    Description(name, latex, axes, meaning)
  }
}

/// What trainers log, under TRL's names, or another trainer's where TRL has none.
public enum Metric: Int, CaseIterable, Sendable {
  case objectiveKL, objectiveEntropy, nonScoreReward, rlhfReward, scores, baselines
  case approxKL, policyClipFraction, entropyAverage, policyLoss, valueLoss, valueClipFraction, ratio, ratioVariance
  case eosTokens, explainedVariance
  // GRPO
  case reward, rewardStd, zeroStdFraction, completionMeanLength, completionMinLength, completionMaxLength
  case completionClippedRatio, entropy, kl, groupPolicyLoss
  case clipLowMean, clipHighMean, clipRegionMean, clipLowMin, clipHighMax, cispoClipRatio
  case samplingDifferenceMean, samplingDifferenceMax, samplingRatioMin, samplingRatioMean, samplingRatioMax, vespoWeight
  // DPO
  case chosenRewards, rejectedRewards, rewardAccuracies, rewardMargins, chosenLogps, rejectedLogps
  // The reward model
  case accuracy, margin, minReward, meanReward, maxReward
  // Supervised learning
  case meanTokenAccuracy
  // Distillation
  case teacherKL
  // Online DPO
  case scoreMargins
  // CleanRL
  case episodicReturn, episodicLength

  public var name: String {
    switch self {
    case .objectiveKL: "objective/kl"
    case .objectiveEntropy: "objective/entropy"
    case .nonScoreReward: "objective/non_score_reward"
    case .rlhfReward: "objective/rlhf_reward"
    case .scores: "objective/scores"
    case .baselines: "objective/baselines"
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
    case .reward: "reward"
    case .rewardStd: "reward_std"
    case .zeroStdFraction: "frac_reward_zero_std"
    case .completionMeanLength: "completions/mean_length"
    case .completionMinLength: "completions/min_length"
    case .completionMaxLength: "completions/max_length"
    case .completionClippedRatio: "completions/clipped_ratio"
    case .entropy: "entropy"
    case .kl: "kl"
    case .groupPolicyLoss: "policy_loss"
    case .clipLowMean: "clip_ratio/low_mean"
    case .clipHighMean: "clip_ratio/high_mean"
    case .clipRegionMean: "clip_ratio/region_mean"
    case .clipLowMin: "clip_ratio/low_min"
    case .clipHighMax: "clip_ratio/high_max"
    case .cispoClipRatio: "cispo_clip_ratio"
    case .samplingDifferenceMean: "sampling/sampling_logp_difference/mean"
    case .samplingDifferenceMax: "sampling/sampling_logp_difference/max"
    case .samplingRatioMin: "sampling/importance_sampling_ratio/min"
    case .samplingRatioMean: "sampling/importance_sampling_ratio/mean"
    case .samplingRatioMax: "sampling/importance_sampling_ratio/max"
    case .vespoWeight: "vespo/phi_seq_mean"
    case .chosenRewards: "rewards/chosen"
    case .rejectedRewards: "rewards/rejected"
    case .rewardAccuracies: "rewards/accuracies"
    case .rewardMargins: "rewards/margins"
    case .chosenLogps: "logps/chosen"
    case .rejectedLogps: "logps/rejected"
    case .accuracy: "accuracy"
    case .margin: "margin"
    case .minReward: "min_reward"
    case .meanReward: "mean_reward"
    case .maxReward: "max_reward"
    case .meanTokenAccuracy: "mean_token_accuracy"
    case .teacherKL: "teacher_kl"
    case .scoreMargins: "objective/scores_margin"
    case .episodicReturn: "charts/episodic_return"
    case .episodicLength: "charts/episodic_length"
    }
  }
}

extension Quantity {
  /// Whether its values are names of users, which are given and not chosen by a policy or a world.
  public var namesUsers: Bool { self == .userKind || self == .userLabel }
}
