/// The loss of one pass of an optimizer step, and what it gives back: its derivatives, by which the models learn.
struct PassLoss {
  /// By log π of each row of the pass, or by the number of a scalar head.
  let gradients: [Float]
  /// By the policy's entropies and the critic's values, where the loss has them.
  var entropies, values: [Float]?
  /// `loss` is the first of them.
  let metrics: [MetricValue]
}
