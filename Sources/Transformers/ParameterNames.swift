/// What the files of a family call a model's parameters.
public struct ParameterNames: Equatable, Sendable {
  public var embedding = "model.embed_tokens"
  /// Learned positions.
  public var positions = ""
  /// What layers begin with, before their number.
  public var layers = "model.layers"
  public var inputNorm = "input_layernorm"
  /// One name for the three in one matrix, or three.
  public var queryKeyValue = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]
  public var queryNorm = "self_attn.q_norm"
  public var keyNorm = "self_attn.k_norm"
  public var output = "self_attn.o_proj"
  /// The norm of what attention adds to the residual stream.
  public var attentionNorm = "post_attention_layernorm"
  /// The norm before the MLP.
  public var middleNorm = "post_attention_layernorm"
  /// One name for gate and up in one matrix, or two.
  public var gateUp = ["mlp.gate_proj", "mlp.up_proj"]
  public var down = "mlp.down_proj"
  /// The norm of what the MLP adds to the residual stream.
  public var mlpNorm = "post_feedforward_layernorm"
  public var finalNorm = "model.norm"
  public var languageHead = "lm_head"
  public var scalarHead = "score"
  /// Whether the files of a layer's projections hold `[in, out]`, as those of GPT-2's `Conv1D` do.
  public var transposesProjections = false
  /// What files may hold that is no parameter, by how the names end.
  public var buffers = ["rotary_emb.inv_freq"]

  public init() {}

  /// What the names of all but the heads begin with.
  public var prefix: String { embedding.prefix { $0 != "." } + "." }

  public static let llama = ParameterNames()
}
