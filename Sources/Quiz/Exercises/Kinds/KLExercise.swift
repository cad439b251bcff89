import Autodiff
import Objectives

extension Exercise {
  /// The estimators of a KL divergence from samples (Schulman 2020).
  static let kl = Exercise(
    name: "kl", title: "estimates of KL(π ‖ π_ref) from sampled tokens, and their mean",
    conventions: [
      "`kl_estimator` is k1, k2 or k3 of Schulman's «Approximating KL Divergence».",
      "The tokens were sampled from π, whose log-probabilities are `logp`.",
    ],
    arguments: [
      Argument("logp", .term(.logp), .token, "log π of each token"),
      Argument("ref_logp", .term(.refLogp), .token, "log π_ref of each token"), .mask,
    ],
    options: [.klEstimator],
    terms: [Term(.klTerm, .token, name: "kl"), Term(.klLoss, .number, name: "loss")],
    conditions: [(.useKLLoss, .flag(true)), (.klCoef, .number(1))],
    makeCases: { maker in
      ["k1", "k2", "k3"].flatMap { estimator in
        [
          maker.responses("\(estimator), several lengths", lengths: [5, 2, 4], [(.klEstimator, .choice(estimator))]),
          maker.responses(
            "\(estimator), far apart", lengths: [3, 1], padding: 2, spread: 0.9, [(.klEstimator, .choice(estimator))]),
        ]
      }
    },
    misconceptions: klMistakes + Misconception.averages(.klLoss, of: .klTerm, right: "average-tokens"))

  private static let klMistakes: [Misconception] = [
    .estimate("kl-direction", ["k1", "k3"], "logp and ref_logp are exchanged: it is d = log π − log π_ref here") { d in
      (k1: -d, k3: exp(d) - 1 - d)
    },
    .estimate("kl-direction-k1", ["k1"], "k1 has the wrong sign: it is log π − log π_ref") { d in (k1: -d, k3: d) },
    .estimate("kl-direction-k3", ["k3"], "k3 has logp and ref_logp exchanged") { d in (k1: d, k3: exp(d) - 1 - d) },
    .estimate("kl-abs", ["k1"], "k1 is made positive: it may be negative") { d in (k1: maximum(d, -d), k3: d) },
    .estimate("kl-no-one", ["k3"], "k3 lacks the −1") { d in (k1: d, k3: exp(-d) + d) },
    .estimate("kl-no-d", ["k3"], "k3 lacks the + d: it is π_ref/π − 1 alone, whose mean is 0") { d in
      (k1: d, k3: exp(-d) - 1)
    },
    .estimate("kl-minus-d", ["k3"], "k3 subtracts d from π_ref/π − 1; it should be added") { d in
      (k1: d, k3: exp(-d) - 1 - d)
    },
    .estimate("kl-ratio", ["k3"], "k3 uses π/π_ref with the signs of π_ref/π") { d in (k1: d, k3: exp(d) - 1 + d) },
    .estimate("kl-k3-is-k2", ["k3"], "k3 is computed as k2") { d in (k1: d, k3: square(d) / 2) },
    .estimate("kl-k3-is-k1", ["k3"], "k3 is computed as k1") { d in (k1: d, k3: d) },
    .term("kl-half", .klTerm, text: "k2 lacks its ½") { r in r.estimator == "k2" ? 2 * r.x : nil },
    .term("kl-k2-root", .klTerm, text: "k2 is not squared") { r in
      r.estimator == "k2" ? (r.own(.logp) - r.own(.refLogp)) / 2 : nil
    },
    .term("kl-one-estimator", .klTerm, text: "kl_estimator is not used: it is k3 throughout") { r in
      let d = r.own(.logp) - r.own(.refLogp)
      return exp(-d) - 1 + d
    },
    .term("kl-one-estimator-k1", .klTerm, text: "kl_estimator is not used: it is k1 throughout") { r in
      r.own(.logp) - r.own(.refLogp)
    },
    .term("kl-weighted", .klTerm, text: "k1 is multiplied by π: samples from π are weighed already") { r in
      r.estimator == "k1" ? exp(r.own(.logp)) * r.x : nil
    },
    .maskIgnored,
  ]
}

extension Rewriting {
  fileprivate var estimator: String { settings.choice(.klEstimator) }
}

extension Misconception {
  /// Another function of d for k1 and k3, used where the estimator is among those that are named.
  fileprivate static func estimate(
    _ id: String, _ estimators: [String], _ text: String,
    value: @escaping @Sendable (Scalar) -> (k1: Scalar, k3: Scalar)
  ) -> Misconception {
    .term(id, .klTerm, text: text) { r in
      guard estimators.contains(r.estimator) else { return nil }
      let values = value(r.own(.logp) - r.own(.refLogp))
      return r.estimator == "k1" ? values.k1 : values.k3
    }
  }
}
