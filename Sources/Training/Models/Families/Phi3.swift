import Documents
import Transformers

extension ModelFamily {
  /// Abdin et al. 2024, https://arxiv.org/abs/2404.14219, also for Phi-3.5 and Phi-4-mini; transformers `Phi3Config`. A Llama
  /// whose files hold queries, keys and values in one matrix, and gate and up in one.
  static let phi3 = ModelFamily(
    classes: ("Phi3ForCausalLM", "Phi3ForSequenceClassification"),
    defaults: Defaults(
      vocabulary: 32_064, hidden: 3072, intermediate: 8192, positions: 4096, originalPositions: 4096, epsilon: 1e-5,
      bos: 1, eos: 32_000, pad: 32_000),
    rotatesPartOfHeads: true,
    read: { reader, model throws(DocumentError) in
      model.names = .phi3
      model.slidingWindow = try reader.window(byDefault: nil)
      if model.slidingWindow != nil { model.slidingLayers = Set(0..<model.layerCount) }
    },
    write: { model, json in
      json.member("sliding_window", model.slidingWindow)
      json.member("partial_rotary_factor", number: model.rotaryShare)
      if case .longRope(_, _, let original, _) = model.ropeScaling {
        json.member("original_max_position_embeddings", original)
      }
    })
}

extension ParameterNames {
  static let phi3 = {
    var names = ParameterNames.llama
    names.queryKeyValue = ["self_attn.qkv_proj"]
    names.gateUp = ["mlp.gate_up_proj"]
    return names
  }()
}
