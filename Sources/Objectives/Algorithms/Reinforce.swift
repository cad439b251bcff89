extension Algorithm {
  /// The plain policy gradient, without ratio, clip or critic (Williams 1992).
  public static let reinforce = Algorithm(
    name: "reinforce", title: "REINFORCE", material: .samples, credit: .returns,
    models: [.policy, .reference, .rewardModel],
    options: OptionsInUse(
      simulated: Option.scoring + Option.sampling + Option.adam + Option.referenceMaking + Option.rewardModelMaking
        + Option.engine + Option.engineWeights + [
          .gamma, .entropyCoef, .aggregation, .lossScaleFactor, .responseLength, .schedule, .returnBaseline,
        ]),
    roles: [
      (.klWeight, .klCoef), (.averaging, .aggregation), (.baseline, .returnBaseline), (.truncation, .missingEOSPenalty),
      (.iterations, .batches), (.batchSize, .batchSize), (.epochs, .epochs), (.minibatches, .minibatches),
      (.responseLength, .responseLength),
    ],
    stages: [
      .supervised, .rewardModel, .sync(before: "The policy starts."), .rollout, .reference, .score, .sampler,
      .klPenalty, .returns,
      StageUse(.advantage) { settings in
        settings.choice(.returnBaseline) == "mean"
          ? "Each return minus the batch's mean return is the advantage of its step."
          : "Each return is the advantage of its step, compared with nothing."
      },
      StageUse(.oracle, "Exact values of the policy, beside the sampled ones."), .policy,
      .policyGradient, .entropy, .policyGradientLoss, .gradient, .update, .metrics,
    ],
    story: { settings in
      "A **policy** samples, and what came after each step is its **return**. "
        + (settings.choice(.returnBaseline) == "mean"
          ? "The return minus the batch's mean return is the advantage. " : "The return itself is the advantage. ")
        + "Then every step becomes likelier in proportion to it, or less likely where it is negative: there is no ratio, "
        + "no clip and no critic."
    },
    usesReference: { $0.number(.klCoef) != 0 },
    meaning: policyGradientMeaning)

  /// The names of the plain policy gradient, whatever its baseline.
  @Sendable
  static func policyGradientMeaning(_ quantity: Quantity) -> Quantity.Description? {
    switch quantity {
    case .objective:
      .init("objective", "J", [.sequence, .token], "log-probability times advantage: its gradient is what counts")
    case .advantage: .init("advantage", "A", [.sequence, .token], "what the step's log-probability is weighted by")
    case .returns: .init("return", "G", [.sequence, .token], "this reward and all later ones, discounted by gamma")
    case .policyLoss: .init("policy_loss", "L_\\pi", [], "minus the sum or mean of log-probability times advantage")
    default: nil
    }
  }
}

extension StageUse {
  static let returns = StageUse(
    .returns, "Rewards are summed backwards: what came after each step is its return.")
  static let policyGradient = StageUse(.policyGradient, "Each log-probability is weighted by its advantage.")

  static let policyGradientLoss = StageUse(.loss) { settings in
    settings.number(.entropyCoef) == 0
      ? "Minus the \(Aggregation(settings).noun) of what the log-probabilities count is the number that is minimised."
      : "The parts are added up into the number that is minimised."
  }
}
