/// The shape of a decoder-only transformer of the Llama, Qwen2 and Qwen3 family.
///
/// Names in the comments are those of Hugging Face's `config.json`.
public struct ModelConfiguration: Equatable, Sendable {
  public enum Family: String, CaseIterable, Sendable { case llama, qwen2, qwen3 }

  /// What is computed from the last hidden state: one logit per token of the vocabulary, or one number.
  public enum Head: Equatable, Sendable { case language, scalar }

  /// How rotary embeddings are stretched beyond the context that a model was trained with.
  public enum RotaryScaling: Equatable, Sendable {
    case none
    /// Positions divided by a factor.
    case linear(factor: Double)
    /// Llama 3.1: only low frequencies are divided, with a smooth transition.
    case llama3(factor: Double, lowFrequency: Double, highFrequency: Double, originalPositions: Int)
  }

  public var family: Family = .llama
  public var head: Head = .language
  public var vocabularySize: Int  // vocab_size
  public var hiddenSize: Int  // hidden_size
  public var intermediateSize: Int  // intermediate_size
  public var layerCount: Int  // num_hidden_layers
  public var headCount: Int  // num_attention_heads
  public var keyValueHeadCount: Int  // num_key_value_heads
  public var headSize: Int  // head_dim
  public var maxPositions: Int = 2048  // max_position_embeddings
  public var normEpsilon: Float = 1e-6  // rms_norm_eps
  public var ropeTheta: Double = 10_000  // rope_theta
  public var ropeScaling: RotaryScaling = .none
  /// Whether the output projection is the token embedding.
  public var tiesEmbeddings = true  // tie_word_embeddings
  /// Biases of the query, key and value projections: always in Qwen2, `attention_bias` otherwise.
  public var hasQueryKeyValueBias = false
  /// A bias of the attention's output projection: `attention_bias` in Llama and Qwen3.
  public var hasOutputBias = false
  public var hasMLPBias = false  // mlp_bias
  /// Norms over each head's query and key, as Qwen3 has them.
  public var hasQueryKeyNorm = false
  /// The standard deviation of new weights.
  public var initializerRange: Double = 0.02  // initializer_range
  public var bosToken: Int?  // bos_token_id
  public var eosToken: Int?  // eos_token_id
  public var padToken: Int?  // pad_token_id

  public init(
    vocabularySize: Int, hiddenSize: Int, intermediateSize: Int, layerCount: Int, headCount: Int,
    keyValueHeadCount: Int? = nil, headSize: Int? = nil
  ) {
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.layerCount = layerCount
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount ?? headCount
    self.headSize = headSize ?? hiddenSize / headCount
  }

  /// The columns of all query heads together.
  public var querySize: Int { headCount * headSize }
  /// The columns of all key heads together; the values have as many.
  public var keySize: Int { keyValueHeadCount * headSize }
}
