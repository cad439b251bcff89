import Documents
import Transformers

extension ModelFamily {
  /// Yang et al. 2024, https://arxiv.org/abs/2407.10671, also for Qwen2.5; transformers `Qwen2Config`. Biases of queries, keys
  /// and values.
  static let qwen2 = ModelFamily(
    classes: ("Qwen2ForCausalLM", "Qwen2ForSequenceClassification"),
    defaults: Defaults(vocabulary: 151_936, intermediate: 22_016, keyValueHeads: 32, positions: 32_768),
    read: { reader, model throws(DocumentError) in
      model.hasQueryKeyValueBias = true
      try readWindow(reader, &model)
    },
    write: { model, json in writeWindow(model, &json) })

  /// Yang et al. 2025, https://arxiv.org/abs/2505.09388; transformers `Qwen3Config`. Norms over each head's query and key.
  static let qwen3 = ModelFamily(
    classes: ("Qwen3ForCausalLM", "Qwen3ForSequenceClassification"),
    defaults: Defaults(
      vocabulary: 151_936, intermediate: 22_016, keyValueHeads: 32, headSize: 128, positions: 32_768),
    read: { reader, model throws(DocumentError) in
      try reader.readAttentionBias(&model)
      model.queryKeyNorm = .perHead
      try readWindow(reader, &model)
    },
    write: { model, json in
      json.member("attention_bias", model.hasQueryKeyValueBias)
      writeWindow(model, &json)
    })

  /// The upper layers slide, if any do.
  private static func readWindow(
    _ reader: ConfigurationReader, _ model: inout ModelConfiguration
  ) throws(DocumentError) {
    let slides = try reader.flag("use_sliding_window", false)
    let window = slides ? try reader.window(byDefault: 4096) : nil
    let first = try reader.fields.optional("max_window_layers")?.integer("max_window_layers") ?? 28
    try reader.readSlidingLayers(window, &model) { $0 >= first }
  }

  private static func writeWindow(_ model: ModelConfiguration, _ json: inout JSONWriter) {
    json.member("use_sliding_window", model.slidingWindow != nil)
    if let window = model.slidingWindow {
      json.member("sliding_window", window)
      model.writeLayerTypes(&json)
    }
  }
}
