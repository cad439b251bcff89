public import Documents
public import Transformers

extension ModelConfiguration {
  /// Reads a `config.json`; missing keys mean what they mean in transformers' `LlamaConfig`, `Qwen2Config` and
  /// `Qwen3Config`.
  ///
  /// Throws an error at the key which asks for something that would not be computed exactly.
  public init(_ document: Document) throws(DocumentError) {
    let reader = try ConfigurationReader(document)
    self = try reader.configuration()
  }
}

private struct ConfigurationReader {
  private let fields: Fields
  private let family: ModelConfiguration.Family
  private let head: ModelConfiguration.Head
  private let document: Document

  init(_ document: Document) throws(DocumentError) {
    self.document = document
    fields = try document.object("the model's configuration")
    (family, head) = try Self.architecture(fields, document)
  }

  func configuration() throws(DocumentError) -> ModelConfiguration {
    try refuseWhatIsNotComputed()
    let isLlama = family == .llama
    let hidden = try size("hidden_size", 4096, limit: 1 << 20)
    let heads = try size("num_attention_heads", 32, limit: 1 << 12)
    var model = ModelConfiguration(
      vocabularySize: try size("vocab_size", isLlama ? 32_000 : 151_936, limit: 1 << 24), hiddenSize: hidden,
      intermediateSize: try size("intermediate_size", isLlama ? 11_008 : 22_016, limit: 1 << 20),
      layerCount: try size("num_hidden_layers", 32, limit: 1 << 12), headCount: heads,
      keyValueHeadCount: try size("num_key_value_heads", keyValueHeads(heads), limit: 1 << 12),
      headSize: try size("head_dim", family == .qwen3 && !has("head_dim") ? 128 : hidden / heads, limit: 1 << 12))
    model.family = family
    model.head = head
    model.maxPositions = try size("max_position_embeddings", isLlama ? 2048 : 32_768, limit: 1 << 30)
    model.normEpsilon = Float(try positive("rms_norm_eps", 1e-6))
    model.initializerRange = try fields.optional("initializer_range")?.number("initializer_range") ?? 0.02
    (model.ropeTheta, model.ropeScaling) = try rotary(model.maxPositions)
    model.tiesEmbeddings = try flag("tie_word_embeddings", false)
    let asksForBias = try flag("attention_bias", false)
    let bias = family != .qwen2 && asksForBias
    model.hasQueryKeyValueBias = family == .qwen2 || bias
    model.hasOutputBias = bias
    let asksForMLPBias = try flag("mlp_bias", false)
    model.hasMLPBias = isLlama && asksForMLPBias
    model.hasQueryKeyNorm = family == .qwen3
    model.bosToken = try token("bos_token_id", isLlama ? 1 : nil, model)
    model.eosToken = try token("eos_token_id", isLlama ? 2 : nil, model)
    model.padToken = try token("pad_token_id", nil, model)
    try check(model)
    return model
  }

  // MARK: Architecture

  private static func architecture(
    _ fields: Fields, _ document: Document
  ) throws(DocumentError) -> (ModelConfiguration.Family, ModelConfiguration.Head) {
    let known: [(String, ModelConfiguration.Family, ModelConfiguration.Head)] = [
      ("LlamaForCausalLM", .llama, .language), ("Qwen2ForCausalLM", .qwen2, .language),
      ("Qwen3ForCausalLM", .qwen3, .language), ("LlamaForSequenceClassification", .llama, .scalar),
      ("Qwen2ForSequenceClassification", .qwen2, .scalar), ("Qwen3ForSequenceClassification", .qwen3, .scalar),
    ]
    let type = fields.optional("model_type")
    let list = try fields.optional("architectures")?.list("architectures") ?? []
    guard let name = list.first else {
      guard let type, let family = ModelConfiguration.Family(rawValue: try type.string("model_type")) else {
        throw (type ?? document).error("model_type must be one of: llama, qwen2, qwen3")
      }
      return (family, .language)
    }
    let text = try name.string("the architecture")
    guard let entry = known.first(where: { $0.0 == text }) else {
      throw name.error(
        "the architecture '\(text)' is not supported; supported are: \(known.map(\.0).joined(separator: ", "))")
    }
    if let type, try type.string("model_type") != entry.1.rawValue {
      throw type.error("model_type must be '\(entry.1.rawValue)' for the architecture '\(text)'")
    }
    if entry.2 == .scalar { try requireOneLabel(fields, name) }
    return (entry.1, entry.2)
  }

  private static func requireOneLabel(_ fields: Fields, _ name: Document) throws(DocumentError) {
    let labels = try fields.optional("id2label")?.object("id2label").members.count
    let count = try fields.optional("num_labels")?.integer("num_labels") ?? labels ?? 2
    if count != 1 {
      throw (fields.optional("num_labels") ?? fields.optional("id2label") ?? name).error(
        "a model with \(count) labels is not supported: a reward model or critic has num_labels 1")
    }
  }

  private func refuseWhatIsNotComputed() throws(DocumentError) {
    if let value = fields.optional("hidden_act"), try value.string("hidden_act") != "silu" {
      throw value.error("hidden_act must be 'silu'")
    }
    if let value = fields.optional("quantization_config") {
      throw value.error("quantization_config is not supported: weights must be F32, F16 or BF16")
    }
    for kind in try fields.optional("layer_types")?.list("layer_types") ?? [] {
      if try kind.string("layer_types") != "full_attention" {
        throw kind.error("layer_types must be 'full_attention' everywhere: sliding windows are not supported")
      }
    }
    guard family != .llama, !has("layer_types"), try flag("use_sliding_window", false) else { return }
    // The width is 4096 when it is missing; `null` turns windows off.
    if has("sliding_window"), fields.optional("sliding_window") == nil { return }
    let first = try fields.optional("max_window_layers")?.integer("max_window_layers") ?? 28
    if first < (try size("num_hidden_layers", 32, limit: 1 << 12)) {
      throw (fields.optional("use_sliding_window") ?? document).error("use_sliding_window must be false")
    }
  }

  // MARK: Rotary embeddings

  private func rotary(_ maxPositions: Int) throws(DocumentError) -> (Double, ModelConfiguration.RotaryScaling) {
    if let value = fields.optional("partial_rotary_factor"), try value.number("partial_rotary_factor") != 1 {
      throw value.error("partial_rotary_factor must be 1")
    }
    let outer = try positive("rope_theta", 10_000)
    // transformers before 5 wrote `rope_scaling`, and prefers it where both are there.
    guard let value = fields.optional("rope_scaling") ?? fields.optional("rope_parameters") else {
      return (outer, .none)
    }
    let rope = try value.object("rope_parameters")
    for (key, kind) in [("partial_rotary_factor", 1.0), ("attention_factor", 1.0)] {
      if let number = rope.optional(key), try number.number(key) != kind { throw number.error("\(key) must be 1") }
    }
    let theta = try positive("rope_theta", outer, in: rope)
    let type = rope.optional("rope_type") ?? rope.optional("type")
    func required(_ key: String) throws(DocumentError) -> Double {
      let number = try rope.required(key)
      return try Self.positive(number, key)
    }
    switch try type?.string("rope_type") ?? "default" {
    case "default": return (theta, .none)
    case "linear": return (theta, .linear(factor: try required("factor")))
    case "llama3":
      let original = "original_max_position_embeddings"
      let positions = rope.optional(original) ?? fields.optional(original)
      return (
        theta,
        .llama3(
          factor: try required("factor"), lowFrequency: try required("low_freq_factor"),
          highFrequency: try required("high_freq_factor"),
          originalPositions: try positions?.integer(original) ?? maxPositions)
      )
    case let name:
      throw (type ?? value).error("rope_type '\(name)' is not supported; supported are: default, linear, llama3")
    }
  }

  // MARK: Values

  private func has(_ key: String) -> Bool { fields.members.contains { $0.key == key } }

  private func keyValueHeads(_ heads: Int) -> Int {
    // `null` means as many as query heads everywhere, a missing key 32 in Qwen's configurations.
    family == .llama || has("num_key_value_heads") ? heads : 32
  }

  private func flag(_ key: String, _ byDefault: Bool) throws(DocumentError) -> Bool {
    try fields.optional(key)?.bool(key) ?? byDefault
  }

  private func size(_ key: String, _ byDefault: Int, limit: Int) throws(DocumentError) -> Int {
    guard let value = fields.optional(key) else { return byDefault }
    let size = try value.integer(key)
    guard (1...limit).contains(size) else { throw value.error("\(key) must be 1 to \(limit), found \(size)") }
    return size
  }

  private func positive(_ key: String, _ byDefault: Double, in other: Fields? = nil) throws(DocumentError) -> Double {
    guard let value = (other ?? fields).optional(key) else { return byDefault }
    return try Self.positive(value, key)
  }

  private static func positive(_ value: Document, _ key: String) throws(DocumentError) -> Double {
    let number = try value.number(key)
    guard number > 0 else { throw value.error("\(key) must be above 0") }
    return number
  }

  /// A token's number; of several, as Llama 3 has for the end, the first.
  private func token(_ key: String, _ byDefault: Int?, _ model: ModelConfiguration) throws(DocumentError) -> Int? {
    guard has(key) else { return byDefault.flatMap { $0 < model.vocabularySize ? $0 : nil } }
    guard var value = fields.optional(key) else { return nil }
    if case .list(let list) = value.value {
      guard let first = list.first else { return nil }
      value = first
    }
    let id = try value.integer(key)
    if id == -1 { return nil }  // how older configurations say that there is none
    guard (0..<model.vocabularySize).contains(id) else {
      throw value.error("\(key) must be a token of the vocabulary of \(model.vocabularySize), found \(id)")
    }
    return id
  }

  private func check(_ model: ModelConfiguration) throws(DocumentError) {
    func error(_ key: String, _ message: String) -> DocumentError { (fields.optional(key) ?? document).error(message) }
    if model.headCount % model.keyValueHeadCount != 0 {
      throw error("num_key_value_heads", "num_key_value_heads must divide num_attention_heads, \(model.headCount)")
    }
    if !has("head_dim"), family != .qwen3, model.hiddenSize % model.headCount != 0 {
      throw error("hidden_size", "hidden_size must be a multiple of num_attention_heads, \(model.headCount)")
    }
    if model.headSize < 2 || model.headSize % 2 != 0 {
      throw error("head_dim", "head_dim must be even, found \(model.headSize)")
    }
    if case .llama3(_, let low, let high, let positions) = model.ropeScaling, !(low < high && positions > 0) {
      throw error("rope_parameters", "high_freq_factor must be above low_freq_factor")
    }
  }
}
