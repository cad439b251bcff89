import Autodiff

extension PreferenceLoss {
  /// Plain supervised learning of the chosen responses: minus the mean log-probability of all their tokens.
  ///
  /// Source: TRL `DPOTrainer`, `sft`, which still logs rewards measured against the reference.
  static let supervised = PreferenceLoss(
    name: "sft", needsReference: false, showsReference: true, looksAtRejected: false
  ) { batch in
    let loss = supervisedLoss(batch.pairs.map { $0.chosen.tokens }, on: batch.tape)
    return batch.pairs.map { _ in loss }
  }
}
