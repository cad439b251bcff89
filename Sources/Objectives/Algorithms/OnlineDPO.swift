extension Algorithm {
  /// DPO on pairs that the policy samples itself, each judged at once by a score (Guo et al. 2024, OAIF).
  public static let onlineDPO = Algorithm(
    name: "online-dpo", title: "Online DPO", material: .sampledPairs, credit: nil,
    models: [.policy, .reference, .rewardModel],
    options: OptionsInUse(
      simulated: Option.pairLosses + Option.adam + Option.referenceMaking + [
        .batches, .batchSize, .epochs, .minibatches, .responseLength, .missingEOSPenalty, .rewardSteps,
        .rewardLearningRate, .centerRewards,
      ],
      training: Option.pairLosses + [.missingEOSPenalty]),
    roles: [
      (.klWeight, .preferenceBeta), (.lossType, .preferenceLoss), (.truncation, .missingEOSPenalty),
      (.iterations, .batches), (.batchSize, .batchSize), (.epochs, .epochs), (.minibatches, .minibatches),
      (.responseLength, .responseLength),
    ],
    stages: [
      .supervised, .rewardModel, .sync(before: "The policy starts as a copy of the reference."),
      StageUse(.rollout, "The current policy samples two responses to each prompt, token by token."), .score,
      StageUse(.preference) { settings in
        let rule =
          settings.optionalNumber(.missingEOSPenalty) == nil ? "" : " A response without <eos> pays for that first."
        return
          "Of the two responses to a prompt, the one that scores higher counts as chosen; of equals, the first.\(rule)"
      },
      StageUse(.reference, "The frozen reference says how likely it makes each token of both responses."),
      StageUse(.oracle, "Exact values, over every possible response."),
      StageUse(.policy, "The policy being trained says how likely it now makes each token of both responses."),
    ] + pairStages + [.gradient, .update, .metrics],
    story: { settings in
      let loss = PreferenceLoss.chosen(by: settings)
      let compared =
        !loss.looksAtRejected
        ? "looks at the chosen ones alone"
        : loss.usesReference
          ? "compares how much likelier than under a frozen **reference** each has become"
          : "compares how likely each is, without a reference"
      return "The **policy** samples two responses to each prompt, and a frozen **reward model** scores both: the "
        + "better one counts as chosen. The loss (\(settings.choice(.preferenceLoss))) \(compared). Then the pairs are thrown away, and the policy "
        + "that has moved samples the next ones. There is neither a critic nor an advantage."
    },
    usesReference: { PreferenceLoss.chosen(by: $0).usesReference },
    meaning: { _ in nil })
}
