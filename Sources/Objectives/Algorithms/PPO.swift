extension Algorithm {
  /// A critic, a penalty for leaving the reference, several epochs on the same samples (Schulman et al. 2017; Ouyang et
  /// al. 2022).
  public static let ppo = Algorithm(
    name: "ppo", title: "PPO", material: .samples, credit: .critic,
    models: [.policy, .critic, .reference, .rewardModel],
    options: OptionsInUse(
      simulated: Option.scoring + Option.whitening + Option.clippedLoss + Option.sampling + Option.adam
        + Option.referenceMaking + Option.rewardModelMaking
        + Option.engine + Option.engineWeights + Option.engineRejection + Option.entropyTarget + Option.entropyControl
        + [.useKLLoss, .adaptiveKL, .klTarget, .klHorizon, .gamma, .lam, .scorePosition, .responseLength],
      replayed: Option.scoring + Option.whitening + Option.clippedLoss + Option.engineWeights
        + Option.engineRejection + Option.entropyTarget + [.useKLLoss, .gamma, .lam, .scorePosition],
      training: Option.engine + Option.entropyControl + [.adaptiveKL, .klTarget, .klHorizon]),
    roles: clipRoles + [
      (.klWeight, .klCoef), (.truncation, .missingEOSPenalty), (.responseLength, .responseLength),
    ],
    stages: [
      .supervised, .rewardModel, .sync(before: "The policy starts as a copy of the reference, the critic with zeros."),
      .rollout, .reference, .score,
      StageUse(.values, "The critic says, before each token, what return it expects from there."),
      .sampler, .klPenalty, .gae, .whiten, .enumeration, .actorAndCritic, .ratio, .clip, .valueLoss, .entropy,
      StageUse(.klLoss, "The KL from the reference enters the loss itself."), .loss, .gradient, .update,
      .adaptiveEntropy,
      StageUse(.adaptiveKL, "The KL coefficient is raised or lowered towards the target."), .metrics,
    ],
    story: { settings in
      let charge =
        settings.number(.klCoef) == 0 && !settings.flag(.adaptiveKL)
        ? "A frozen **reference** stands beside it, and here leaving it costs nothing."
        : settings.flag(.useKLLoss)
          ? "Straying from a frozen **reference** is punished in the loss."
          : "A frozen **reference** charges for every token that strays from it."
      return
        "A **policy** writes responses. A frozen **reward model** scores them. \(charge) A **critic** guesses before "
        + "each token what is still to come; the advantage says how much better or worse it came. Then the policy makes "
        + "the tokens with a positive advantage more likely and the others less, as far as a clip lets it, and the critic "
        + criticsLesson(settings)
    },
    usesReference: { $0.number(.klCoef) != 0 || $0.flag(.adaptiveKL) },
    meaning: { _ in nil })

  /// What the critic takes from a step, the end of a story.
  static func criticsLesson(_ settings: Settings) -> String {
    ppo.trains(.critic, settings) ? "learns what it should have said." : "learns nothing, since vf_coef is 0."
  }

  /// What PPO's options are for wherever it is used.
  static let clipRoles: [(role: Role, option: Option)] = [
    (.clipLow, .cliprange), (.clipHigh, .cliprangeHigh), (.averaging, .aggregation), (.iterations, .batches),
    (.batchSize, .batchSize), (.epochs, .epochs), (.minibatches, .minibatches),
  ]
}

extension StageUse {
  static let gae = StageUse(
    .gae,
    "Each delta is how much better a step turned out than the critic expected; summed backwards, they are advantages.")
  static let actorAndCritic = StageUse(.policy, "Policy and critic say what they now make of each sampled token.")
  static let valueLoss = StageUse(.valueLoss, "The critic is compared with the returns.")
}
