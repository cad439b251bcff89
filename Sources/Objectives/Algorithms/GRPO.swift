extension Algorithm {
  /// Groups of answers, each compared with its group or with what else `advantage_baseline` says (Shao et al. 2024).
  public static let grpo = Algorithm(
    name: "grpo", title: "GRPO", material: .samples, credit: .group, models: [.policy, .reference],
    options: OptionsInUse(
      simulated: groupOptions + Option.entropyControl + Option.adam + Option.referenceMaking
        + [
          .baselineDecay, .numGenerations, .generationBatchSize, .numIterations, .dynamicSampling,
          .maxGenerationBatches, .softPunishCache, .groupWeights, .groupStepSize, .groupLabelNoise, .temperature,
          .batches, .minibatches,
        ] + Option.engine,
      replayed: groupOptions, recorded: [.rewardWeights, .multiObjective],
      training: Option.engine + Option.entropyControl + [
        .baselineDecay, .dynamicSampling, .maxGenerationBatches, .softPunishCache, .groupWeights, .groupStepSize,
      ]),
    roles: [
      (.clipLow, .epsilon), (.clipHigh, .epsilonHigh), (.klWeight, .groupBeta), (.lossType, .groupLoss),
      (.averaging, .groupLoss), (.baseline, .advantageBaseline), (.truncation, .maskTruncated),
      (.iterations, .batches), (.batchSize, .generationBatchSize), (.epochs, .numIterations),
      (.minibatches, .minibatches), (.responseLength, .maxCompletionLength),
    ],
    stages: [
      .supervised, .rewardModel,
      StageUse(.likes, "What users of each kind like: the rewards of everything that follows."),
      .sync(before: "The policy starts as a copy of the reference."),
      StageUse(.dynamicSampling, "Groups whose answers all earned the same are thrown away and sampled again."),
      StageUse(.rollout) { settings in
        let count =
          settings.integer(.numGenerations) == 1
          ? "A response to each prompt is" : "Several responses to each prompt are"
        return "\(count) sampled, token by token."
      },
      .reference,
      StageUse(.rewards, "Each finished response is given one number, its reward."),
      StageUse(.groups, groupNumbers),
      StageUse(.advantage, groupAdvantage),
      StageUse(.advantageMass, "How much of each group is pushed up, and how much is pushed down?"),
      .sampler, .enumeration,
      .policy, StageUse(.ratio, groupRatio),
      StageUse(.mask, "Some responses or tokens are left out of what the policy learns from."),
      StageUse(.clip) { settings in
        "The ratio is clipped, and the smaller of the two objectives counts"
          + (settings.choice(.groupLoss) == GroupLoss.clipCov.name
            ? ", but for a few tokens of large covariance." : ".")
      },
      StageUse(.objective) { settings in
        settings.choice(.groupLoss) == GroupLoss.gpg.name
          ? "Log-probability and advantage become each token's objective; the ratio has no part in it."
          : "Ratio and advantage become each token's objective." + trustedRegion(settings)
      },
      StageUse(.klLoss, "The KL from the reference is estimated for each token, for the loss."), .entropy, .loss,
      .gradient, .update, .adaptiveEntropy,
      StageUse(.userGroups, "What the iteration did to each kind of users, by exact expectation."), .metrics,
    ],
    story: { settings in
      let reference =
        settings.number(.groupBeta) == 0 ? "" : " Straying from a frozen **reference** is punished in the loss."
      let responses = settings.integer(.numGenerations) == 1 ? "one response" : "several responses"
      return
        "A **policy** writes \(responses) to each prompt, and each earns a **reward**. Its advantage says how "
        + "the reward compares with a baseline, and all tokens of the response share it: there is no critic. Then "
        + "responses with a positive advantage become more likely and the others less.\(reference)"
    },
    usesReference: { $0.number(.groupBeta) != 0 },
    meaning: groupMeaning)

  /// The options that a recorded batch of groups honours, too.
  private static let groupOptions: [Option] =
    [
      .groupLoss, .groupBeta, .groupKLEstimator, .klLogRatioClamp, .klClamp, .epsilon, .epsilonHigh, .cispoMinimum,
      .delta, .importanceSamplingLevel, .advantageEstimator,
      .advantageBaseline, .scaleRewards, .scaleEpsilon, .groupOfOne, .maxCompletionLength, .maskTruncated,
      .biasCorrectionKL,
      .entropyCoef,
      .topEntropyQuantile, .offPolicyMaskThreshold, .sapoTemperaturePositive, .sapoTemperatureNegative,
      .clipCovRatio, .clipCovMinimum, .clipCovMaximum, .klCovRatio, .ppoKLCoef,
      .vespoPowerPositive, .vespoDecayPositive, .vespoPowerNegative, .vespoDecayNegative,
      .samplerCorrection, .samplerMode, .samplerMaximum, .samplerMinimum, .rolloutIS, .rolloutISThreshold, .rolloutRS,
      .rolloutRSThreshold, .rolloutRSMinimum,
    ] + Option.entropyTarget

  /// Beyond what movement DPPO leaves a token out; nothing for the other losses.
  @Sendable
  private static func trustedRegion(_ settings: Settings) -> String {
    let low = Option.plain(settings.number(.epsilon))
    let high = settings.optionalNumber(.epsilonHigh).map { Option.plain($0) } ?? low
    switch settings.choice(.groupLoss) {
    case GroupLoss.dppoTV.name:
      return
        " A token is left out if its advantage is positive and its probability has risen by more than \(high), or if "
        + "its advantage is not and its probability has fallen by more than \(low)."
    case GroupLoss.dppoKL.name:
      return " A token that has moved the way its advantage wants is left out if its KL is above "
        + (high == low ? "\(low)." : "\(high), or \(low) where the advantage is not positive.")
    default: return ""
    }
  }

  @Sendable
  private static func groupAdvantage(_ settings: Settings) -> String {
    let divisor: String? =
      switch settings.choice(.advantageEstimator) {
      case "rloo", "opo": nil
      case "reinforce_plus_plus", "reinforce_plus_plus_baseline": "a deviation"
      case "gpg": "the share of rewarded responses"
      case "maxrl": "its group's mean"
      default: settings.choice(.scaleRewards) == "none" ? nil : "a deviation"
      }
    let weighted = settings.choice(.groupWeights) == "1" ? "" : " and multiplied by its group's weight"
    let divided = divisor.map { "divided by \($0)" } ?? ""
    let changes = divided.isEmpty && !weighted.isEmpty ? String(weighted.dropFirst(5)) : divided + weighted
    if settings.choice(.multiObjective) == "normalize_then_sum" {
      return
        "Of several rewards each is normalised within its group, and their weighted sum once more over the batch; one reward "
        + "alone, minus its baseline\(changes.isEmpty ? "" : ", \(changes)"), is the advantage of the whole response."
    }
    return "Each reward minus its baseline\(changes.isEmpty ? "" : ", \(changes),") is the advantage of the whole "
      + "response, shared by its tokens."
  }

  @Sendable
  private static func groupNumbers(_ settings: Settings) -> String {
    settings.choice(.advantageEstimator) == "grpo" && settings.choice(.advantageBaseline) == "own_group"
      ? settings.choice(.groupOfOne) != "zero"
        ? "The rewards of each group are averaged, for its responses to be compared with; an answer that is alone is compared with 0."
        : "The rewards of each group are averaged, for its responses to be compared with."
      : "Numbers of each group, and of all rewards, from which advantages are made or which tell how they are spread."
  }

  @Sendable
  private static func groupRatio(_ settings: Settings) -> String {
    switch GroupLoss.chosen(by: settings).level(settings) {
    case .token: "How many times as likely is each token now as under the old policy?"
    case .mean: "How many times as likely is each response now, by the geometric mean of its tokens' ratios?"
    case .geometric:
      "How many times as likely is each response now, by the geometric mean of its tokens' ratios, each clipped first?"
    case .whole: "How many times as likely is each response now as when it was sampled?"
    }
  }

  @Sendable
  private static func groupMeaning(_ quantity: Quantity) -> Quantity.Description? {
    switch quantity {
    case .oldLogp:
      .init(
        "old_logp", "\\log\\pi_{\\text{old}}", [.sequence, .token],
        "the log-probability of the token under the policy before it learned from it")
    case .score: .init("score", "s", [.sequence], "what the rule or the users give the response")
    case .exactReward:
      .init("exact_reward", "\\mathbb E[R]", [], "the expected reward of the policy, over every possible response")
    case .exactObjective:
      .init(
        "exact_objective", "J_{\\text{exact}}", [],
        "the expected reward, by the rules that learning uses, minus beta times KL")
    case .optimumReward:
      .init("optimum_reward", "\\mathbb E_{\\pi^\\ast}[R]", [], "the expected reward of the optimal policy")
    case .optimumKL:
      .init(
        "optimum_kl", "\\mathrm{KL}(\\pi\\Vert\\pi^\\ast)", [],
        "the KL divergence from the optimum, which is proportional to reference times e^(reward/beta)")
    case .reward: .init("reward", "R", [.sequence], "the number that the response earned")
    case .rewardStd: .init("reward_std", "\\sigma_R", [], "the standard deviation of all rewards, weighed alike")
    case .rewardMean: .init("reward_mean", "\\mu_R", [], "the mean of all rewards, weighed as in its formula")
    case .rawAdvantage:
      .init("raw_advantage", "\\hat A", [.sequence], "the reward minus its baseline, before scaling")
    case .advantage:
      .init("advantage", "A", [.sequence], "how much better the response turned out than what it was compared with")
    case .objective: .init("objective", "J", [.sequence, .token], "what the update may count on at this token")
    case .kl:
      .init(
        "kl", "k", [.sequence, .token], "the estimate of this token's KL divergence from the reference, in the loss")
    case .policyLoss:
      .init("policy_loss", "L_\\pi", [], "the sum or mean of the tokens' losses, before the entropy bonus")
    default: nil
    }
  }
}
