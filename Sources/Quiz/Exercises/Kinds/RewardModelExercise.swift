import Autodiff
import Objectives

extension Exercise {
  /// A reward model's loss (Christiano et al. 2017, equation 1; Touvron et al. 2023, equation 2).
  static let rewardModel = Exercise(
    name: "reward_model", title: "a reward model's loss with margins and centred scores, the mean over pairs",
    conventions: [
      "The chosen response's score is to lead by `wanted_margin`.",
      "`centering` is center_rewards_coefficient times the square of the sum of a pair's scores.",
    ],
    arguments: [
      Argument("chosen_score", .term(.chosenScore), .pair, "the scores of the chosen responses"),
      Argument("rejected_score", .term(.rejectedScore), .pair, "the scores of the rejected responses"),
      Argument("wanted_margin", .term(.wantedMargin), .pair, "by how much the chosen score is to lead"),
    ],
    options: [.centerRewards],
    terms: [
      Term(.margin, .pair), Term(.logit, .pair), Term(.centering, .pair), Term(.pairLoss, .pair), Term(.loss, .number),
    ],
    makeCases: { maker in
      [
        maker.scores("four pairs", count: 4, scale: 1, [(.centerRewards, .number(0.1))]),
        maker.scores("another coefficient", count: 3, scale: 1, [(.centerRewards, .number(maker.decimal(0.2, 0.5)))]),
        maker.scores("one pair", count: 1, scale: 1, [(.centerRewards, .number(0.05))]),
        maker.scores("large scores", count: 5, scale: 4, [(.centerRewards, .number(0.01))]),
      ]
    },
    misconceptions: [
      .term("margin-sign", .margin, text: "the margin is rejected minus chosen") { r in -r.x },
      .term("margin-plus", .margin, text: "the margin adds the two scores; it should subtract them") { r in
        r.own(.chosenScore) + r.own(.rejectedScore)
      },
      .term("margin-chosen", .margin, text: "the rejected score is missing from the margin") { r in r.own(.chosenScore)
      },
      .term("lead-missing", .logit, text: "wanted_margin is not used") { r in r.own(.margin) },
      .term("lead-added", .logit, text: "wanted_margin is added; it should be subtracted") { r in
        r.own(.margin) + r.own(.wantedMargin)
      },
      .term("lead-multiplied", .logit, text: "wanted_margin multiplies the margin; it should be subtracted") { r in
        r.own(.margin) * r.own(.wantedMargin)
      },
      .term(
        "centering-difference", .centering,
        text: "centering squares the difference of the scores; it should square their sum"
      ) { r in
        r.coefficient * square(r.own(.chosenScore) - r.own(.rejectedScore))
      },
      .term(
        "centering-squares", .centering, text: "centering adds the squares of the scores; it should square their sum"
      ) { r in
        r.coefficient * (square(r.own(.chosenScore)) + square(r.own(.rejectedScore)))
      },
      .term("centering-mean", .centering, text: "centering squares the mean of the scores; it should square their sum")
      {
        r in r.x / 4
      },
      .term("centering-root", .centering, text: "centering is not squared") { r in
        r.coefficient * (r.own(.chosenScore) + r.own(.rejectedScore))
      },
      .term("centering-unweighted", .centering, text: "center_rewards_coefficient is not used in centering") { r in
        r.x / r.coefficient
      },
      .term("centering-missing", .pairLoss, text: "centering is not in the loss") { r in -logSigmoid(r.own(.logit)) },
      .term("centering-subtracted", .pairLoss, text: "centering is subtracted; it should be added") { r in
        -logSigmoid(r.own(.logit)) - r.own(.centering)
      },
      .centred("log-missing", "the log is missing: the loss is −σ of the logit") { z in -sigmoid(z) },
      .centred("one-minus", "the loss is 1 − σ of the logit; it should be −log σ") { z in 1 - sigmoid(z) },
      .centred("loss-plus", "the minus is missing: the loss is log σ of the logit") { z in logSigmoid(z) },
      .centred("loss-other-side", "the loss is −log σ of minus the logit") { z in -logSigmoid(-z) },
      .centred("loss-hinge", "the loss is a hinge; it should be −log σ") { z in relu(1 - z) },
      .centred("loss-margin", "the loss is minus the logit: −log σ is missing") { z in -z },
      .term("loss-each", .pairLoss, text: "each score is judged on its own; the loss should be of their difference") {
        r in
        -logSigmoid(r.own(.chosenScore)) - logSigmoid(-r.own(.rejectedScore)) + r.own(.centering)
      },
    ] + Misconception.pairAverages)
}

extension Rewriting {
  fileprivate var coefficient: Double { settings.number(.centerRewards) }
}

extension Misconception {
  /// Another function of the logit, with centering as it should be.
  fileprivate static func centred(
    _ id: String, _ text: String, _ value: @escaping @Sendable (Scalar) -> Scalar
  ) -> Misconception {
    .term(id, .pairLoss, text: text) { r in value(r.own(.logit)) + r.own(.centering) }
  }
}
