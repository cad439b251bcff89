import Autodiff

extension PreferenceLoss {
  /// MPO: several losses, weighted and added, `ℓ_i = Σ_k w_k ℓ_i^k`; RPO is sigmoid with sft as the second one.
  ///
  /// The weights are `loss_weights`. A loss that averages a response's tokens and one that sums them would give one
  /// name to different numbers, so that they cannot be combined. Source: Wang et al. 2024, MPO, equation 2; Pang et al.
  /// 2024, Iterative RPO, equation 1; TRL `DPOTrainer._compute_loss`.
  static func sum(_ parts: [PreferenceLoss], weights: Weights) -> PreferenceLoss {
    PreferenceLoss(
      name: parts.map { $0.name }.joined(separator: ","), needsReference: parts.contains { $0.needsReference },
      showsReference: parts.contains { $0.showsReference }, averagesTokens: parts.contains { $0.averagesTokens },
      looksAtRejected: parts.contains { $0.looksAtRejected },
      allowsDivergences: parts.allSatisfy { $0.allowsDivergences },
      judgesMargin: parts.allSatisfy { $0.judgesMargin }, sorts: parts.contains { $0.sorts }
    ) { batch in
      var sums: [Scalar] = []
      for (k, part) in parts.enumerated() {
        let losses = zip(batch.pairs, part.losses(batch)).map { batch.term(.partLoss, $0.index, k, $1) }
        let weighed = weights[k] == 1 ? losses : losses.map { Count.lossWeight.value(weights[k], k) * $0 }
        sums = k == 0 ? weighed : zip(sums, weighed).map { $0 + $1 }
      }
      return sums
    }
  }

  /// The losses that `loss_type` names, in its order.
  static func parts(of settings: Settings) -> [PreferenceLoss] {
    settings.choice(.preferenceLoss).split(separator: ",").compactMap { name in all.first { $0.name == name } }
  }

  /// Whether a pair's loss is `−log σ(margin)` and nothing else, provided that it brings no margin of its own.
  public static func isLogistic(_ settings: Settings) -> Bool {
    settings.choice(.preferenceLoss) == sigmoid.name && Weights(settings.choice(.lossWeights))?[0] == 1
      && settings.choice(.divergence) == PreferenceDivergence.reverseKL.rawValue && !settings.flag(.pairWeighting)
      && settings.number(.preferenceMargin) == 0
  }

  /// Why the losses of the settings cannot be added; nil where they can.
  public static func combinationProblem(_ settings: Settings) -> String? {
    let parts = parts(of: settings)
    guard let odd = parts.first(where: { $0.averagesTokens }),
      let other = parts.first(where: { !$0.averagesTokens })
    else { return nil }
    return
      "loss_type \(odd.name) is computed from the mean over a response's tokens and \(other.name) from their sum: they cannot be added"
  }
}
