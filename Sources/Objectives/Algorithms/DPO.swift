extension Algorithm {
  /// Pairs of answers, of which people preferred one; nothing is sampled (Rafailov et al. 2023).
  public static let dpo = Algorithm(
    name: "dpo", title: "DPO", material: .pairs, credit: nil, models: [.policy, .reference],
    options: OptionsInUse(
      simulated: Option.pairLosses + followingOptions + Option.passes + Option.adam + Option.referenceMaking + [
        .responseLength
      ],
      replayed: Option.pairLosses, training: followingOptions),
    roles: [
      (.klWeight, .preferenceBeta), (.lossType, .preferenceLoss), (.epochs, .trainEpochs),
      (.batchSize, .trainBatchSize), (.responseLength, .responseLength),
    ],
    stages: [
      StageUse(.preference, "By how much did the chosen response score higher, where a score chose it?"),
      StageUse(.supervised) { settings in
        settings.flag(.syncReference)
          ? "The reference learns the demonstrations by maximum likelihood; later it follows the policy."
          : "The reference learns the demonstrations by maximum likelihood, then is frozen."
      },
      StageUse(
        .sync, "The policy becomes the new one.", before: "The policy starts as a copy of the reference."),
      StageUse(.reference) { settings in
        settings.flag(.syncReference)
          ? "The reference, as it is now, says how likely it makes each token of both responses."
          : "The frozen reference says how likely it makes each token of both responses."
      },
      StageUse(.oracle, "Exact values: what is true of all pairs, and over every possible response."),
      StageUse(.policy, "The policy being trained says how likely it now makes each token of both responses."),
    ] + pairStages + [
      .gradient, .update,
      StageUse(.referenceSync, "The reference moves towards the policy that it is compared with."), .effect, .metrics,
    ],
    story: { settings in
      let reference =
        settings.flag(.syncReference) ? "**reference** that follows the policy" : "frozen **reference**"
      let loss = PreferenceLoss.chosen(by: settings)
      let compared =
        loss.usesReference
        ? "compares how much likelier each response has become than under a \(reference)"
        : "compares how likely each response is, without a reference"
      let learning =
        loss.looksAtRejected
        ? "The loss \(compared), and the **policy** learns to tell them apart as people did: nothing"
        : "The loss is that of supervised learning: the **policy** learns to write the chosen ones, and the rejected ones "
          + "teach nothing. Nothing"
      return "People preferred one of two responses to a prompt. \(learning) is sampled, and there is neither a reward "
        + "model nor a critic."
    },
    usesReference: { PreferenceLoss.chosen(by: $0).usesReference },
    meaning: { _ in nil })

  /// TR-DPO: a reference that follows the policy.
  private static let followingOptions: [Option] = [.syncReference, .referenceMixup, .referenceSyncSteps]

  /// From two responses' log-probabilities to the loss of their pair.
  static let pairStages: [StageUse] = [
    StageUse(.logRatio) { settings in
      let loss = PreferenceLoss.chosen(by: settings)
      let isDiscounted = !loss.averagesTokens && settings.optionalNumber(.lengthDesensitizing) ?? 1 != 1
      let counting = isDiscounted ? ", where tokens beyond the shorter response's length count ld_alpha times" : ""
      return loss.usesReference
        ? "How much more likely is each response now than under the reference\(counting)?"
        : "How likely is each response now\(counting)? This loss has no reference."
    },
    StageUse(.margin) { settings in
      PreferenceLoss.chosen(by: settings).usesReference
        ? "The implicit reward of the chosen response is compared with that of the rejected one."
        : "What the policy makes of the chosen response is compared with what it makes of the rejected one."
    },
    StageUse(.pairWeight, "Each pair is weighed by how likely the policy finds its two responses."),
    StageUse(.pairLoss) { settings in
      let loss = PreferenceLoss.chosen(by: settings)
      let isSum = settings.choice(.preferenceLoss).contains(",")
      if loss.sorts {
        return
          "Two lists of numbers of all pairs are sorted; those of the same rank are compared, and each rank has a loss."
          + (isSum ? " The losses of several kinds are added." : "")
      }
      return isSum
        ? "Each pair becomes the weighted sum of its losses of several kinds." : "Each pair becomes its loss."
    },
    StageUse(.loss, "The mean over the pairs is the number that is minimised."),
  ]
}
