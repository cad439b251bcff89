import Documents
import Transformers

extension ModelFamily {
  /// Granite 3: https://github.com/ibm-granite/granite-3.0-language-models; transformers `GraniteConfig`. A Llama with
  /// multipliers of embeddings, scores, branches and logits.
  ///
  /// transformers has no class for a Granite with a scalar head; such a model is read here alone.
  static let granite = ModelFamily(
    classes: ("GraniteForCausalLM", "GraniteForSequenceClassification"), defaults: Defaults(bos: 1, eos: 2),
    read: { reader, model throws(DocumentError) in
      try reader.readAttentionBias(&model)
      try reader.readMLPBias(&model)
      try reader.refuseSlidingLayers()
      model.embeddingMultiplier = Float(try reader.positive("embedding_multiplier", 1))
      model.residualMultiplier = Float(try reader.positive("residual_multiplier", 1))
      model.logitsScaling = Float(try reader.positive("logits_scaling", 1))
      model.attentionScale = Float(try reader.positive("attention_multiplier", 1))
      // The multiplier acts before the last projection of a branch, to which a bias would be added unmultiplied.
      if model.residualMultiplier != 1, model.hasOutputBias || model.hasMLPBias {
        throw (reader.fields.optional("residual_multiplier") ?? reader.document).error(
          "residual_multiplier must be 1 in a model with attention_bias or mlp_bias")
      }
    },
    write: { model, json in
      json.member("attention_bias", model.hasQueryKeyValueBias)
      json.member("mlp_bias", model.hasMLPBias)
      json.member("embedding_multiplier", single: model.embeddingMultiplier)
      json.member("residual_multiplier", single: model.residualMultiplier)
      json.member("logits_scaling", single: model.logitsScaling)
      json.member("attention_multiplier", single: model.attentionScale ?? 1)
    })
}
