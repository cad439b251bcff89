import Autodiff
import Objectives

extension Misconception {
  /// What people get wrong about the ratio of a token.
  static let ratios: [Misconception] = [
    .term("ratio-inverse", .ratio, text: "ratio is upside down: π_old / π") { r in exp(r.own(.oldLogp) - r.own(.logp))
    },
    .term("ratio-log", .ratio, text: "ratio lacks the exp: it is the difference of the log-probabilities") { r in
      r.own(.logRatio)
    },
    .term("ratio-of-logs", .ratio, text: "ratio divides log-probabilities; it should divide probabilities") { r in
      r.own(.logp) / r.own(.oldLogp)
    },
    .term("ratio-one", .ratio, text: "ratio is 1 everywhere: logp is compared with itself, not with old_logp") { r in
      r.constant(1)
    },
    .term("ratio-probability", .ratio, text: "ratio is π alone: nothing is divided by π_old") { r in exp(r.own(.logp))
    },
    .term("ratio-plus", .ratio, text: "ratio adds the log-probabilities; it should subtract them") { r in
      exp(r.own(.logp) + r.own(.oldLogp))
    },
    .term("ratio-sum", .ratio, text: "ratio is that of the whole response, the product over its tokens, at each token")
    { r in
      exp(r.tape.sum(zip(r.rows(.logp)[r.i], r.rows(.oldLogp)[r.i]).map { $0 - $1 }))
    },
    .term("ratio-reference", .ratio, text: "ratio is taken to the reference; it should be to the old policy") { r in
      exp(r.own(.logp) - r.own(.refLogp))
    },
  ]

  /// How far a ratio may leave 1.
  struct Range: Sendable {
    let low, high: Option

    func values(_ settings: Settings) -> (low: Double, high: Double) {
      (settings.number(low), settings.optionalNumber(high) ?? settings.number(low))
    }
  }

  /// The names of a clipped objective's parts.
  struct ClipNames: Sendable {
    let ratio, clipped, surrogate, clippedSurrogate, objective: Quantity

    static let token = ClipNames(
      ratio: .ratio, clipped: .clippedRatio, surrogate: .surrogate, clippedSurrogate: .clippedSurrogate,
      objective: .objective)
    static let response = ClipNames(
      ratio: .sequenceRatio, clipped: .clippedSequenceRatio, surrogate: .sequenceSurrogate,
      clippedSurrogate: .clippedSequenceSurrogate, objective: .sequenceObjective)
  }

  /// What people get wrong about the clip.
  static func clips(_ range: Range, _ names: ClipNames = .token) -> [Misconception] {
    func clipped(
      _ id: String, _ text: String, _ value: @escaping @Sendable (Scalar, Double, Double) -> Scalar
    ) -> Misconception {
      .term(id, names.clipped, text: text) { r in
        let (low, high) = range.values(r.settings)
        return value(r.own(names.ratio), low, high)
      }
    }
    func objective(_ id: String, _ text: String, _ value: @escaping @Sendable (Rewriting) -> Scalar) -> Misconception {
      .term(id, names.objective, text: text, compute: value)
    }
    return [
      clipped("clip-low-only", "the upper border is 1 + \(range.low.name), not 1 + \(range.high.name)") { r, low, _ in
        clip(r, 1 - low, 1 + low)
      },
      clipped("clip-high-only", "the lower border is 1 − \(range.high.name), not 1 − \(range.low.name)") { r, _, high in
        clip(r, 1 - high, 1 + high)
      },
      clipped("clip-exchanged", "\(range.low.name) and \(range.high.name) are exchanged in the clip") { r, low, high in
        clip(r, 1 - high, 1 + low)
      },
      clipped("clip-no-upper", "the ratio is only clipped from below") { r, low, _ in clip(r, 1 - low, .infinity) },
      clipped("clip-no-lower", "the ratio is only clipped from above") { r, _, high in clip(r, -.infinity, 1 + high) },
      clipped("clip-around-0", "the ratio is clipped around 0, not around 1") { r, low, high in clip(r, -low, high) },
      clipped("clip-log", "the log-ratio is clipped, not the ratio: the borders are e^±ε") { r, low, high in
        exp(clip(log(r), -low, high))
      },
      clipped("clip-absolute", "the upper border is \(range.high.name) itself, not 1 + \(range.high.name)") {
        r, low, high in clip(r, 1 - low, high)
      },
      objective("clip-max", "the larger of the two surrogates is taken; it should be the smaller one") { r in
        maximum(r.own(names.surrogate), r.own(names.clippedSurrogate))
      },
      objective("clip-unused", "the clipped surrogate is not used: nothing limits the ratio") { r in
        r.own(names.surrogate)
      },
      objective("clip-always", "the clipped surrogate is always taken, also where the other one is smaller") { r in
        r.own(names.clippedSurrogate)
      },
      .term(
        "clip-min-ratio", names.objective,
        text:
          "the minimum is taken of the ratios before they are multiplied, which is wrong where the advantage is negative"
      ) { r in minimum(r.own(names.ratio), r.own(names.clipped)) * r.advantage },
      objective("clip-dual", "the objective is held above 3 · advantage where that is negative, the dual clip of verl")
      { r in
        r.advantage.value < 0 ? maximum(r.x, 3 * r.advantage) : r.x
      },
      objective("clip-mean", "the two surrogates are averaged; the smaller one should be taken") { r in
        (r.own(names.surrogate) + r.own(names.clippedSurrogate)) / 2
      },
      .term("clip-no-advantage", names.objective, text: "the advantage is missing from the objective") { r in
        minimum(r.own(names.ratio), r.own(names.clipped))
      },
      .term(
        "clip-only-one-advantage", names.clippedSurrogate, text: "the clipped ratio is not multiplied by the advantage"
      ) { r in r.own(names.clipped) },
      .term("clip-advantage-sign", names.surrogate, names.clippedSurrogate, text: "the advantage has the wrong sign") {
        r in -r.x
      },
    ]
  }
}

extension Rewriting {
  /// The advantage of a token, or of its response where all of its tokens share one.
  var advantage: Scalar {
    let own = self.own(.advantage)
    return own.value.isNaN ? term(.advantage, i) : own
  }
}
