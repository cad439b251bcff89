import Documents
import Transformers

extension ModelFamily {
  /// Gemma 3's text model: Kamath et al. 2025, https://arxiv.org/abs/2503.19786; transformers `Gemma3TextConfig`. GeGLU, norms
  /// around both branches with weights added to 1, scaled embeddings, and five of six layers with a window and a θ of their
  /// own.
  static let gemma3 = ModelFamily(
    classes: ("Gemma3ForCausalLM", "Gemma3TextForSequenceClassification"),
    defaults: Defaults(
      vocabulary: 262_208, hidden: 2304, intermediate: 9216, layers: 26, heads: 8, keyValueHeads: 4, headSize: 256,
      positions: 131_072, theta: 1_000_000, tiesEmbeddings: true, bos: 2, eos: 1, pad: 0),
    keys: ["hidden_act": "hidden_activation"],
    activation: "gelu_pytorch_tanh",
    read: { reader, model throws(DocumentError) in
      try reader.readAttentionBias(&model)
      (model.norm, model.normPlace, model.queryKeyNorm) = (.rootMeanSquareAroundOne, .around, .perHead)
      model.names.middleNorm = "pre_feedforward_layernorm"
      model.activation = .geGLU
      model.embeddingMultiplier = Float(model.hiddenSize).squareRoot()
      let scalar = try reader.size("query_pre_attn_scalar", 256, limit: 1 << 20)
      model.attentionScale = Float(1 / Double(scalar).squareRoot())
      let interval = try reader.size("sliding_window_pattern", 6, limit: 1 << 12)
      try reader.readSlidingLayers(reader.window(byDefault: 4096), &model) { ($0 + 1) % interval != 0 }
      try reader.readLayerRotations(&model)
      for key in ["final_logit_softcapping", "attn_logit_softcapping"] {
        if let value = reader.fields.optional(key) { throw value.error("\(key) must be null, as it is in Gemma 3") }
      }
      if let value = reader.fields.optional("use_bidirectional_attention"),
        try value.bool("use_bidirectional_attention")
      {
        throw value.error("use_bidirectional_attention must be false: a text is generated from left to right")
      }
    },
    write: { model, json in
      json.member("attention_bias", model.hasQueryKeyValueBias)
      let scale = Double(model.attentionScale ?? 1)
      json.member("query_pre_attn_scalar", Int((1 / (scale * scale)).rounded()))
      json.member("sliding_window", model.slidingWindow)
      model.writeLayerTypes(&json)
      json.member("rope_local_base_freq", number: model.slidingRopeTheta ?? model.ropeTheta)
    })
}
