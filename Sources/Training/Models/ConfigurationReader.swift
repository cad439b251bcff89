public import Documents
public import Transformers

extension ModelConfiguration {
  /// Reads a `config.json`; missing keys mean what they mean in the family's configuration class of transformers.
  ///
  /// Throws an error at any key that asks for something that would not be computed exactly.
  public init(_ document: Document) throws(DocumentError) {
    self = try ConfigurationReader(document).configuration()
  }
}

/// Reads what all families have in common, and gives a family what it needs to read the rest.
struct ConfigurationReader {
  let fields: Fields
  let document: Document
  let family: ModelFamily
  private let name: ModelConfiguration.Family
  private let head: ModelConfiguration.Head

  init(_ document: Document) throws(DocumentError) {
    self.document = document
    fields = try document.object("the model's configuration")
    (name, head) = try ModelConfiguration.Family.named(in: fields, document)
    family = name.value
  }

  func configuration() throws(DocumentError) -> ModelConfiguration {
    try refuseWhatIsNotComputed()
    var model = try shape()
    (model.family, model.head) = (name, head)
    model.maxPositions = try size("max_position_embeddings", family.defaults.positions, limit: 1 << 30)
    model.normEpsilon = Float(try positive("rms_norm_eps", family.defaults.epsilon))
    model.initializerRange = try fields.optional("initializer_range")?.number("initializer_range") ?? 0.02
    // Of another type than these three, such as `auto`, files are read as well.
    if let type = fields.optional("dtype") ?? fields.optional("torch_dtype"), case .string(let name) = type.value {
      model.numberType = ModelConfiguration.NumberType(rawValue: name) ?? .float32
    }
    model.tiesEmbeddings = try flag("tie_word_embeddings", family.defaults.tiesEmbeddings)
    model.bosToken = try token("bos_token_id", family.defaults.bos, model)
    model.eosToken = try token("eos_token_id", family.defaults.eos, model)
    model.padToken = try token("pad_token_id", family.defaults.pad, model)
    try readRotation(&model)
    try family.read(self, &model)
    try check(model)
    return model
  }

  private func shape() throws(DocumentError) -> ModelConfiguration {
    let defaults = family.defaults
    let hidden = try size("hidden_size", defaults.hidden, limit: 1 << 20)
    let heads = try size("num_attention_heads", defaults.heads, limit: 1 << 12)
    // `null` means as many as query heads, whatever a missing key means.
    let keyValueHeads = has("num_key_value_heads") ? heads : defaults.keyValueHeads ?? heads
    return ModelConfiguration(
      vocabularySize: try size("vocab_size", defaults.vocabulary, limit: 1 << 24), hiddenSize: hidden,
      intermediateSize: try size("intermediate_size", defaults.intermediate ?? 4 * hidden, limit: 1 << 20),
      layerCount: try size("num_hidden_layers", defaults.layers, limit: 1 << 12), headCount: heads,
      keyValueHeadCount: try size("num_key_value_heads", keyValueHeads, limit: 1 << 12),
      headSize: try size(
        "head_dim", has("head_dim") ? hidden / heads : defaults.headSize ?? hidden / heads, limit: 1 << 12))
  }

  private func refuseWhatIsNotComputed() throws(DocumentError) {
    let key = family.key("hidden_act")
    if let value = fields.optional(key), try value.string(key) != family.activation {
      throw value.error("\(key) must be '\(family.activation)'")
    }
    if let value = fields.optional("quantization_config") {
      throw value.error("quantization_config is not supported: weights must be F32, F16 or BF16")
    }
  }

  private func check(_ model: ModelConfiguration) throws(DocumentError) {
    func error(_ key: String, _ message: String) -> DocumentError { (value(key) ?? document).error(message) }
    if model.headCount % model.keyValueHeadCount != 0 {
      throw error("num_key_value_heads", "num_key_value_heads must divide num_attention_heads, \(model.headCount)")
    }
    let (hidden, heads) = (family.key("hidden_size"), family.key("num_attention_heads"))
    if !has("head_dim"), family.defaults.headSize == nil, model.hiddenSize % model.headCount != 0 {
      throw error("hidden_size", "\(hidden) must be a multiple of \(heads), \(model.headCount)")
    }
    if model.headSize < 2 || model.headSize % 2 != 0 {
      throw error("head_dim", "head_dim must be even, found \(model.headSize)")
    }
  }
}

// What a family asks for.
extension ConfigurationReader {
  /// A key's value, under the family's own name for the key; nil when it is missing or `null`.
  func value(_ key: String) -> Document? { fields.optional(family.key(key)) ?? fields.optional(key) }

  func has(_ key: String) -> Bool { fields.members.contains { $0.key == key || $0.key == family.keys[key] } }

  func flag(_ key: String, _ byDefault: Bool) throws(DocumentError) -> Bool {
    try value(key)?.bool(key) ?? byDefault
  }

  func size(_ key: String, _ byDefault: Int, limit: Int) throws(DocumentError) -> Int {
    guard let value = value(key) else { return byDefault }
    let size = try value.integer(family.key(key))
    guard (1...limit).contains(size) else {
      throw value.error("\(family.key(key)) must be 1 to \(limit), found \(size)")
    }
    return size
  }

  func positive(_ key: String, _ byDefault: Double) throws(DocumentError) -> Double {
    guard let value = value(key) else { return byDefault }
    return try Self.positive(value, family.key(key))
  }

  static func positive(_ value: Document, _ key: String) throws(DocumentError) -> Double {
    let number = try value.number(key)
    guard number > 0 else { throw value.error("\(key) must be above 0") }
    return number
  }

  func readAttentionBias(_ model: inout ModelConfiguration) throws(DocumentError) {
    model.hasQueryKeyValueBias = try flag("attention_bias", false)
    model.hasOutputBias = model.hasQueryKeyValueBias
  }

  func readMLPBias(_ model: inout ModelConfiguration) throws(DocumentError) {
    model.hasMLPBias = try flag("mlp_bias", false)
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
}

// Sliding windows.
extension ConfigurationReader {
  /// `sliding_window`; `null` turns windows off, whatever a missing key means.
  func window(byDefault: Int?) throws(DocumentError) -> Int? {
    guard let value = value("sliding_window") else { return has("sliding_window") ? nil : byDefault }
    let window = try value.integer("sliding_window")
    guard window > 0 else { throw value.error("sliding_window must be above 0, found \(window)") }
    return window
  }

  /// Which layers attend within the window: those that `layer_types` names, or else those that the family has.
  func readSlidingLayers(
    _ window: Int?, _ model: inout ModelConfiguration, byDefault slides: (Int) -> Bool
  ) throws(DocumentError) {
    if let types = fields.optional("layer_types") {
      let list = try types.list("layer_types")
      guard list.count == model.layerCount else {
        throw types.error("layer_types must have a type for each of \(model.layerCount) layers")
      }
      for (layer, type) in list.enumerated() {
        switch try type.string("layer_types") {
        case "full_attention": break
        case "sliding_attention" where window != nil: model.slidingLayers.insert(layer)
        case "sliding_attention": throw type.error("layer_types asks for a sliding window, but the model has none")
        case let name:
          throw type.error("the layer type '\(name)' is not supported; it must be full_attention or sliding_attention")
        }
      }
    } else if window != nil {
      model.slidingLayers = Set((0..<model.layerCount).filter(slides))
    }
    model.slidingWindow = model.slidingLayers.isEmpty ? nil : window
  }

  func refuseSlidingLayers() throws(DocumentError) {
    for type in try fields.optional("layer_types")?.list("layer_types") ?? []
    where try type.string("layer_types") != "full_attention" {
      throw type.error("layer_types must be 'full_attention' everywhere: this family has no sliding windows")
    }
  }
}
