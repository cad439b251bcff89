/// The shape of a decoder-only transformer, and what its layers are made of.
///
/// A family of models is a value of these features: Llama's is what stands here, the others change some of them. Names in
/// the comments are those of Hugging Face's `config.json`.
public struct ModelConfiguration: Equatable, Sendable {
  /// Whose `config.json` the model has; what is computed follows from the features alone.
  public enum Family: String, CaseIterable, Sendable {
    case llama, qwen2, qwen3, mistral, smollm3, olmo2, granite, phi3, gpt2
    case gemma3 = "gemma3_text"
  }

  /// What is computed from the last hidden state: one logit per token of the vocabulary, or one number.
  public enum Head: Equatable, Sendable { case language, scalar }

  /// What a model's files hold each number as; it is computed with 32 bits.
  public enum NumberType: String, CaseIterable, Sendable { case float32, float16, bfloat16 }

  public var family: Family = .llama
  public var names: ParameterNames = .llama
  public var head: Head = .language
  public var vocabularySize: Int  // vocab_size
  public var hiddenSize: Int  // hidden_size
  public var intermediateSize: Int  // intermediate_size
  public var layerCount: Int  // num_hidden_layers
  public var headCount: Int  // num_attention_heads
  public var keyValueHeadCount: Int  // num_key_value_heads
  public var headSize: Int  // head_dim
  public var maxPositions: Int = 2048  // max_position_embeddings
  /// Whether the output projection is the token embedding.
  public var tiesEmbeddings = true  // tie_word_embeddings

  // MARK: Norms

  public var norm: Norm = .rootMeanSquare
  public var normPlace: NormPlace = .before
  public var normEpsilon: Float = 1e-6  // rms_norm_eps
  public var queryKeyNorm: QueryKeyNorm = .none

  // MARK: Attention

  public var positions: Positions = .rotary
  public var ropeTheta: Double = 10_000  // rope_theta
  public var ropeScaling: RotaryScaling = .none
  /// The part of each head that is rotated.
  public var rotaryShare: Double = 1  // partial_rotary_factor
  /// The layers without rotation, by number.
  public var unrotatedLayers: Set<Int> = []  // no_rope_layers
  /// How many positions are seen in a sliding layer, its own included.
  public var slidingWindow: Int?  // sliding_window
  /// The layers that attend within the window, by number.
  public var slidingLayers: Set<Int> = []  // layer_types
  /// θ in sliding layers, where it is another than elsewhere, without scaling.
  public var slidingRopeTheta: Double?  // rope_local_base_freq
  /// What scores are multiplied by, if it is not 1 / √headSize.
  public var attentionScale: Float?  // attention_multiplier, query_pre_attn_scalar

  // MARK: MLP

  public var activation: Activation = .swiGLU  // hidden_act

  // MARK: Biases

  /// Biases of the query, key and value projections: always in Qwen2, `attention_bias` otherwise.
  public var hasQueryKeyValueBias = false
  /// A bias of the attention's output projection: `attention_bias` in most families.
  public var hasOutputBias = false
  public var hasMLPBias = false  // mlp_bias

  // MARK: Multipliers

  public var embeddingMultiplier: Float = 1  // embedding_multiplier
  /// What each branch is multiplied by before it is added to the residual stream; its projection has no bias then.
  public var residualMultiplier: Float = 1  // residual_multiplier
  /// What the language model's logits are divided by.
  public var logitsScaling: Float = 1  // logits_scaling

  /// Whether matrix products take their factors as bfloat16. Their sums, norms, attention and all weights have 32 bits.
  public var roundsFactors = false

  /// What the model was read as.
  public var numberType: NumberType = .float32  // dtype
  /// How many bytes the largest of its files had, if it was read from several.
  public var shardSize: Int?  // max_shard_size
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
  /// The columns of the MLP's first projection.
  var expandedSize: Int { activation.isGated ? 2 * intermediateSize : intermediateSize }
  /// How many numbers of a head are rotated.
  public var rotarySize: Int { Int(Double(headSize) * rotaryShare) }
  /// The weights of a norm over the residual stream, and its biases.
  var normSize: Int { norm == .layer ? 2 * hiddenSize : hiddenSize }

  /// The longest sequence that is computed: beyond it some rotary embeddings depend on how long the longest of a batch is.
  public var positionLimit: Int {
    if case .longRope(_, _, let original, _) = ropeScaling { min(maxPositions, original) } else { maxPositions }
  }
}
