extension Algorithm {
  /// Pairs of answers, of which people preferred one; nothing is sampled (Rafailov et al. 2023).
  public static let dpo = Algorithm(
    name: "dpo", title: "DPO", material: .pairs, credit: nil, models: [.policy, .reference],
    options: OptionsInUse(
      simulated: pairOptions + Option.passes + Option.adam + Option.referenceMaking + [.responseLength],
      replayed: pairOptions),
    roles: [
      (.klWeight, .preferenceBeta), (.lossType, .preferenceLoss), (.epochs, .trainEpochs),
      (.batchSize, .trainBatchSize), (.responseLength, .responseLength),
    ],
    stages: [
      .supervised,
      StageUse(
        .sync, "The policy becomes the new one.", before: "The policy starts as a copy of the reference."),
      StageUse(.reference, "The frozen reference says how likely it makes each token of both responses."),
      StageUse(.oracle, "Exact values: what is true of all pairs, and over every possible response."),
      StageUse(.policy, "The policy being trained says how likely it now makes each token of both responses."),
      StageUse(.logRatio) { settings in
        PreferenceLoss.chosen(by: settings).usesReference
          ? "How much more likely is each response now than under the reference?"
          : "How likely is each response now? This loss has no reference."
      },
      StageUse(.margin) { settings in
        PreferenceLoss.chosen(by: settings).usesReference
          ? "The implicit reward of the chosen response is compared with that of the rejected one."
          : "What the policy makes of the chosen response is compared with what it makes of the rejected one."
      },
      StageUse(.pairLoss) { settings in
        settings.choice(.preferenceLoss).hasPrefix("aot")
          ? "Two lists of numbers of all pairs are sorted; those of the same rank are compared, and each rank has a loss."
          : "Each pair becomes its loss."
      },
      StageUse(.loss, "The mean over the pairs is the number that is minimised."), .gradient, .update, .effect,
      .metrics,
    ],
    story: { settings in
      let compared =
        PreferenceLoss.chosen(by: settings).usesReference
        ? "compares how much likelier than under a frozen **reference** each response has become"
        : "compares how likely each response is, without a reference"
      return "People preferred one of two responses to a prompt. The loss \(compared), and the **policy** learns to "
        + "tell them apart as people did: nothing is sampled, and there is neither a reward model nor a critic."
    },
    usesReference: { PreferenceLoss.chosen(by: $0).usesReference },
    meaning: { _ in nil })

  private static let pairOptions: [Option] = [
    .preferenceLoss, .preferenceBeta, .labelSmoothing, .divergence, .alphaDivergenceCoefficient, .discopopTau,
    .lengthDesensitizing, .simpoGamma, .ktoKL,
  ]
}
