// What layers of different families are made of.
extension ModelConfiguration {
  /// How rows are normed.
  public enum Norm: Equatable, Sendable {
    /// RMSNorm.
    case rootMeanSquare
    /// RMSNorm whose weights are added to 1, so that 0 is how they begin; as in Gemma.
    case rootMeanSquareAroundOne
    /// LayerNorm, with biases; as in GPT-2.
    case layer
  }

  /// Where a branch of a layer, attention or MLP, has its norms.
  public enum NormPlace: Equatable, Sendable {
    /// What goes in is normed.
    case before
    /// What comes out is normed, as in OLMo 2.
    case after
    /// Both, as in Gemma 3.
    case around

    var isBefore: Bool { self != .after }
    var isAfter: Bool { self != .before }
  }

  /// Norms over queries and keys.
  public enum QueryKeyNorm: Equatable, Sendable {
    case none
    /// Each head by itself, with one weight for all heads; as in Qwen3.
    case perHead
    /// All heads together, as in OLMo 2.
    case whole
  }

  public enum Positions: Equatable, Sendable {
    /// Queries and keys are rotated.
    case rotary
    /// A learned vector is added to each token's embedding, as in GPT-2.
    case learned
  }

  /// What the MLP computes between its projections.
  public enum Activation: Equatable, Sendable {
    /// silu(gate) · up
    case swiGLU
    /// gelu(gate) · up, GELU being approximated with tanh; as in Gemma.
    case geGLU
    /// gelu(x), without a gate; as in GPT-2.
    case gelu

    var isGated: Bool { self != .gelu }
  }

  /// How rotary embeddings are stretched beyond the context that a model was trained with.
  public enum RotaryScaling: Equatable, Sendable {
    case none
    /// Positions divided by a factor.
    case linear(factor: Double)
    /// Llama 3.1: only low frequencies are divided, with a smooth transition.
    case llama3(factor: Double, lowFrequency: Double, highFrequency: Double, originalPositions: Int)
    /// Frequencies that turn less than `slow` times within the original positions are divided, those that turn more than
    /// `fast` times are not; cosines and sines are multiplied by `attentionFactor`.
    ///
    /// Peng et al. 2023, https://arxiv.org/abs/2309.00071.
    case yarn(
      factor: Double, fast: Double, slow: Double, originalPositions: Int, attentionFactor: Double, truncates: Bool)
    /// θ grows with the length of a sequence beyond the model's positions, where nothing is computed here.
    case dynamic(factor: Double)
    /// Every frequency has a divisor of its own: the short ones up to the original positions, beyond which nothing is
    /// computed here, and the long ones after that.
    ///
    /// Ding et al. 2024, https://arxiv.org/abs/2402.13753.
    case longRope(short: [Double], long: [Double], originalPositions: Int, attentionFactor: Double)
  }
}
