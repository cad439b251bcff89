public import Transformers

/// What a model is read for, which decides how much of it is in memory.
public enum ModelUse: Sendable {
  /// All weights are trained: each is a 32-bit float, beside which its gradient and the optimizer's numbers will stand.
  case training
  /// Nothing is trained: weights are packed once, and those of a bfloat16 file stay bfloat16.
  case frozen
  /// The same, with adapters that are trained: new ones, or the folder's own.
  case adapters(LowRank, seed: UInt64)
}
