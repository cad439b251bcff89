import Documents
import Transformers

extension ModelFamily {
  /// OLMo 2: Walsh et al. 2025, https://arxiv.org/abs/2501.00656; transformers `Olmo2Config`. Norms after attention and MLP
  /// instead of before them, and over all queries and all keys of a token.
  static let olmo2 = ModelFamily(
    classes: ("Olmo2ForCausalLM", "Olmo2ForSequenceClassification"),
    defaults: Defaults(vocabulary: 50_304, epsilon: 1e-5, eos: 50_279, pad: 1),
    read: { reader, model throws(DocumentError) in
      try reader.readAttentionBias(&model)
      try reader.refuseSlidingLayers()
      model.normPlace = .after
      model.queryKeyNorm = .whole
    },
    write: { model, json in json.member("attention_bias", model.hasQueryKeyValueBias) })
}
