import Documents
import Transformers

extension ModelFamily {
  /// Hugging Face 2025, https://huggingface.co/blog/smollm3; transformers `SmolLM3Config`. A Llama, every fourth layer of which
  /// has no rotary embeddings (NoPE: Yang et al. 2025, https://arxiv.org/abs/2501.18795).
  static let smollm3 = ModelFamily(
    classes: ("SmolLM3ForCausalLM", "SmolLM3ForSequenceClassification"),
    defaults: Defaults(
      vocabulary: 128_256, hidden: 2048, layers: 36, heads: 16, keyValueHeads: 4, positions: 32_768,
      theta: 2_000_000, tiesEmbeddings: true, bos: 128_000, eos: 128_001, pad: 128_004),
    read: { reader, model throws(DocumentError) in
      try reader.readAttentionBias(&model)
      try reader.readMLPBias(&model)
      if let list = reader.fields.optional("no_rope_layers") {
        // 1 for a layer with rotation, whatever the key's name says.
        let flags = try list.list("no_rope_layers")
        guard flags.count == model.layerCount else {
          throw list.error("no_rope_layers must have a number for each of \(model.layerCount) layers")
        }
        for (layer, flag) in flags.enumerated() where try flag.integer("no_rope_layers") == 0 {
          model.unrotatedLayers.insert(layer)
        }
      } else {
        let interval = try reader.size("no_rope_layer_interval", 4, limit: 1 << 12)
        model.unrotatedLayers = Set((0..<model.layerCount).filter { ($0 + 1) % interval == 0 })
      }
      let unrotated = model.unrotatedLayers
      let slides = try reader.flag("use_sliding_window", false)
      try reader.readSlidingLayers(slides ? reader.window(byDefault: nil) : nil, &model) { unrotated.contains($0) }
    },
    write: { model, json in
      json.member("attention_bias", model.hasQueryKeyValueBias)
      json.member("mlp_bias", model.hasMLPBias)
      json.member(
        "no_rope_layers", integers: (0..<model.layerCount).map { model.unrotatedLayers.contains($0) ? 0 : 1 })
      json.member("use_sliding_window", model.slidingWindow != nil)
      json.member("sliding_window", model.slidingWindow)
      model.writeLayerTypes(&json)
    })
}
