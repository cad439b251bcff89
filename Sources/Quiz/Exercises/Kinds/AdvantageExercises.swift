import Autodiff
import Objectives

extension Exercise {
  /// Advantages by GAE (Schulman et al. 2015, equations 11 to 16).
  static let gae = Exercise(
    name: "gae", title: "generalized advantage estimates and returns",
    conventions: ["Each response ends with its last token: no value comes after it."],
    arguments: [
      Argument("reward", .term(.reward), .token, "the reward of each token"),
      Argument("value", .term(.oldValue), .token, "what the critic expected before each token"),
      .mask,
    ],
    options: [.gamma, .lam],
    terms: [
      Term(.delta, .token), Term(.rawAdvantage, .token, name: "advantage"), Term(.returns, .token),
    ],
    asked: 2,
    conditions: [(.whitenAdvantages, .flag(false)), (.klCoef, .number(0))],
    makeCases: { maker in
      func options(_ gamma: Double, _ lam: Double) -> [(Option, OptionValue)] {
        [(.gamma, .number(gamma)), (.lam, .number(lam))]
      }
      var cases = [
        maker.responses("responses of several lengths", lengths: [5, 3, 4], options(0.9, 0.8)),
        maker.responses(
          "other gamma and lam", lengths: [2, 6], padding: 2,
          options(maker.decimal(0.8, 0.98), maker.decimal(0.5, 0.95))),
        maker.responses("responses of one token", lengths: [1, 1, 2], options(0.95, 0.9)),
        maker.responses("lam 0", lengths: [4, 3], options(0.97, 0)),
        maker.responses("lam 1, no padding", lengths: [4, 4], padding: 0, options(0.9, 1)),
      ]
      for n in cases.indices {
        var rewards = [[Double]]()
        for length in cases[n].lengths(.response) { rewards.append((0..<length).map { _ in maker.normal() }) }
        let given = rewards
        cases[n].give(.reward) { given[$0][$1] }
      }
      return cases
    },
    misconceptions: [
      .maskIgnored,
      .term("gae-next-missing", .delta, text: "delta leaves out the value of the next token") { r in
        r.own(.reward) - r.own(.oldValue)
      },
      .term(
        "gae-next-padding", .delta, text: "the last token's delta takes what stands in the padding for the next value"
      ) { r in
        guard r.t == r.last, r.t + 1 < r.of.width else { return nil }
        return r.x + r.settings.number(.gamma) * r.constant(r.of.filler(.oldValue, r.i, r.t + 1))
      },
      .term("gae-next-undiscounted", .delta, text: "delta does not discount the next value by gamma") { r in
        r.t == r.last ? nil : r.own(.reward) + r.nextValue - r.own(.oldValue)
      },
      .term("gae-next-lam", .delta, text: "delta discounts the next value by gamma * lam; it should be gamma alone") {
        r in
        r.t == r.last
          ? nil
          : r.own(.reward) + r.settings.number(.gamma) * r.settings.number(.lam) * r.nextValue - r.own(.oldValue)
      },
      .term("gae-value-sign", .delta, text: "delta adds the token's own value; it should be subtracted") { r in
        r.x + 2 * r.own(.oldValue)
      },
      .term("gae-values-exchanged", .delta, text: "delta exchanges the value of the token and that of the next one") {
        r in
        r.own(.reward) + r.settings.number(.gamma) * r.own(.oldValue)
          - (r.t == r.last ? r.constant(0) : r.nextValue)
      },
      .term("gae-reward-late", .delta, text: "delta takes the reward of the next token; it should be the token's own") {
        r in
        r.x - r.own(.reward) + (r.t == r.last ? r.constant(0) : r.term(.reward, r.i, r.t + 1))
      },
      .settings("gae-lam-missing", text: "the sum over later deltas is discounted by gamma alone: lam is missing") {
        _ in
        (.lam, .number(1))
      },
      .term(
        "gae-gamma-missing", .rawAdvantage,
        text: "the sum over later deltas is discounted by lam alone: gamma is missing"
      ) { r in
        r.t == r.last ? nil : r.own(.delta) + r.settings.number(.lam) * r.nextAdvantage
      },
      .term(
        "gae-undiscounted", .rawAdvantage, text: "the sum over later deltas is not discounted: gamma * lam is missing"
      ) { r in
        r.t == r.last ? nil : r.own(.delta) + r.nextAdvantage
      },
      .settings("gae-one-gamma", text: "gamma is not used: nothing is discounted by it") { _ in (.gamma, .number(1)) },
      .term("gae-only-delta", .rawAdvantage, text: "advantage is delta alone: later deltas are not added") { r in
        r.own(.delta)
      },
      .term(
        "gae-forward", .rawAdvantage,
        text: "the recursion runs from the first token to the last; it should run backwards"
      ) { r in
        r.earlierDeltas
      },
      .term("gae-return-minus", .returns, text: "return subtracts the value from the advantage; it should be added") {
        r in
        r.own(.rawAdvantage) - r.own(.oldValue)
      },
      .term("gae-return-advantage", .returns, text: "return is the advantage alone: the value is not added") { r in
        r.own(.rawAdvantage)
      },
      .term(
        "gae-return-td", .returns,
        text: "return is the reward plus the discounted next value; it should be advantage plus value"
      ) { r in
        r.t == r.last ? r.own(.reward) : r.own(.reward) + r.settings.number(.gamma) * r.nextValue
      },
      .term(
        "gae-return-sampled", .returns,
        text: "return is the discounted sum of rewards; it should be advantage plus value"
      ) { r in
        r.discountedRewards
      },
      .term("gae-return-next", .returns, text: "return adds the value of the next token; it should be the token's own")
      {
        r in
        r.t == r.last ? r.own(.rawAdvantage) : r.own(.rawAdvantage) + r.nextValue
      },
      .term("gae-advantage-sign", .rawAdvantage, text: "advantage has the wrong sign") { r in
        -(r.t == r.last
          ? r.own(.delta) : r.own(.delta) - r.settings.number(.gamma) * r.settings.number(.lam) * r.nextAdvantage)
      },
    ])

  /// Advantages with mean 0 and variance 1 over the tokens that count.
  static let whiten = Exercise(
    name: "whiten", title: "whitened advantages: mean 0 and variance 1 over all tokens that count",
    conventions: ["The variance is that of a sample, and 1e-8 is added to it before the root is taken."],
    arguments: [Argument("advantage", .term(.rawAdvantage), .token, "the advantages before"), .mask],
    options: [],
    terms: [
      Term(.advantageMean, .number), Term(.advantageStd, .number), Term(.advantage, .token),
    ],
    settings: [(.whitenAdvantages, .flag(true))], conditions: [(.klCoef, .number(0))],
    makeCases: { maker in
      var cases = [
        maker.responses("responses of several lengths", lengths: [5, 3, 4]),
        maker.responses("much padding", lengths: [1, 2, 6], padding: 3),
        maker.responses("no padding", lengths: [3, 3], padding: 0),
        maker.responses("two tokens", lengths: [2]),
        maker.responses("large advantages", lengths: [4, 2, 5]),
      ]
      for n in cases.indices {
        let scale = n == 4 ? 50.0 : 1.5
        var rows = [[Double]]()
        for length in cases[n].lengths(.response) { rows.append((0..<length).map { _ in 0.7 + maker.normal(scale) }) }
        let given = rows
        cases[n].give(.rawAdvantage) { given[$0][$1] }
      }
      return cases
    },
    misconceptions: [
      .settings("whiten-n", text: "the variance divides by n, not n − 1") { _ in (.whitenDegrees, .integer(0)) },
      .maskIgnored,
      .term(
        "whiten-padding-zero", .advantageMean, .advantageStd,
        text:
          "mean and deviation count padding as zeros: n is the size of the array, not the number of tokens that count"
      ) { r in
        r.paddedSpread
      },
      .term(
        "whiten-padding-mean", .advantageMean, .advantageStd,
        text: "the mean divides by the size of the array, not by the number of tokens that count"
      ) { r in
        let all = r.rows(.rawAdvantage).flatMap { $0 }
        let mean = r.tape.sum(all) / (Double(r.of.count) * r.width)
        guard r.isOf(.advantageStd) else { return mean }
        return sqrt(r.tape.sum(all.map { square($0 - mean) }) / Double(max(1, all.count - 1)) + 1e-8)
      },
      .term("whiten-mean-missing", .advantage, text: "the mean is not subtracted") { r in
        r.own(.rawAdvantage) / r.term(.advantageStd)
      },
      .term("whiten-std-missing", .advantage, text: "nothing is divided by the deviation") { r in
        r.own(.rawAdvantage) - r.term(.advantageMean)
      },
      .term("whiten-variance", .advantage, text: "the difference is divided by the variance, not by its root") { r in
        (r.own(.rawAdvantage) - r.term(.advantageMean)) / square(r.term(.advantageStd))
      },
      .term("whiten-std-variance", .advantageStd, text: "advantage_std is the variance: the root is missing") { r in
        square(r.x)
      },
      .term(
        "whiten-response", .advantage,
        text: "each response is whitened on its own; all tokens of the batch belong together"
      ) { r in
        let row = r.rows(.rawAdvantage)[r.i]
        let mean = r.tape.mean(row)
        let squares = r.tape.sum(row.map { square($0 - mean) })
        return (r.own(.rawAdvantage) - mean) / sqrt(squares / Double(max(1, row.count - 1)) + 1e-8)
      },
      .term("whiten-root-mean-square", .advantageStd, text: "the deviation is taken from 0, not from the mean") { r in
        let all = r.rows(.rawAdvantage).flatMap { $0 }
        return sqrt(r.tape.sum(all.map(square)) / Double(max(1, all.count - 1)) + 1e-8)
      },
      .term("whiten-shift", .advantage, text: "the mean is added again after dividing, as for rewards") { r in
        r.x + r.term(.advantageMean)
      },
    ])
}

extension Rewriting {
  /// The number of the response's last token.
  fileprivate var last: Int { of.lengths(.response)[i] - 1 }
  fileprivate var nextValue: Scalar { term(.oldValue, i, t + 1) }
  fileprivate var nextAdvantage: Scalar { term(.rawAdvantage, i, t + 1) }

  /// Σ_{k ≤ t} (γ λ)^{t − k} delta_k, from rewards and values, for the deltas of earlier tokens are not there yet.
  fileprivate var earlierDeltas: Scalar {
    let (gamma, lam) = (settings.number(.gamma), settings.number(.lam))
    var sum = constant(0)
    for k in 0...t {
      let next = k == last ? constant(0) : gamma * term(.oldValue, i, k + 1)
      sum = gamma * lam * sum + (term(.reward, i, k) + next - term(.oldValue, i, k))
    }
    return sum
  }

  fileprivate var discountedRewards: Scalar {
    var sum = constant(0)
    for k in stride(from: last, through: t, by: -1) { sum = term(.reward, i, k) + settings.number(.gamma) * sum }
    return sum
  }

  /// The mean or the deviation of an array that is 0 where nothing counts.
  fileprivate var paddedSpread: Scalar {
    let all = rows(.rawAdvantage).flatMap { $0 }
    let size = Double(of.count) * width
    let mean = tape.sum(all) / size
    guard isOf(.advantageStd) else { return mean }
    let squares = tape.sum(all.map { square($0 - mean) }) + (size - Double(all.count)) * square(mean)
    return sqrt(squares / (size - 1) + 1e-8)
  }
}
