import Autodiff
import Objectives

extension Exercise {
  static let preferenceExercises: [Exercise] = [dpo, ipo, hinge, cdpo, robust, apoZero, simpo, orpo]

  /// DPO (Rafailov et al. 2023, equation 7).
  private static let dpo = preference(
    "dpo", "DPO's loss", .choice("sigmoid"),
    misconceptions: Misconception.pairRewards + Misconception.pairLogistic)

  /// IPO (Azar et al. 2023, equation 17), of means as its authors' code has it.
  private static let ipo = preference(
    "ipo", "IPO's loss, of log-ratios per token", .choice("ipo"),
    conventions: ["`logit` is the difference of the log-ratios, each divided by its response's number of tokens."],
    terms: [Exercise.Term(.logit, .pair)], showsMargin: false,
    misconceptions: [
      .term(
        "ipo-sums", .logit,
        text: "the log-ratios are those of whole responses; each should be divided by its number of tokens"
      ) { r in
        r.own(.chosenLogRatio) - r.own(.rejectedLogRatio)
      },
      .term(
        "ipo-padding", .logit,
        text: "the log-ratios are divided by the width of the array, not by the tokens that count"
      ) { r in
        (r.own(.chosenLogRatio) - r.own(.rejectedLogRatio)) / r.width
      },
      .term("ipo-one-length", .logit, text: "both log-ratios are divided by the chosen response's tokens") { r in
        (r.own(.chosenLogRatio) - r.own(.rejectedLogRatio)) / Double(r.of.lengths(.chosen)[r.i])
      },
      .term("margin-sign", .logit, text: "the difference is rejected minus chosen") { r in -r.x },
      .term("ipo-beta", .pairLoss, text: "the target is 1 / beta; it should be 1 / (2 beta)") { r in
        square(r.own(.logit) - 1 / r.beta)
      },
      .term("ipo-beta-up", .pairLoss, text: "the target is beta / 2; it should be 1 / (2 beta)") { r in
        square(r.own(.logit) - r.beta / 2)
      },
      .term("ipo-half", .pairLoss, text: "the target is ½; it should be 1 / (2 beta)") { r in
        square(r.own(.logit) - 0.5)
      },
      .term("ipo-scaled", .pairLoss, text: "the difference is multiplied by beta before the target is subtracted") {
        r in
        square(r.beta * r.own(.logit) - 1 / (2 * r.beta))
      },
      .term(
        "ipo-scaled-half", .pairLoss,
        text: "the difference is multiplied by beta and compared with ½, which is beta² times the loss"
      ) { r in
        square(r.beta * r.own(.logit) - 0.5)
      },
      .term("ipo-no-target", .pairLoss, text: "the target 1 / (2 beta) is not subtracted") { r in square(r.own(.logit))
      },
      .term("ipo-plus", .pairLoss, text: "the target is added; it should be subtracted") { r in
        square(r.own(.logit) + 1 / (2 * r.beta))
      },
      .term("ipo-root", .pairLoss, text: "the distance from the target is not squared") { r in
        let d = r.own(.logit) - 1 / (2 * r.beta)
        return maximum(d, -d)
      },
      .pairLoss("ipo-sigmoid", "the loss is DPO's −log σ") { z in -logSigmoid(z) },
    ])

  /// The hinge (Zhao et al. 2023, SLiC, equation 2).
  private static let hinge = preference(
    "hinge", "the hinge loss of preferences", .choice("hinge"),
    misconceptions: Misconception.pairRewards + [
      .pairLoss("hinge-no-relu", "the loss is 1 minus the margin, also below 0") { z in 1 - z },
      .pairLoss("hinge-zero", "the margin is to be above 0; it should be above 1") { z in relu(-z) },
      .pairLoss("hinge-sign", "the loss grows with the margin: 1 + margin") { z in relu(1 + z) },
      .pairLoss("hinge-turned", "the loss is what the margin has above 1") { z in relu(z - 1) },
      .pairLoss("hinge-squared", "the hinge is squared") { z in square(relu(1 - z)) },
      .pairLoss("hinge-sigmoid", "the loss is DPO's −log σ") { z in -logSigmoid(z) },
      .pairLoss("hinge-minimum", "the smaller of 0 and 1 − margin is taken; it should be the larger one") { z in
        minimum(1 - z, z.tape.constant(0))
      },
    ])

  /// Conservative DPO (Mitchell 2023).
  private static let cdpo = preference(
    "cdpo", "conservative DPO's loss: a share label_smoothing of the labels is taken to be wrong", .choice("cdpo"),
    options: [.labelSmoothing],
    misconceptions: Misconception.pairRewards + [
      .smoothed("smoothing-ignored", "label_smoothing is not used") { z, _ in -logSigmoid(z) },
      .smoothed("smoothing-exchanged", "label_smoothing and 1 − label_smoothing are exchanged") { z, e in
        -e * logSigmoid(z) - (1 - e) * logSigmoid(-z)
      },
      .smoothed("smoothing-sign", "the second part has the wrong sign") { z, e in
        -(1 - e) * logSigmoid(z) + e * logSigmoid(-z)
      },
      .smoothed("smoothing-whole", "the first part is not multiplied by 1 − label_smoothing") { z, e in
        -logSigmoid(z) - e * logSigmoid(-z)
      },
      .smoothed("smoothing-one-part", "the part of the wrong labels is missing") { z, e in -(1 - e) * logSigmoid(z) },
      .smoothed(
        "smoothing-same-side", "both parts have log σ of the margin: the second one has that of minus the margin"
      ) {
        z, e in -(1 - e) * logSigmoid(z) - e * logSigmoid(z)
      },
      .smoothed("smoothing-robust", "it is divided by 1 − 2 label_smoothing, as in robust DPO") { z, e in
        (-(1 - e) * logSigmoid(z) - e * logSigmoid(-z)) / (1 - 2 * e)
      },
      .smoothed("loss-plus", "the loss has the wrong sign") { z, e in (1 - e) * logSigmoid(z) + e * logSigmoid(-z) },
    ])

  /// Robust DPO (Chowdhury et al. 2024, equation 13).
  private static let robust = preference(
    "robust", "robust DPO's loss: unbiased where a share label_smoothing of the labels is wrong", .choice("robust"),
    options: [.labelSmoothing],
    misconceptions: Misconception.pairRewards + [
      .smoothed("smoothing-ignored", "label_smoothing is not used") { z, _ in -logSigmoid(z) },
      .smoothed("robust-denominator", "it is not divided by 1 − 2 label_smoothing") { z, e in
        -(1 - e) * logSigmoid(z) + e * logSigmoid(-z)
      },
      .smoothed("smoothing-conservative", "the second part has the sign of conservative DPO") { z, e in
        (-(1 - e) * logSigmoid(z) - e * logSigmoid(-z)) / (1 - 2 * e)
      },
      .smoothed("robust-conservative", "it is conservative DPO's loss") { z, e in
        -(1 - e) * logSigmoid(z) - e * logSigmoid(-z)
      },
      .smoothed("robust-one", "it is divided by 1 − label_smoothing; it should be 1 − 2 label_smoothing") { z, e in
        (-(1 - e) * logSigmoid(z) + e * logSigmoid(-z)) / (1 - e)
      },
      .smoothed("robust-multiplied", "it is multiplied by 1 − 2 label_smoothing; it should be divided") { z, e in
        (-(1 - e) * logSigmoid(z) + e * logSigmoid(-z)) * (1 - 2 * e)
      },
      .smoothed("smoothing-exchanged", "label_smoothing and 1 − label_smoothing are exchanged") { z, e in
        (-e * logSigmoid(z) + (1 - e) * logSigmoid(-z)) / (1 - 2 * e)
      },
      .smoothed("loss-plus", "the loss has the wrong sign") { z, e in
        ((1 - e) * logSigmoid(z) - e * logSigmoid(-z)) / (1 - 2 * e)
      },
    ])

  /// APO-zero (D'Oosterlinck et al. 2024).
  private static let apoZero = preference(
    "apo_zero", "the loss of APO-zero: chosen rewards up, rejected ones down, each by a σ of its own",
    .choice("apo_zero"),
    terms: [Exercise.Term(.chosenLoss, .pair), Exercise.Term(.rejectedLoss, .pair)],
    misconceptions: Misconception.pairRewards.filter { !$0.id.hasPrefix("margin") && $0.id != "beta-twice" } + [
      .term("margin-sign", .margin, text: "the margin is rejected minus chosen") { r in -r.x },
      .term("apo-chosen", .chosenLoss, text: "chosen_loss is σ of the reward; it should be 1 − σ") { r in 1 - r.x },
      .term("apo-rejected", .rejectedLoss, text: "rejected_loss is 1 − σ of the reward; it should be σ") { r in 1 - r.x
      },
      .term("apo-down", .pairLoss, text: "it is the loss of APO-down") { r in
        sigmoid(r.own(.chosenReward)) + 1 - sigmoid(r.own(.margin))
      },
      .term("apo-log", .chosenLoss, text: "chosen_loss is −log σ of the reward; it should be 1 − σ") { r in
        -logSigmoid(r.own(.chosenReward))
      },
      .term(
        "apo-margin", .rejectedLoss, text: "rejected_loss is made of the margin; it should be of the rejected reward"
      ) { r in
        sigmoid(r.own(.margin))
      },
      .term("apo-chosen-only", .pairLoss, text: "the rejected part is missing") { r in r.own(.chosenLoss) },
      .term("apo-minus", .pairLoss, text: "the rejected part is subtracted; it should be added") { r in
        r.own(.chosenLoss) - r.own(.rejectedLoss)
      },
    ])

  /// SimPO (Meng et al. 2024, equation 6).
  private static let simpo = preference(
    "simpo", "SimPO's loss: mean log-probabilities, no reference, a margin to lead by", .choice("simpo"),
    conventions: ["`chosen_response_logp` and `rejected_response_logp` are means over tokens."],
    options: [.simpoGamma], terms: [Exercise.Term(.logit, .pair)], hasReference: false,
    misconceptions: Misconception.pairRewards + Misconception.pairLogistic + [
      .term("gamma-missing", .logit, text: "simpo_gamma is not used") { r in r.own(.margin) },
      .term("gamma-added", .logit, text: "simpo_gamma is added; it should be subtracted") { r in
        r.own(.margin) + r.settings.number(.simpoGamma)
      },
      .term("gamma-scaled", .logit, text: "simpo_gamma is multiplied by beta; only the log-probabilities should be") {
        r in
        r.own(.margin) - r.beta * r.settings.number(.simpoGamma)
      },
      .term("gamma-divided", .logit, text: "simpo_gamma is divided by beta") { r in
        r.own(.margin) - r.settings.number(.simpoGamma) / r.beta
      },
    ])

  /// ORPO (Hong et al. 2024, equations 4 to 7).
  private static let orpo = preference(
    "orpo", "ORPO's loss: the likelihood of the chosen responses, and the odds ratio", .choice("orpo"),
    conventions: [
      "`chosen_response_logp` and `rejected_response_logp` are means over tokens, of which the odds are taken.",
      "`chosen_loss`, the same for all pairs, is minus the mean over all chosen tokens of the batch.",
    ],
    terms: [Exercise.Term(.chosenLoss, .pair), Exercise.Term(.logOdds, .pair)], hasReference: false, showsMargin: false,
    misconceptions: [
      .term("orpo-odds", .logOdds, text: "log_odds is the difference of the log-probabilities: log(1 − p) is missing") {
        r in
        r.own(.chosenResponseLogp) - r.own(.rejectedResponseLogp)
      },
      .term("orpo-odds-sign", .logOdds, text: "log_odds has the wrong sign: rejected minus chosen") { r in -r.x },
      .term("orpo-odds-plus", .logOdds, text: "log(1 − p) is added to log p; it should be subtracted") { r in
        (r.own(.chosenResponseLogp) + log1mexp(r.own(.chosenResponseLogp)))
          - (r.own(.rejectedResponseLogp) + log1mexp(r.own(.rejectedResponseLogp)))
      },
      .term(
        "orpo-responses", .chosenLoss,
        text: "chosen_loss is the mean over the pair's own tokens; it should be over all of the batch"
      ) { r in
        -r.own(.chosenResponseLogp)
      },
      .term("orpo-means", .chosenLoss, text: "chosen_loss averages each response first; all tokens should count alike")
      {
        r in
        -r.tape.mean(r.column(.chosenResponseLogp))
      },
      .term("orpo-chosen-sign", .chosenLoss, text: "chosen_loss has the wrong sign") { r in -r.x },
      .term("orpo-no-chosen", .pairLoss, text: "the likelihood of the chosen responses is missing from the loss") { r in
        r.x - r.own(.chosenLoss)
      },
      .term("orpo-no-odds", .pairLoss, text: "the odds ratio is missing from the loss") { r in r.own(.chosenLoss) },
      .term("orpo-sign", .pairLoss, text: "the part of the odds ratio has the wrong sign") { r in
        r.own(.chosenLoss) + r.beta * logSigmoid(r.own(.logOdds))
      },
      .term("beta-missing", .pairLoss, text: "beta is not used") { r in r.own(.chosenLoss) - logSigmoid(r.own(.logOdds))
      },
      .term("beta-other", .pairLoss, text: "beta multiplies the likelihood; it should multiply the odds ratio") { r in
        r.beta * r.own(.chosenLoss) - logSigmoid(r.own(.logOdds))
      },
      .term("orpo-beta-inside", .pairLoss, text: "beta is within the σ, as in DPO; it should be before the log") { r in
        r.own(.chosenLoss) - logSigmoid(r.beta * r.own(.logOdds))
      },
      .term("log-missing", .pairLoss, text: "the log of σ is missing") { r in
        r.own(.chosenLoss) - r.beta * sigmoid(r.own(.logOdds))
      },
    ])
}

extension Misconception {
  fileprivate static func smoothed(
    _ id: String, _ text: String, _ value: @escaping @Sendable (Scalar, Double) -> Scalar
  ) -> Misconception {
    .term(id, .pairLoss, text: text) { r in value(r.judged, r.settings.number(.labelSmoothing)) }
  }
}
