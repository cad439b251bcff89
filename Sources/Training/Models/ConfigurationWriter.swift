import Documents
import Transformers

extension ModelConfiguration {
  /// The text of a `config.json` that transformers 4 and 5 read.
  func json() -> String {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("architectures")
    json.beginArray()
    json.string(head == .scalar ? family.value.classes.scalar : family.value.classes.language)
    json.endArray()
    json.key("model_type")
    json.string(family.rawValue)
    json.key("dtype")
    json.string(numberType.rawValue)
    json.member(family.value.key("hidden_act"), family.value.activation)
    write(
      integers: [
        ("vocab_size", vocabularySize), ("hidden_size", hiddenSize), ("intermediate_size", intermediateSize),
        ("num_hidden_layers", layerCount), ("num_attention_heads", headCount),
        ("num_key_value_heads", keyValueHeadCount), ("head_dim", headSize), ("max_position_embeddings", maxPositions),
        ("bos_token_id", bosToken), ("eos_token_id", eosToken), ("pad_token_id", padToken),
      ].filter { !family.value.omitted.contains($0.0) }, to: &json)
    json.member(family.value.key("rms_norm_eps"), single: normEpsilon)
    json.key("initializer_range")
    json.number(initializerRange)
    json.member("tie_word_embeddings", tiesEmbeddings)
    json.member("use_cache", true)
    family.value.write(self, &json)
    if positions == .rotary { writeRotation(&json) }
    if head == .scalar { writeLabel(&json) }
    json.endObject()
    return json.text + "\n"
  }

  /// The text of a `generation_config.json`.
  ///
  /// - Parameter otherEnds: Further tokens that end a text; with them `eos_token_id` is a list.
  func generationJSON(otherEnds: [Int] = []) -> String {
    var json = JSONWriter(indented: true)
    json.beginObject()
    write(integers: [("bos_token_id", bosToken)], to: &json)
    if otherEnds.isEmpty {
      write(integers: [("eos_token_id", eosToken)], to: &json)
    } else {
      json.member("eos_token_id", integers: [eosToken].compactMap(\.self) + otherEnds)
    }
    write(integers: [("pad_token_id", padToken)], to: &json)
    json.endObject()
    return json.text + "\n"
  }

  /// Which layers attend within the window, by type.
  func writeLayerTypes(_ json: inout JSONWriter) {
    json.member(
      "layer_types",
      strings: (0..<layerCount).map { slidingLayers.contains($0) ? "sliding_attention" : "full_attention" })
  }

  private func write(integers: [(String, Int?)], to json: inout JSONWriter) {
    for (key, value) in integers {
      json.key(family.value.key(key))
      if let value { json.integer(value) } else { json.null() }
    }
  }

  private func writeLabel(_ json: inout JSONWriter) {
    json.key("id2label")
    json.beginObject()
    json.key("0")
    json.string("LABEL_0")
    json.endObject()
    json.key("label2id")
    json.beginObject()
    json.key("LABEL_0")
    json.integer(0)
    json.endObject()
  }
}

extension JSONWriter {
  /// The shortest decimal fraction that is this float: 1e-06 and not 9.999999974752427e-07.
  mutating func member(_ key: String, single: Float) {
    member(key, number: Double(single.description) ?? Double(single))
  }
}
