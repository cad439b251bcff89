extension Algorithm {
  /// Maximum likelihood of demonstrations, from which the others start.
  public static let sft = Algorithm(
    name: "sft", title: "SFT", material: .demonstrations, credit: nil, models: [.policy],
    options: OptionsInUse(simulated: Option.passes + Option.adam, replayed: []),
    roles: [(.epochs, .trainEpochs), (.batchSize, .trainBatchSize)],
    stages: [
      StageUse(.sync, "The policy becomes the new one.", before: "The policy starts without preferences."),
      StageUse(.oracle, "Exact values: what is true of all demonstrations."),
      StageUse(.policy, "The policy being trained says how likely it now makes each token of the demonstrations."),
      StageUse(.loss, "Minus the mean log-probability of the tokens is the number that is minimised."), .gradient,
      .update, .effect, .metrics,
    ],
    story: { _ in
      "The **policy** learns demonstrations by heart, token by token: every token that stands there becomes more likely."
    },
    usesReference: { _ in false },
    meaning: { _ in nil })
}
