import Autodiff
import Objectives

extension Exercise {
  /// From the tokens' numbers to one, with masks (verl `agg_loss`).
  static let aggregation = Exercise(
    name: "aggregate", title: "one loss out of the losses of tokens, by `loss_agg_mode`",
    conventions: [
      "token-mean            the mean over all tokens",
      "seq-mean-token-mean   the mean over responses of the mean over their tokens",
      "seq-mean-token-sum    the mean over responses of the sum over their tokens",
      "token-sum             the sum over all tokens",
    ],
    arguments: [Argument("token_loss", .term(.klTerm), .token, "the loss of each token"), .mask],
    options: [.aggregation],
    terms: [Term(.klLoss, .number, name: "loss")],
    conditions: [(.useKLLoss, .flag(true)), (.klCoef, .number(1))],
    makeCases: { maker in
      let lengths = [[4, 2, 6], [1, 5], [3, 3, 3], [2, 1, 1, 7]]
      var cases: [ExerciseCase] = []
      for (n, mode) in ["token-mean", "seq-mean-token-mean", "seq-mean-token-sum", "token-sum"].enumerated() {
        for m in 0..<2 {
          let own = lengths[(n + 2 * m) % 4]
          var made = maker.responses(
            "\(mode), \(own.count) responses", lengths: own, padding: m, [(.aggregation, .choice(mode))])
          var rows = [[Double]]()
          for length in own { rows.append((0..<length).map { _ in 0.3 + maker.normal() }) }
          let given = rows
          made.give(.klTerm) { given[$0][$1] }
          cases.append(made)
        }
      }
      return cases
    },
    misconceptions: [
      .maskIgnored,
      .confused("token-mean", with: "seq-mean-token-mean"), .confused("token-mean", with: "seq-mean-token-sum"),
      .confused("token-mean", with: "token-sum"),
      .confused("seq-mean-token-mean", with: "token-mean"),
      .confused("seq-mean-token-mean", with: "seq-mean-token-sum"),
      .confused("seq-mean-token-sum", with: "token-mean"), .confused("seq-mean-token-sum", with: "token-sum"),
      .confused("seq-mean-token-sum", with: "seq-mean-token-mean"),
      .confused("token-sum", with: "token-mean"), .confused("token-sum", with: "seq-mean-token-sum"),
      .aggregated(
        "aggregate-padding", ["token-mean"],
        text: "token-mean divides by the size of the whole array, not by the number of tokens that count"
      ) { r, rows in r.tape.sum(rows.flatMap { $0 }) / (Double(rows.count) * r.width) },
      .aggregated(
        "aggregate-row-padding", ["seq-mean-token-mean"],
        text: "seq-mean-token-mean divides each response by the width of the array, not by its own number of tokens"
      ) { r, rows in r.tape.mean(rows.map { r.tape.sum($0) / r.width }) },
      .aggregated(
        "aggregate-both-padding", ["token-mean", "seq-mean-token-mean"],
        text: "means divide by the width of the array, padding too, and not by the tokens that count"
      ) { r, rows in r.tape.sum(rows.flatMap { $0 }) / (Double(rows.count) * r.width) },
      .aggregated(
        "aggregate-row-sum", ["seq-mean-token-mean"], text: "the means of the responses are summed, not averaged"
      ) { r, rows in r.tape.sum(rows.map { r.tape.mean($0) }) },
      .term("aggregate-one-mode", .klLoss, text: "loss_agg_mode is not used: it is token-mean throughout") { r in
        r.tape.mean(r.rows(.klTerm).flatMap { $0 })
      },
      .term(
        "aggregate-one-mode-responses", .klLoss, text: "loss_agg_mode is not used: it is seq-mean-token-mean throughout"
      ) { r in r.tape.mean(r.rows(.klTerm).map { r.tape.mean($0) }) },
      .term("average-sign", .klLoss, text: "the sign is wrong") { r in -r.x },
    ])
}

extension Misconception {
  /// One mode computed as another.
  fileprivate static func confused(_ mode: String, with other: String) -> Misconception {
    settings("\(mode)-as-\(other)", text: "\(mode) is computed as \(other)") { settings in
      settings.choice(.aggregation) == mode ? (.aggregation, .choice(other)) : nil
    }
  }

  /// Some modes computed in another way.
  fileprivate static func aggregated(
    _ id: String, _ modes: [String], text: String, value: @escaping @Sendable (Rewriting, [[Scalar]]) -> Scalar
  ) -> Misconception {
    .term(id, .klLoss, text: text) { r in
      modes.contains(r.settings.choice(.aggregation)) ? value(r, r.rows(.klTerm)) : nil
    }
  }
}
