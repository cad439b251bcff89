import Autodiff

extension PreferenceLoss {
  /// AOT: the policy's log-ratios, sorted over the batch, are compared with the reference's, also sorted.
  ///
  ///     δ_(k) = (log π(y_w) − log π(y_l))_(k) − (log π_ref(y_w) − log π_ref(y_l))_(k)
  ///
  /// The loss of a rank is that of `cdpo` for z = βδ. Source: Melnyk et al. 2024, AOT, section 3; TRL.
  static let aot = PreferenceLoss(name: "aot", allowsDivergences: false, sorts: true) { batch in
    let policy = batch.pairs.map { $0.chosen.logp - $0.rejected.logp }
    let reference = batch.pairs.map { pair in
      let zero = batch.tape.constant(0)
      return (pair.chosen.refLogp ?? zero) - (pair.rejected.refLogp ?? zero)
    }
    return batch.sorted(policy, against: reference)
  }

  /// AOT on unpaired data: the chosen responses' log-ratios, sorted, are compared with the rejected ones', also sorted.
  ///
  /// Source: Melnyk et al. 2024, AOT, section 3; TRL.
  static let aotUnpaired = PreferenceLoss(name: "aot_unpaired", allowsDivergences: false, sorts: true) { batch in
    batch.sorted(batch.pairs.map { $0.chosen.logRatio }, against: batch.pairs.map { $0.rejected.logRatio })
  }
}

extension PreferenceLoss.Batch {
  /// The smoothed logistic loss of the differences between numbers of equal rank, from the lowest, which is 0.
  fileprivate func sorted(_ left: [Scalar], against right: [Scalar]) -> [Scalar] {
    let epsilon = settings.value(.labelSmoothing)
    return zip(ascending(left), ascending(right)).enumerated().map { rank, values in
      var place = pairs[rank]
      place.index = rank
      let delta = note(.sortedDelta, rank, values.0 - values.1)
      return logistic(place, note(.logit, rank, beta * delta), right: 1 - epsilon, wrong: epsilon)
    }
  }

  private func ascending(_ values: [Scalar]) -> [Scalar] { values.sorted { $0.value < $1.value } }
}
