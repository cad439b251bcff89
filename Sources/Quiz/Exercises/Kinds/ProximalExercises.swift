import Autodiff
import Objectives

extension Exercise {
  /// PPO's clipped objective (Schulman et al. 2017, equation 7).
  static let ppoClip = Exercise(
    name: "ppo_clip", title: "PPO's clipped policy loss, the mean over all tokens",
    conventions: [
      "The ratio may be anything from 1 − cliprange to 1 + cliprange_high.",
      "`policy_loss` is to be minimised.",
    ],
    arguments: [
      Argument("logp", .term(.logp), .token, "log-probabilities under the policy that learns"),
      Argument("old_logp", .term(.oldLogp), .token, "the same under the policy that sampled"),
      Argument("advantage", .term(.advantage), .token, "the advantage of each token"), .mask,
    ],
    options: [.cliprange, .cliprangeHigh],
    terms: [
      Term(.ratio, .token), Term(.clippedRatio, .token), Term(.surrogate, .token), Term(.clippedSurrogate, .token),
      Term(.objective, .token), Term(.policyLoss, .number),
    ],
    conditions: [(.whitenAdvantages, .flag(false)), (.klCoef, .number(0))],
    makeCases: { maker in
      func options(_ low: Double, _ high: Double) -> [(Option, OptionValue)] {
        [(.cliprange, .number(low)), (.cliprangeHigh, .number(high))]
      }
      var cases = [
        maker.responses("responses of several lengths", lengths: [5, 3, 6], options(0.2, 0.28)),
        maker.responses(
          "other borders", lengths: [4, 2, 4], padding: 2, options(maker.decimal(0.1, 0.2), maker.decimal(0.25, 0.4))),
        maker.responses("far from the old policy", lengths: [5, 4, 6], spread: 1, far: true, options(0.25, 0.15)),
        maker.responses("responses of one token", lengths: [1, 1, 1, 2], options(0.1, 0.2)),
        maker.responses("no padding", lengths: [4, 4, 4], padding: 0, options(0.2, 0.3)),
      ]
      for n in cases.indices {
        var rows = [[Double]]()
        for length in cases[n].lengths(.response) { rows.append((0..<length).map { _ in maker.normal() }) }
        // A dual clip acts where a ratio is large and the advantage negative.
        rows[0][0] = -rows[0][0].magnitude
        let given = rows
        cases[n].give(.advantage) { given[$0][$1] }
      }
      return cases
    },
    misconceptions: Misconception.ratios
      + Misconception.clips(Misconception.Range(low: .cliprange, high: .cliprangeHigh))
      + [.maskIgnored] + Misconception.averages(.policyLoss, of: .objective, times: -1, right: "average-tokens"))

  /// PPO's clipped value loss (TRL `PPOTrainer`).
  static let valueLoss = Exercise(
    name: "value_loss", title: "PPO's clipped value loss: half the mean over all tokens",
    conventions: ["The value is kept within cliprange_value of the old one, and the larger squared error counts."],
    arguments: [
      Argument("value", .term(.value), .token, "the critic's values now"),
      Argument("old_value", .term(.oldValue), .token, "the critic's values when the tokens were sampled"),
      Argument("returns", .term(.returns), .token, "what the critic should say"), .mask,
    ],
    options: [.cliprangeValue],
    terms: [
      Term(.valueError, .token), Term(.clippedValue, .token), Term(.clippedValueError, .token),
      Term(.valueObjective, .token), Term(.valueLoss, .number),
    ],
    conditions: [(.whitenAdvantages, .flag(false)), (.klCoef, .number(0))],
    makeCases: { maker in
      func options(_ range: Double) -> [(Option, OptionValue)] { [(.cliprangeValue, .number(range))] }
      var cases = [
        maker.responses("responses of several lengths", lengths: [5, 3, 6], options(0.3)),
        maker.responses("another border", lengths: [4, 2, 4], padding: 2, options(maker.decimal(0.4, 0.9))),
        maker.responses("responses of one token", lengths: [1, 1, 1, 2], options(0.5)),
        maker.responses("no padding", lengths: [4, 4, 4], padding: 0, options(0.2)),
      ]
      for n in cases.indices {
        var rows = [[Double]]()
        for length in cases[n].lengths(.response) { rows.append((0..<length).map { _ in maker.normal(1.5) }) }
        let given = rows
        cases[n].give(.returns) { given[$0][$1] }
      }
      return cases
    },
    misconceptions: [
      .term("value-min", .valueObjective, text: "the smaller of the two errors is taken; it should be the larger one") {
        r in
        minimum(r.own(.valueError), r.own(.clippedValueError))
      },
      .term("value-unclipped", .valueObjective, text: "the clipped error is not used") { r in r.own(.valueError) },
      .term("value-only-clipped", .valueObjective, text: "the clipped error is always taken") { r in
        r.own(.clippedValueError)
      },
      .term("value-clip-return", .clippedValue, text: "the value is kept near the return, not near the old value") {
        r in
        let range = r.settings.number(.cliprangeValue)
        return clip(r.own(.value), r.own(.returns) - range, r.own(.returns) + range)
      },
      .term("value-clip-0", .clippedValue, text: "the value is kept near 0, not near the old value") { r in
        let range = r.settings.number(.cliprangeValue)
        return clip(r.own(.value), -range, range)
      },
      .term(
        "value-clip-difference", .clippedValue,
        text: "clipped_value is the clipped difference alone: the old value is not added"
      ) { r in
        let range = r.settings.number(.cliprangeValue)
        return clip(r.own(.value) - r.own(.oldValue), -range, range)
      },
      .term(
        "value-clip-sign", .clippedValue,
        text: "the clipped difference is subtracted from the old value; it should be added"
      ) { r in
        2 * r.own(.oldValue) - r.x
      },
      .term("value-clip-relative", .clippedValue, text: "the borders are multiples of the old value, as of a ratio") {
        r in
        let range = r.settings.number(.cliprangeValue)
        return clip(r.own(.value), (1 - range) * r.own(.oldValue), (1 + range) * r.own(.oldValue))
      },
      .term("value-abs", .valueError, .clippedValueError, text: "the errors are not squared") { r in sqrt(r.x) },
      .term("value-old", .valueError, text: "the old value is compared with the return; it should be the value now") {
        r in
        square(r.own(.oldValue) - r.own(.returns))
      },
      .term(
        "value-error-old", .valueError,
        text: "the value is compared with the old one; it should be compared with the return"
      ) { r in
        square(r.own(.value) - r.own(.oldValue))
      },
      .term("value-half-missing", .valueLoss, text: "the ½ is missing") { r in 2 * r.x },
      .maskIgnored,
    ] + Misconception.averages(.valueLoss, of: .valueObjective, times: 0.5, right: "average-tokens"))
}
