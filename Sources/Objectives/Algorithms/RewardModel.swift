extension Algorithm {
  /// A model that scores responses, learned from pairs, by which PPO is steered (Christiano et al. 2017).
  public static let rewardModel = Algorithm(
    name: "reward-model", title: "Reward model", material: .pairs, credit: nil, models: [.rewardModel],
    options: OptionsInUse(
      simulated: Option.passes + Option.adam + [.centerRewards, .rewardMargin],
      replayed: [.centerRewards, .rewardMargin],
      training: [.centerRewards, .rewardMargin]),
    roles: [(.epochs, .trainEpochs), (.batchSize, .trainBatchSize)],
    stages: [
      StageUse(.sync, "The reward model becomes the new one.", before: "The reward model starts with zeros."),
      StageUse(.oracle, "Exact values: how many of all pairs are ranked correctly."),
      StageUse(.score, "The reward model gives each of the two responses one number."),
      StageUse(.margin, "The score of the chosen response is compared with that of the rejected one."),
      StageUse(.pairLoss) { settings in
        settings.number(.centerRewards) == 0
          ? "Each pair's margin becomes its loss."
          : "Each pair's margin becomes its loss, and scores whose sum is not 0 pay for it."
      },
      StageUse(.loss, "The mean over the pairs is the number that is minimised."), .gradient, .update, .metrics,
    ],
    story: { _ in
      "People preferred one of two responses to a prompt. The **reward model** gives every response one number and "
        + "learns to score the preferred one higher: as if the difference of the scores were the log-odds of the "
        + "choice."
    },
    usesReference: { _ in false },
    meaning: { quantity in
      switch quantity {
      case .chosenScore:
        .init("chosen_score", "r^w", [.pair], "the reward model's score of the chosen response")
      case .rejectedScore:
        .init("rejected_score", "r^l", [.pair], "the reward model's score of the rejected response")
      case .margin:
        .init("margin", "m", [.pair], "the score of the chosen response minus that of the rejected one")
      case .logit:
        .init("logit", "z", [.pair], "the margin less the one that is wanted: what the loss judges")
      case .chosenProbability:
        .init(
          "chosen_prob", "p", [.pair], "how sure the reward model is that the chosen response is preferred")
      case .gradientWeight:
        .init(
          "gradient_weight", "\\omega", [.pair], "how wrongly the pair is ranked, by which its gradient is weighted"
        )
      case .meanMargin: .init("mean_margin", "\\bar m", [], "the margin of the scores now, the mean over all pairs")
      default: nil
      }
    })
}
