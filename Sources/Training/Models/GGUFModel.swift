import Documents
import Formats
import Transformers

/// A model in one GGUF file, as llama.cpp keeps it: configuration, weights, tokenizer and chat template.
struct GGUFModel {
  private let file: GGUF

  /// Whether a path names such a file rather than a folder.
  static func isNamed(by path: String) -> Bool { path.lowercased().hasSuffix(".gguf") }

  init(_ path: String) throws(FileError) { file = try GGUF(path: path) }

  func read() throws(FileError) -> ModelDirectory.Contents {
    let configuration = try configuration()
    return (configuration, try weights(configuration), try tokenizer())
  }

  /// The tokenizer, with the template and every token that ends a text.
  func tokenizer() throws(FileError) -> Tokenizer {
    var tokenizer = try Tokenizer(file)
    if let template { tokenizer.companions.append((ModelCompanions.template, Array(template.utf8))) }
    for key in ["eot", "eom"] {
      if let id = integer("tokenizer.ggml.\(key)_token_id").flatMap(Int32.init(exactly:)), id != tokenizer.special.end {
        tokenizer.special.otherEnds.append(id)
      }
    }
    return tokenizer
  }

  /// Throws what would stop the model from being read; no weights are.
  func check(_ configuration: ModelConfiguration) throws(FileError) {
    for block in ParameterLayout(configuration).blocks { _ = try tensor(of: block) }
  }

  /// What the file says of itself.
  var family: String? {
    if case .string(let name)? = file.values["general.architecture"] { name } else { nil }
  }

  /// How many numbers the file has of each type.
  var numbers: [(type: String, count: Int)] { file.tensors.map { ($0.typeName, $0.count) } }

  /// The chat template; nil for a model without one.
  var template: String? {
    if case .string(let text)? = file.values["tokenizer.chat_template"] { text } else { nil }
  }

  /// The special tokens by name, as the template knows them.
  var tokenizerConfiguration: String {
    get throws(FileError) { try file.tokenizerConfiguration }
  }

  // MARK: Configuration

  private func integer(_ key: String) -> Int? {
    if case .integer(let number)? = file.values[key] { number } else { nil }
  }

  private func number(_ key: String) -> Double? {
    switch file.values[key] {
    case .number(let number): number
    case .integer(let number): Double(number)
    default: nil
    }
  }

  /// What `config.json` would say, read as it is.
  func configuration() throws(FileError) -> ModelConfiguration {
    let json = try configurationJSON()
    do throws(DocumentError) {
      return try ModelConfiguration(JSONReader.read(json))
    } catch {
      throw FileError(file.path, "the model it describes cannot be computed: \(error.message)")
    }
  }

  private func configurationJSON() throws(FileError) -> String {
    guard case .string(let family)? = file.values["general.architecture"],
      let name = ["llama": "Llama", "qwen2": "Qwen2", "qwen3": "Qwen3"][family]
    else {
      let found = if case .string(let name)? = file.values["general.architecture"] { "'\(name)'" } else { "unknown" }
      throw FileError(file.path, "its architecture is \(found); supported are llama, qwen2, qwen3")
    }
    guard let embedding = file.tensor(named: "token_embd.weight"), let vocabulary = embedding.shape.first else {
      throw FileError(file.path, "has no tensor 'token_embd.weight'")
    }
    var json = JSONWriter()
    json.beginObject()
    json.member("model_type", family)
    json.member("architectures", strings: ["\(name)ForCausalLM"])
    json.member("vocab_size", vocabulary)
    let sizes = [
      ("hidden_size", "embedding_length"), ("intermediate_size", "feed_forward_length"),
      ("num_hidden_layers", "block_count"), ("num_attention_heads", "attention.head_count"),
      ("num_key_value_heads", "attention.head_count_kv"), ("head_dim", "attention.key_length"),
      ("max_position_embeddings", "context_length"),
    ]
    for (key, own) in sizes {
      if let size = integer("\(family).\(own)") { json.member(key, size) }
    }
    // Written in 32 bits: 9.999999747e-06 for 1e-5.
    let epsilon = number("\(family).attention.layer_norm_rms_epsilon").map { Double(Float($0).description) ?? $0 }
    json.member("rms_norm_eps", number: epsilon ?? 1e-6)
    json.member("rope_theta", number: number("\(family).rope.freq_base") ?? 10_000)
    try writeScaling(family, &json)
    json.member("tie_word_embeddings", file.tensor(named: "output.weight") == nil)
    for (key, own) in [("bos_token_id", "bos"), ("eos_token_id", "eos"), ("pad_token_id", "padding")] {
      json.member(key, integer("tokenizer.ggml.\(own)_token_id"))
    }
    json.endObject()
    return json.text
  }

  /// llama.cpp keeps Llama 3.1's stretched rotations as a table of factors, the largest of which is the factor.
  private func writeScaling(_ family: String, _ json: inout JSONWriter) throws(FileError) {
    if let table = file.tensor(named: "rope_freqs.weight") {
      let factors = Parameters(count: table.count)
      try file.read(table, into: factors[0..<table.count])
      json.key("rope_scaling")
      json.beginObject()
      json.member("rope_type", "llama3")
      json.member("factor", number: Double(factors[0..<table.count].max() ?? 1))
      json.member("low_freq_factor", number: 1)
      json.member("high_freq_factor", number: 4)
      json.member("original_max_position_embeddings", 8192)
      json.endObject()
    } else if case .string(let type)? = file.values["\(family).rope.scaling.type"], type != "none" {
      json.key("rope_scaling")
      json.beginObject()
      json.member("rope_type", type)
      json.member("factor", number: number("\(family).rope.scaling.factor") ?? 1)
      if let positions = integer("\(family).rope.scaling.original_context_length") {
        json.member("original_max_position_embeddings", positions)
      }
      json.endObject()
    }
  }

  // MARK: Weights

  private func weights(_ model: ModelConfiguration) throws(FileError) -> Parameters {
    let layout = ParameterLayout(model)
    let blocks = try layout.blocks.map { (block) throws(FileError) in (block, try tensor(of: block)) }
    let parameters = Parameters(count: layout.count)
    for (block, tensor) in blocks {
      try file.read(tensor, into: parameters[block.range])
      if model.family == .llama { unpermute(block, parameters, model) }
    }
    return parameters
  }

  private func tensor(of block: ParameterBlock) throws(FileError) -> GGUF.Tensor {
    guard let name = Self.name(of: block.name), let tensor = file.tensor(named: name) else {
      throw FileError(file.path, "has no tensor for '\(block.name)'")
    }
    guard tensor.shape == block.shape else {
      throw FileError(file.path, "the tensor '\(name)' has the shape \(tensor.shape) instead of \(block.shape)")
    }
    return tensor
  }

  private static let names = [
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
  ]

  /// llama.cpp's name of a parameter: `blk.0.attn_q.weight` for `model.layers.0.self_attn.q_proj.weight`.
  private static func name(of parameter: String) -> String? {
    switch parameter {
    case "model.embed_tokens.weight": return "token_embd.weight"
    case "model.norm.weight": return "output_norm.weight"
    case "lm_head.weight": return "output.weight"
    default: break
    }
    let parts = parameter.split(separator: ".").map(String.init)
    guard parts.count >= 5, parts[0] == "model", parts[1] == "layers",
      let own = names[parts[3..<parts.count - 1].joined(separator: ".")]
    else { return nil }
    return "blk.\(parts[2]).\(own).\(parts[parts.count - 1])"
  }

  /// llama.cpp turns neighbouring numbers of a Llama's queries and keys, transformers those that lie half a head apart: the
  /// rows of the two projections stand in another order.
  private func unpermute(_ block: ParameterBlock, _ parameters: Parameters, _ model: ModelConfiguration) {
    let isQuery = block.name.contains("self_attn.q_proj")
    guard isQuery || block.name.contains("self_attn.k_proj"), let rows = block.shape.first else { return }
    let heads = isQuery ? model.headCount : model.keyValueHeadCount
    let (half, width) = (rows / heads / 2, block.shape.dropFirst().reduce(1, *))
    let numbers = parameters[block.range]
    let before = Array(numbers)
    for head in 0..<heads {
      for i in 0..<half {
        for side in 0..<2 {
          let (from, to) = (head * 2 * half + 2 * i + side, head * 2 * half + side * half + i)
          for k in 0..<width { numbers[to * width + k] = before[from * width + k] }
        }
      }
    }
  }
}
