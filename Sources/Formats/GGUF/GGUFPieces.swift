import Documents

/// Writes SentencePiece's byte-pair encoding as transformers does: what follows the added tokens in a `tokenizer.json`.
///
/// llama.cpp keeps no merges: two neighbours are joined where the result comes first in the vocabulary, which is in the order
/// in which its tokens were found. Source: transformers `generate_merges`.
struct GGUFPieces {
  let tokens: [String]
  let isAdded: Set<Int>
  let unknown: Int?
  /// What the template puts before a text.
  let beginning: Int?
  /// Whether a text begins with a space.
  let addsSpace: Bool

  func write(to json: inout JSONWriter) {
    json.key("normalizer")
    json.null()
    json.key("pre_tokenizer")
    json.beginObject()
    json.member("type", "Metaspace")
    json.member("replacement", "\u{2581}")
    json.member("prepend_scheme", addsSpace ? "first" : "never")
    json.member("split", false)
    json.endObject()
    writeTemplate(&json)
    writeDecoder(&json)
    writeModel(&json)
  }

  private func writeTemplate(_ json: inout JSONWriter) {
    json.key("post_processor")
    guard let beginning else { return json.null() }
    json.beginObject()
    json.member("type", "TemplateProcessing")
    for (key, texts) in [("single", ["A"]), ("pair", ["A", "B"])] {
      json.key(key)
      json.beginArray()
      for (type, text) in texts.enumerated() {
        writePiece("SpecialToken", tokens[beginning], type, &json)
        writePiece("Sequence", text, type, &json)
      }
      json.endArray()
    }
    json.key("special_tokens")
    json.beginObject()
    json.key(tokens[beginning])
    json.beginObject()
    json.member("id", tokens[beginning])
    json.member("ids", integers: [beginning])
    json.member("tokens", strings: [tokens[beginning]])
    json.endObject()
    json.endObject()
    json.endObject()
  }

  private func writePiece(_ kind: String, _ id: String, _ type: Int, _ json: inout JSONWriter) {
    json.beginObject()
    json.key(kind)
    json.beginObject()
    json.member("id", id)
    json.member("type_id", type)
    json.endObject()
    json.endObject()
  }

  private func writeDecoder(_ json: inout JSONWriter) {
    json.key("decoder")
    json.beginObject()
    json.member("type", "Sequence")
    json.key("decoders")
    json.beginArray()
    json.beginObject()
    json.member("type", "Replace")
    json.key("pattern")
    json.beginObject()
    json.member("String", "\u{2581}")
    json.endObject()
    json.member("content", " ")
    json.endObject()
    for type in ["ByteFallback", "Fuse"] {
      json.beginObject()
      json.member("type", type)
      json.endObject()
    }
    if addsSpace {
      json.beginObject()
      json.member("type", "Strip")
      json.member("content", " ")
      json.member("start", 1)
      json.member("stop", 0)
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }

  private func writeModel(_ json: inout JSONWriter) {
    json.key("model")
    json.beginObject()
    json.member("type", "BPE")
    for key in ["dropout", "continuing_subword_prefix", "end_of_word_suffix"] {
      json.key(key)
      json.null()
    }
    json.member("unk_token", unknown.map { tokens[$0] })
    json.member("fuse_unk", true)
    json.member("byte_fallback", true)
    json.member("ignore_merges", false)
    json.key("vocab")
    json.beginObject()
    for (id, token) in tokens.enumerated() { json.member(token, id) }
    json.endObject()
    json.key("merges")
    json.beginArray()
    for merge in merges { json.member(merge) }
    json.endArray()
    json.endObject()
  }

  /// Every way to join two tokens to a third one, in the order of the third one's number.
  private var merges: [(String, String)] {
    let known = Set(tokens.indices.filter { !isAdded.contains($0) }.map { ExactText(tokens[$0]) })
    var merges: [(String, String)] = []
    for (id, token) in tokens.enumerated() where !isAdded.contains(id) {
      let scalars = Array(token.unicodeScalars)
      for cut in 1..<max(1, scalars.count) {
        let (left, right) = (Self.text(scalars[..<cut]), Self.text(scalars[cut...]))
        if known.contains(ExactText(left)), known.contains(ExactText(right)) { merges.append((left, right)) }
      }
    }
    return merges
  }

  private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
}

extension JSONWriter {
  /// A merge, as two strings.
  fileprivate mutating func member(_ merge: (String, String)) {
    strings([merge.0, merge.1])
  }
}
