extension Algorithm {
  /// Single answers, each judged good or bad by itself; nothing is sampled (Ethayarajh et al. 2024).
  public static let kto = Algorithm(
    name: "kto", title: "KTO", material: .judgements, credit: nil, models: [.policy, .reference],
    options: OptionsInUse(
      simulated: judgementOptions + Option.passes + Option.adam + Option.referenceMaking + [.responseLength],
      replayed: judgementOptions),
    roles: [
      (.klWeight, .preferenceBeta), (.lossType, .judgementLoss), (.epochs, .trainEpochs),
      (.batchSize, .trainBatchSize), (.responseLength, .responseLength),
    ],
    stages: [
      .supervised,
      StageUse(.sync, "The policy becomes the new one.", before: "The policy starts as a copy of the reference."),
      StageUse(.reference, "The frozen reference says how likely it makes each token of every response."),
      StageUse(.oracle, "Exact values: what is true of all judged responses, and over every possible response."),
      StageUse(.policy, "The policy being trained says how likely it now makes each token of the responses."),
      StageUse(.mismatch, "Each prompt is put before another example's response, and both models are asked again."),
      StageUse(
        .referencePoint, "How far has the policy moved on the whole? That is what the responses are compared with."),
      StageUse(.logRatio, "How much more likely is each response now than under the reference?"),
      StageUse(.humanValue) { settings in
        comparesWithKL(settings)
          ? "What each response is worth: how far it leads the reference point if it is desirable, trails it if not."
          : "What each response is worth: how much likelier it has become if it is desirable, less likely if not."
      },
      StageUse(.loss, "The mean over the responses is the number that is minimised."), .gradient, .update, .effect,
      .metrics,
    ],
    story: { settings in
      let measure =
        comparesWithKL(settings)
        ? "compared with how far the policy has moved on the whole, estimated from prompts and responses that do not "
          + "belong together" : "compared with 0"
      return "People judged single responses **desirable** or **undesirable**; there are no pairs. The loss asks how "
        + "much likelier than under a frozen **reference** each response has become, \(measure), and the **policy** "
        + "\(lesson(settings))."
    },
    usesReference: { _ in true },
    meaning: { quantity in
      switch quantity {
      case .logp:
        .init(
          "logp", "\\log\\pi_\\theta", [.sequence, .token],
          "the log-probability of this token of the response under the policy being trained")
      case .refLogp:
        .init("ref_logp", "\\log\\pi_{\\text{ref}}", [.sequence, .token], "the same under the frozen reference")
      default: nil
      }
    })

  private static let judgementOptions: [Option] = [
    .judgementLoss, .preferenceBeta, .desirableWeight, .undesirableWeight,
  ]

  /// What the policy learns from either kind, by their weights.
  private static func lesson(_ settings: Settings) -> String {
    switch (settings.number(.desirableWeight) != 0, settings.number(.undesirableWeight) != 0) {
    case (true, true): "learns to raise the desirable ones and to lower the others"
    case (true, false): "learns to raise the desirable ones; the others weigh nothing"
    case (false, true): "learns to lower the undesirable ones; the others weigh nothing"
    case (false, false): "learns nothing, since neither kind weighs anything"
    }
  }

  /// Whether a reference point is estimated, with which each response is compared.
  static func comparesWithKL(_ settings: Settings) -> Bool { settings.choice(.judgementLoss) == "kto" }
}
