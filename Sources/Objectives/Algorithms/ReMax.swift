extension Algorithm {
  /// The plain policy gradient against the policy's own greedy response to the same prompt (Li et al. 2023).
  public static let remax = Algorithm(
    name: "remax", title: "ReMax", material: .samples, credit: .returns, models: [.policy, .reference, .rewardModel],
    options: OptionsInUse(
      simulated: lossOptions + Option.sampling + Option.adam + Option.referenceMaking + Option.rewardModelMaking
        + Option.engine + [.responseLength, .schedule],
      replayed: lossOptions, training: Option.engine),
    roles: [
      (.klWeight, .klCoef), (.averaging, .aggregation), (.truncation, .missingEOSPenalty), (.iterations, .batches),
      (.batchSize, .batchSize), (.epochs, .epochs), (.minibatches, .minibatches), (.responseLength, .responseLength),
    ],
    stages: [
      .supervised, .rewardModel, .sync(before: "The policy starts as a copy of the reference."), .rollout,
      StageUse(
        .greedy, "The policy also writes its greedy response to each prompt; what that earns is the baseline."),
      .reference, .score, .sampler, .klPenalty, .returns,
      StageUse(
        .advantage,
        "Each return minus what the greedy response to the same prompt earned is the advantage of its step."),
      .enumeration, .policy, .policyGradient, .entropy, .policyGradientLoss, .gradient, .update, .metrics,
    ],
    story: { settings in
      let charge =
        settings.number(.klCoef) == 0 ? "" : " A frozen **reference** charges for every token that strays from it."
      return "A **policy** samples a response to each prompt, and writes the greedy one beside it, of the likeliest "
        + "token each time. A frozen **reward model** scores both.\(charge) What came after each token is its return; minus "
        + "the score of the greedy response, it is the advantage. Then every token becomes likelier in proportion to it, or less likely "
        + "where it is negative: there is no ratio, no clip and no critic."
    },
    usesReference: { $0.number(.klCoef) != 0 },
    meaning: policyGradientMeaning)

  private static let lossOptions =
    Option.scoring + Option.engineWeights + [.gamma, .entropyCoef, .aggregation, .lossScaleFactor]
}
