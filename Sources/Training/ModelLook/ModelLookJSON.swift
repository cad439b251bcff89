import Documents
import Transformers

extension ModelTable {
  /// A list with an object for each model; what is not known is `null`.
  public var json: String {
    var json = JSONWriter()
    json.beginArray()
    for look in looks { look.write(&json) }
    json.endArray()
    return json.text
  }
}

extension ModelLook {
  fileprivate func write(_ json: inout JSONWriter) {
    json.beginObject()
    json.member("path", path)
    json.member("supported", isSupported)
    json.member("problems", strings: problems)
    json.member("family", family)
    json.member("head", shape.map { $0.head == .scalar ? "reward" : "language" })
    if let adapters {
      json.key("adapters")
      json.beginObject()
      json.member("base_model_name_or_path", adapters.base)
      json.member("r", adapters.rank)
      json.member("lora_alpha", number: adapters.alpha)
      json.member("target_modules", strings: adapters.targets)
      json.endObject()
    }
    json.member("parameters", parameters)
    json.member("dtypes", strings: types)
    json.member("bytes", bytes)
    json.member("layers", shape?.layerCount)
    json.member("hidden_size", shape?.hiddenSize)
    json.member("heads", shape?.headCount)
    json.member("key_value_heads", shape?.keyValueHeadCount)
    json.member("context", shape?.maxPositions)
    json.member("usable_context", shape?.positionLimit)
    json.member("tokenizer", tokenizer)
    json.member("vocabulary", vocabulary)
    json.key("chat_template")
    json.beginObject()
    json.member("present", template != .none)
    if case .broken(let why) = template { json.member("error", why) }
    if case .read(let marks) = template { json.member("marks_answers", marks) }
    json.endObject()
    json.key("ends")
    json.beginArray()
    for end in ends {
      json.beginObject()
      json.member("id", end.id)
      json.member("token", end.token)
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }
}
