import Documents
import Transformers

extension ModelFamily {
  /// Touvron et al. 2023, https://arxiv.org/abs/2302.13971; transformers `LlamaConfig`. What the other families differ from.
  static let llama = ModelFamily(
    classes: ("LlamaForCausalLM", "LlamaForSequenceClassification"), defaults: Defaults(bos: 1, eos: 2),
    read: { reader, model throws(DocumentError) in
      try reader.readAttentionBias(&model)
      try reader.readMLPBias(&model)
      try reader.refuseSlidingLayers()
    },
    write: { model, json in
      json.member("attention_bias", model.hasQueryKeyValueBias)
      json.member("mlp_bias", model.hasMLPBias)
    })
}
