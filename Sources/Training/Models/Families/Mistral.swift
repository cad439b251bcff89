import Documents
import Transformers

extension ModelFamily {
  /// Jiang et al. 2023, https://arxiv.org/abs/2310.06825; transformers `MistralConfig`. A Llama, every layer of which may
  /// attend within a window.
  static let mistral = ModelFamily(
    classes: ("MistralForCausalLM", "MistralForSequenceClassification"),
    defaults: Defaults(intermediate: 14_336, keyValueHeads: 8, positions: 131_072, bos: 1, eos: 2),
    read: { reader, model throws(DocumentError) in
      model.slidingWindow = try reader.window(byDefault: 4096)
      if model.slidingWindow != nil { model.slidingLayers = Set(0..<model.layerCount) }
    },
    write: { model, json in json.member("sliding_window", model.slidingWindow) })
}
