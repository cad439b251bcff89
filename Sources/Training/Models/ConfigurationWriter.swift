import Documents
import Transformers

extension ModelConfiguration {
  /// The text of a `config.json` that transformers 4 and 5 read.
  func json() -> String {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("architectures")
    json.beginArray()
    json.string(architecture)
    json.endArray()
    json.key("model_type")
    json.string(family.rawValue)
    json.key("dtype")
    json.string("float32")
    json.key("hidden_act")
    json.string("silu")
    write(
      integers: [
        ("vocab_size", vocabularySize), ("hidden_size", hiddenSize), ("intermediate_size", intermediateSize),
        ("num_hidden_layers", layerCount), ("num_attention_heads", headCount),
        ("num_key_value_heads", keyValueHeadCount), ("head_dim", headSize), ("max_position_embeddings", maxPositions),
        ("bos_token_id", bosToken), ("eos_token_id", eosToken), ("pad_token_id", padToken),
      ], to: &json)
    json.key("rms_norm_eps")
    // The shortest decimal fraction that is this float: 1e-06 and not 9.999999974752427e-07.
    json.number(Double(normEpsilon.description) ?? Double(normEpsilon))
    json.key("initializer_range")
    json.number(initializerRange)
    var flags = [("tie_word_embeddings", tiesEmbeddings), ("use_cache", true)]
    switch family {
    case .llama: flags += [("attention_bias", hasQueryKeyValueBias), ("mlp_bias", hasMLPBias)]
    case .qwen2: flags += [("use_sliding_window", false)]
    case .qwen3: flags += [("attention_bias", hasQueryKeyValueBias), ("use_sliding_window", false)]
    }
    for (key, value) in flags {
      json.key(key)
      json.bool(value)
    }
    writeRotary(&json)
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

  private var architecture: String {
    let name =
      switch family {
      case .llama: "Llama"
      case .qwen2: "Qwen2"
      case .qwen3: "Qwen3"
      }
    return name + (head == .scalar ? "ForSequenceClassification" : "ForCausalLM")
  }

  private func write(integers: [(String, Int?)], to json: inout JSONWriter) {
    for (key, value) in integers {
      json.key(key)
      if let value { json.integer(value) } else { json.null() }
    }
  }

  /// As transformers 5 reads it, and before it as version 4 does.
  private func writeRotary(_ json: inout JSONWriter) {
    json.key("rope_theta")
    json.number(ropeTheta)
    if ropeScaling != .none {
      json.key("rope_scaling")
      writeScaling(&json)
    }
    json.key("rope_parameters")
    writeScaling(&json)
  }

  private func writeScaling(_ json: inout JSONWriter) {
    var numbers = [("rope_theta", ropeTheta)]
    json.beginObject()
    json.key("rope_type")
    switch ropeScaling {
    case .none: json.string("default")
    case .linear(let factor):
      json.string("linear")
      numbers += [("factor", factor)]
    case .llama3(let factor, let low, let high, let positions):
      json.string("llama3")
      numbers += [("factor", factor), ("low_freq_factor", low), ("high_freq_factor", high)]
      json.key("original_max_position_embeddings")
      json.integer(positions)
    }
    for (key, value) in numbers {
      json.key(key)
      json.number(value)
    }
    json.endObject()
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
