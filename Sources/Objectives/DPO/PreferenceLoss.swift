import Autodiff

/// A member of DPO's family: a loss on the difference between two responses.
///
/// To add one, write a file like `Hinge.swift` and name it in `all`: the option table, the batches and the simulator
/// follow. Names are TRL's where TRL has the loss.
public struct PreferenceLoss: Sendable {
  /// What a loss is computed from, and how it names its intermediate results.
  struct Batch {
    let pairs: [ComparedPair]
    let settings: Settings
    let tape: Tape
    /// Names a number of a pair, as `Observer.term` does.
    let term: (Quantity, Int, Int, Scalar) -> Scalar

    var beta: Constant { settings.value(.preferenceBeta) }

    func note(_ quantity: Quantity, _ pair: Int, _ x: Scalar) -> Scalar { term(quantity, pair, -1, x) }
  }

  /// The value of `loss_type`.
  public let name: String
  /// Whether the loss compares with the reference's log-probabilities.
  public var needsReference = true
  /// Whether the implicit rewards are measured against the reference, if it is known, although the loss needs none.
  var showsReference = false
  /// Whether the reference's log-probabilities are recorded, if only for show.
  public var usesReference: Bool { needsReference || showsReference }
  /// Whether a response's log-probability is the mean over its tokens instead of the sum.
  var averagesTokens = false
  /// Whether the rejected responses have a part in it.
  var looksAtRejected = true
  /// Whether `f_divergence_type` may be other than the reverse KL.
  ///
  /// With another divergence each response's reward lacks the same β log Z(x), which cancels only in the difference
  /// of the two; a loss that looks at one response alone has no such generalisation. TRL refuses these too.
  var allowsDivergences = true
  /// Whether it judges the margin of a pair, from which `reward_margin` can be subtracted.
  var judgesMargin = false
  /// Whether it compares ranks over the whole batch instead of pairs.
  var sorts = false
  /// The loss of each pair; the batch's is their mean.
  let losses: @Sendable (Batch) -> [Scalar]

  /// The members of the family, in the order of the option table.
  public static let all: [PreferenceLoss] = [
    sigmoid, sigmoidNorm, conservative, robust, hinge, ipo, exo, nca, bco, sppo, aot, aotUnpaired, apoZero, apoDown,
    discopop, kto, simpo, orpo, supervised,
  ]

  /// Why the loss does not go with the divergence that the settings name; nil where it does.
  public func divergenceProblem(_ settings: Settings) -> String? {
    let divergence = settings.choice(.divergence)
    guard !allowsDivergences, divergence != PreferenceDivergence.reverseKL.rawValue else { return nil }
    return "loss_type \(name) needs f_divergence_type reverse_kl: with \(divergence) the reward of a single response "
      + "lacks β log Z(x), which cancels only in the difference of two"
  }

  /// Why the loss does not go with the other settings of a pair's loss; nil where it does.
  public func problem(_ settings: Settings) -> String? {
    if settings.flag(.pairWeighting), sorts {
      return
        "use_weighting weighs pairs, and loss_type \(name) compares ranks of the whole batch: leave one of them out"
    }
    if settings.number(.preferenceMargin) != 0, let problem = marginProblem { return problem }
    return Self.combinationProblem(settings) ?? divergenceProblem(settings)
  }

  /// Why the loss cannot ask the chosen response to lead by a margin; nil where it can.
  public var marginProblem: String? {
    judgesMargin
      ? nil
      : "loss_type \(name) does not judge the margin of a pair, so that none can be asked for: "
        + "use sigmoid, cdpo, robust, hinge, exo_pair or discopop"
  }

  /// The loss that the settings name, or the sum of several.
  public static func chosen(by settings: Settings) -> PreferenceLoss {
    let (parts, weights) = (parts(of: settings), Weights(settings.choice(.lossWeights)) ?? .one)
    if parts.count == 1, weights[0] == 1 { return parts[0] }
    return parts.isEmpty ? sigmoid : sum(parts, weights: weights)
  }
}

extension PreferenceLoss {
  /// A loss that looks at one pair at a time.
  init(
    _ name: String, needsReference: Bool = true, averagesTokens: Bool = false, allowsDivergences: Bool = true,
    judgesMargin: Bool = false,
    loss: @escaping @Sendable (ComparedPair, Batch) -> Scalar
  ) {
    self.init(
      name: name, needsReference: needsReference, averagesTokens: averagesTokens, allowsDivergences: allowsDivergences,
      judgesMargin: judgesMargin
    ) { batch in
      batch.pairs.map { loss($0, batch) }
    }
  }
}

extension PreferenceLoss.Batch {
  /// `(−a log σ(z) − b log σ(−z)) / c`, also naming the probability and the weight that follow from `z`, for display.
  ///
  /// The derivative with respect to z is `−(a σ(−z) − b σ(z)) / c`, and the gradient's weight is minus that: for b = 0,
  /// wrongly ranked pairs pull most; for b > 0, pairs that are ranked too confidently are pulled back. The probability is
  /// that of being better, by however little.
  ///
  /// - Parameter preference: `z` without what the chosen response is to lead by; nil where nothing is.
  func logistic(
    _ pair: ComparedPair, _ logit: Scalar, preference: Scalar? = nil, right a: Constant = Constant(1),
    wrong b: Constant = Constant(0), over c: Constant = Constant(1)
  ) -> Scalar {
    let isPairs = logit.node == pair.logit.node
    _ = note(.chosenProbability, pair.index, logistic(preference ?? (isPairs ? pair.preference : logit)))
    let slope = difference(logistic(-logit), logistic(logit), a, b)
    let own = c.value == 1 ? slope : slope / c
    _ = note(.gradientWeight, pair.index, pair.weight.map { $0 * own } ?? own)
    let loss =
      b.value == 0
      ? a.value == 1 ? -logSigmoid(logit) : -a * logSigmoid(logit) : -a * logSigmoid(logit) - b * logSigmoid(-logit)
    return c.value == 1 ? loss : loss / c
  }

  /// `a x − b y`, without a factor that is 1 or a part that is 0.
  private func difference(_ x: Scalar, _ y: Scalar, _ a: Constant, _ b: Constant) -> Scalar {
    let first = a.value == 1 ? x : a * x
    return b.value == 0 ? first : first - b * y
  }

  /// σ(x); within `PreferenceLoss` the plain name is the loss's.
  func logistic(_ x: Scalar) -> Scalar { sigmoid(x) }
}
