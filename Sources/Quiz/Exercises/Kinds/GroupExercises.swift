import Autodiff
import Objectives
import Simulation

extension Exercise {
  static let groupExercises: [Exercise] = [
    groupLoss(
      "grpo", "GRPO's loss: the mean over responses of the mean over their tokens", .choice("grpo"),
      average: "average-responses"),
    groupLoss(
      "dr_grpo", "Dr. GRPO's loss: the sum over all tokens by responses times max_completion_length",
      .choice("dr_grpo"),
      isScaled: false, options: [.maxCompletionLength],
      conventions: ["Nothing is divided by a standard deviation."]),
    groupLoss(
      "dapo", "DAPO's loss: the mean over all tokens of the batch that count", .choice("dapo"),
      average: "average-tokens"),
    groupLoss(
      "gspo", "GSPO's loss: one ratio for each response, the mean over responses", .choice("grpo"),
      average: "average-responses",
      conventions: ["The ratio of a response is the geometric mean of its tokens' ratios, over the tokens that count."],
      isOfResponses: true),
    cispo, rloo,
  ]

  private static let clipRange = Misconception.Range(low: .epsilon, high: .epsilonHigh)

  /// A member of GRPO's family that clips.
  private static func groupLoss(
    _ name: String, _ title: String, _ loss: OptionValue, average: String = "", isScaled: Bool = true,
    options: [Option] = [],
    conventions: [String] = [], isOfResponses: Bool = false
  ) -> Exercise {
    let names: Misconception.ClipNames = isOfResponses ? .response : .token
    let shape: Shape = isOfResponses ? .response : .token
    let ratioTerms = [names.ratio, names.clipped, names.surrogate, names.clippedSurrogate, names.objective]
    return Exercise(
      name: name, title: title, conventions: groupConventions(isScaled: isScaled) + conventions,
      arguments: groupArguments,
      options: [.groupBeta, .epsilon, .epsilonHigh] + (isScaled ? [.scaleEpsilon] : []) + options,
      terms: [Term(.groupMean, .group)] + (isScaled ? [Term(.groupStd, .group)] : [])
        + [Term(.advantage, .response)] + ratioTerms.map { Term($0, shape) }
        + [Term(.kl, .token), Term(.tokenLoss, .token), Term(.loss, .number)],
      settings: [
        (.groupLoss, loss), (.importanceSamplingLevel, .choice(isOfResponses ? "sequence" : "token")),
      ],
      conditions: [(.scaleRewards, .choice(isScaled ? "group" : "none"))],
      makeCases: groupCases,
      misconceptions: Misconception.groupAdvantages(isScaled: isScaled)
        + (isOfResponses ? responseRatios : Misconception.ratios) + Misconception.clips(clipRange, names)
        + Misconception.groupKL + Misconception.groupTokens(names.objective) + [.maskIgnored]
        + Misconception.averages(.policyLoss, of: .tokenLoss, right: average) + groupAverages + [lastLeftOut(average)])
  }

  /// The end of a text that is taken for padding, as where both are one token.
  ///
  /// - Parameter average: Which average the exercise asks for, as in `Misconception.averages`.
  private static func lastLeftOut(_ average: String) -> Misconception {
    .term("average-last", .policyLoss, text: "the last token of each response is left out, as if it were padding") {
      r in
      let rows = r.rows(.tokenLoss).map { $0.count > 1 ? $0.dropLast() : $0[...] }
      switch average {
      case "average-responses": return r.tape.mean(rows.map { r.tape.mean(Array($0)) })
      case "average-tokens": return r.tape.mean(rows.flatMap { $0 })
      default:
        return r.tape.sum(rows.flatMap { $0 }) / (Double(rows.count) * r.settings.number(.maxCompletionLength))
      }
    }
  }

  private static func groupConventions(isScaled: Bool) -> [String] {
    [
      "group[i] says which group response i belongs to; the groups' numbers are 0, 1, …",
      "All tokens of a response share its advantage.",
      "The KL is the estimator k3.",
    ]
      + (isScaled
        ? [
          "A group's standard deviation is that of a sample; it is 0 for a group of one.",
          "scale_rewards_epsilon is added to it before dividing.",
        ] : [])
  }

  private static let groupArguments = [
    Argument("logp", .term(.logp), .token, "log-probabilities under the policy that learns"),
    Argument("old_logp", .term(.oldLogp), .token, "the same under the policy that sampled"),
    Argument("ref_logp", .term(.refLogp), .token, "the same under the frozen reference"), .mask,
    Argument("reward", .term(.reward), .response, "the reward of each response"),
    Argument("group", .groups, .response, "the number of each response's group"),
  ]

  @Sendable
  private static func groupCases(_ maker: inout CaseMaker) -> [ExerciseCase] {
    func options(_ beta: Double, _ low: Double, _ high: Double) -> [(Option, OptionValue)] {
      [
        (.groupBeta, .number(beta)), (.epsilon, .number(low)), (.epsilonHigh, .number(high)),
        (.maxCompletionLength, .integer(16)),
      ]
    }
    return [
      maker.groups("two groups of four", groups: [0, 0, 0, 0, 1, 1, 1, 1], options(0.04, 0.2, 0.28)),
      maker.groups(
        "groups whose answers are mixed up", groups: [0, 1, 2, 0, 1, 2, 0, 1, 2],
        options(maker.decimal(0.1, 0.5), maker.decimal(0.1, 0.2), maker.decimal(0.25, 0.4))),
      maker.groups(
        "a group of equal rewards", groups: [0, 0, 0, 1, 1, 1], reward: { $0 == 0 ? 0.5 : nil }, options(0.1, 0.15, 0.3)
      ),
      maker.groups("a group of one", groups: [0, 0, 0, 1, 2, 2], padding: 2, options(0.2, 0.2, 0.1)),
      maker.groups(
        "masked tokens within responses", groups: [0, 0, 1, 1, 1, 0], masked: 0.35, options(0.3, 0.2, 0.25)),
      maker.groups(
        "far from the old policy", groups: [0, 1, 0, 1, 0, 1], spread: 0.9, far: true, options(0.05, 0.25, 0.2)),
      maker.groups(
        "responses of one token, no padding", groups: [0, 0, 1, 1], padding: 0, far: true, options(0.1, 0.1, 0.2)),
    ]
  }

  /// What people get wrong about the ratio of a response.
  private static let responseRatios: [Misconception] = [
    .term("gspo-sum", .sequenceRatio, text: "the log-ratios are summed; they should be averaged over the response") {
      r in
      exp(r.tape.sum(r.rows(.logRatio)[r.i]))
    },
    .term("gspo-mean-ratio", .sequenceRatio, text: "the tokens' ratios are averaged; their logarithms should be") {
      r in
      r.tape.mean(r.rows(.logRatio)[r.i].map { exp($0) })
    },
    .term(
      "gspo-padding", .sequenceRatio,
      text: "the sum of the log-ratios is divided by the width of the array, not by the tokens that count"
    ) { r in
      exp(r.tape.sum(r.rows(.logRatio)[r.i]) / r.width)
    },
    .term("gspo-mean-padding", .sequenceRatio, text: "the mean of the log-ratios goes over padding and masked tokens") {
      r in
      exp(r.tape.mean(r.paddedLogRatios))
    },
    .term("ratio-inverse", .sequenceRatio, text: "the ratio is upside down: π_old / π") { r in 1 / r.x },
    .term("ratio-log", .sequenceRatio, text: "the ratio lacks the exp") { r in r.own(.sequenceLogRatio) },
    .term("ratio-one", .sequenceRatio, text: "the ratio is 1 everywhere: old_logp is not used") { r in r.constant(1) },
    .term(
      "ratio-reference", .sequenceRatio, text: "the ratio is taken to the reference; it should be to the old policy"
    ) { r in
      exp(r.tape.mean(zip(r.rows(.logp)[r.i], r.rows(.refLogp)[r.i]).map { $0 - $1 }))
    },
  ]

  /// Averages that know of groups.
  private static let groupAverages: [Misconception] = [
    .term("average-groups", .policyLoss, text: "each group is averaged first, so that small groups weigh more") { r in
      let rows = r.rows(.tokenLoss)
      return r.tape.mean(r.members.map { members in r.tape.mean(members.flatMap { rows[$0] }) })
    },
    .term(
      "average-tokens-length", .policyLoss,
      text: "it is divided by max_completion_length alone, not by the responses too"
    ) { r in
      r.tape.sum(r.rows(.tokenLoss).flatMap { $0 }) / r.settings.number(.maxCompletionLength)
    },
    .term(
      "average-row-padding", .policyLoss,
      text: "each response is divided by the width of the array, not by its own tokens"
    ) { r in
      r.tape.mean(r.rows(.tokenLoss).map { r.tape.sum($0) / r.width })
    },
  ]

  /// CISPO (MiniMax 2025, equation 4).
  private static let cispo = Exercise(
    name: "cispo", title: "CISPO's loss: the ratio, held at epsilon_high, weighs log π",
    conventions: groupConventions(isScaled: true) + [
      "The weight is at most epsilon_high itself, and no gradient passes it; there is no lower border.",
      "The mean is over all tokens that count.",
    ],
    arguments: groupArguments, options: [.groupBeta, .epsilonHigh, .scaleEpsilon],
    terms: [
      Term(.groupMean, .group), Term(.groupStd, .group), Term(.advantage, .response), Term(.ratio, .token),
      Term(.ratioWeight, .token), Term(.objective, .token), Term(.kl, .token), Term(.tokenLoss, .token),
      Term(.loss, .number),
    ],
    settings: [(.groupLoss, .choice("cispo"))],
    makeCases: { maker in
      var cases = groupCases(&maker)
      // A weight is held at a multiple of 1, not at a distance from it.
      for n in cases.indices {
        let high = 1 + cases[n].batch.settings.number(.epsilonHigh)
        do throws(OptionError) { try cases[n].batch.settings.set(.epsilonHigh, to: .number(high)) } catch {}
      }
      return cases
    },
    misconceptions: Misconception.groupAdvantages(isScaled: true) + Misconception.ratios + [
      .term(
        "cispo-border", .ratioWeight,
        text: "the weight is held at 1 + epsilon_high; it should be held at epsilon_high itself"
      ) { r in
        clip(r.own(.ratio), -.infinity, 1 + r.settings.number(.epsilonHigh))
      },
      .term("cispo-lower", .ratioWeight, text: "the weight is also clipped from below") { r in
        clip(r.own(.ratio), 1 - (r.settings.number(.epsilonHigh) - 1), r.settings.number(.epsilonHigh))
      },
      .term("cispo-unclipped", .ratioWeight, text: "the weight is not clipped") { r in r.own(.ratio) },
      .term("cispo-no-logp", .objective, text: "log π is missing from the objective") { r in
        r.own(.ratioWeight) * r.advantage
      },
      .term(
        "cispo-minimum", .objective, text: "the objective is PPO's minimum; it should be weight · advantage · log π"
      ) { r in
        minimum(r.own(.ratio) * r.advantage, r.own(.ratioWeight) * r.advantage)
      },
      .term("cispo-old-logp", .objective, text: "the objective has old_logp; it should have logp") { r in
        r.own(.ratioWeight) * r.advantage * r.own(.oldLogp)
      },
      .term("cispo-no-weight", .objective, text: "the weight is missing from the objective") { r in
        r.advantage * r.own(.logp)
      },
      .term("cispo-no-advantage", .objective, text: "the advantage is missing from the objective") { r in
        r.own(.ratioWeight) * r.own(.logp)
      },
    ] + Misconception.groupKL + Misconception.groupTokens(.objective) + [.maskIgnored]
      + Misconception.averages(.policyLoss, of: .tokenLoss, right: "average-tokens") + groupAverages)

  /// RLOO's advantages (Ahmadian et al. 2024, equation 8).
  private static let rloo = Exercise(
    name: "rloo", title: "RLOO's advantages: each reward is compared with the mean of the others in its group",
    conventions: [
      "group[i] says which group response i belongs to; the groups' numbers are 0, 1, …",
      "A response that is alone in its group is compared with 0.",
    ],
    arguments: Array(groupArguments.suffix(2)), options: [],
    terms: [Term(.baseline, .response), Term(.advantage, .response)],
    settings: [(.advantageEstimator, .choice("rloo"))], conditions: [(.groupLoss, .choice("grpo"))],
    makeCases: groupCases,
    misconceptions: [
      .term("rloo-own", .baseline, text: "baseline counts the response's own reward: it is the mean of the others") {
        r in
        r.tape.mean(r.members[r.group].map { r.term(.reward, $0) })
      },
      .term("rloo-n", .baseline, text: "baseline divides the sum of the others by n, not n − 1") { r in
        let all = r.members[r.group]
        return r.tape.sum(all.filter { $0 != r.i }.map { r.term(.reward, $0) }) / Double(all.count)
      },
      .term("rloo-sum", .baseline, text: "baseline is the sum of the others: nothing is divided") { r in
        r.tape.sum(r.members[r.group].filter { $0 != r.i }.map { r.term(.reward, $0) })
      },
      .term("rloo-whole-sum", .baseline, text: "baseline has the response's own reward in its sum and n − 1 below") {
        r in
        let all = r.members[r.group]
        return all.count == 1 ? nil : r.tape.sum(all.map { r.term(.reward, $0) }) / Double(all.count - 1)
      },
      .term("rloo-one-nan", .baseline, text: "the baseline of a response that is alone is 0 / 0: it counts as 0") { r in
        r.members[r.group].count == 1 ? r.constant(.nan) : nil
      },
      .term(
        "rloo-one-own", .baseline,
        text: "a response that is alone is compared with itself; it should be compared with 0"
      ) {
        r in
        r.members[r.group].count == 1 ? r.own(.reward) : nil
      },
      .term("rloo-all", .baseline, text: "baseline is the mean of all other rewards, of other groups too") { r in
        r.tape.mean((0..<r.of.count).filter { $0 != r.i }.map { r.term(.reward, $0) })
      },
      .term(
        "rloo-scaled", .advantage,
        text: "the advantage is divided by the group's standard deviation: here nothing is divided"
      ) { r in
        r.own(.rawAdvantage) / (r.term(.groupStd, r.group) + 1e-4)
      },
      .term(
        "rloo-scaled-8", .advantage,
        text: "the advantage is divided by the group's standard deviation: here nothing is divided"
      ) { r in
        r.own(.rawAdvantage) / (r.term(.groupStd, r.group) + 1e-8)
      },
      .term("advantage-sign", .advantage, text: "the advantage has the wrong sign: baseline minus reward") { r in -r.x
      },
      .term("advantage-reward", .advantage, text: "the advantage is the reward itself") { r in r.own(.reward) },
      .groupsMerged, .groupsConsecutive, .groupsAsLarge,
    ])
}
