import Documents
import Transformers

extension ModelFamily {
  /// Radford et al. 2019, https://github.com/openai/gpt-2; transformers `GPT2Config`. LayerNorm, learned positions, GELU without
  /// a gate, biases everywhere, and files that hold the projections transposed.
  static let gpt2 = ModelFamily(
    classes: ("GPT2LMHeadModel", "GPT2ForSequenceClassification"),
    defaults: Defaults(
      vocabulary: 50_257, hidden: 768, intermediate: nil, layers: 12, heads: 12, positions: 1024, epsilon: 1e-5,
      tiesEmbeddings: true, bos: 50_256, eos: 50_256),
    keys: [
      "hidden_size": "n_embd", "max_position_embeddings": "n_positions", "num_attention_heads": "n_head",
      "num_hidden_layers": "n_layer", "intermediate_size": "n_inner", "rms_norm_eps": "layer_norm_epsilon",
      "hidden_act": "activation_function",
    ],
    activation: "gelu_new", omitted: ["num_key_value_heads", "head_dim"],
    read: { reader, model throws(DocumentError) in
      model.names = .gpt2
      (model.norm, model.positions, model.activation) = (.layer, .learned, .gelu)
      (model.hasQueryKeyValueBias, model.hasOutputBias, model.hasMLPBias) = (true, true, true)
      for (key, value) in [
        ("scale_attn_weights", true), ("scale_attn_by_inverse_layer_idx", false), ("add_cross_attention", false),
      ] where try reader.flag(key, value) != value {
        throw (reader.fields.optional(key) ?? reader.document).error("\(key) must be \(value)")
      }
    },
    write: { _, _ in })
}

extension ParameterNames {
  static let gpt2 = {
    var names = ParameterNames.llama
    (names.embedding, names.positions, names.layers) = ("transformer.wte", "transformer.wpe", "transformer.h")
    (names.inputNorm, names.middleNorm, names.finalNorm) = ("ln_1", "ln_2", "transformer.ln_f")
    (names.queryKeyValue, names.output) = (["attn.c_attn"], "attn.c_proj")
    (names.gateUp, names.down) = (["mlp.c_fc"], "mlp.c_proj")
    names.transposesProjections = true
    names.buffers = [".attn.bias", ".attn.masked_bias"]
    return names
  }()
}
