import Documents

// New tokenizers: the text of their files is made and read like any other.
extension Tokenizer {
  /// One token for each character that appears in the texts, after `<pad>`, `<bos>`, `<eos>` and `<unk>`.
  public static func characters(in texts: String...) throws(FileError) -> Tokenizer { try characters(in: texts) }

  /// One token for each character that appears in the texts, after `<pad>`, `<bos>`, `<eos>` and `<unk>`.
  public static func characters(in texts: some Sequence<String>) throws(FileError) -> Tokenizer {
    var scalars: Set<Unicode.Scalar> = []
    for text in texts { scalars.formUnion(text.unicodeScalars) }
    var writer = TokenizerWriter(specialTokens: ["<pad>", "<bos>", "<eos>", "<unk>"])
    for scalar in scalars.sorted() { writer.add(String(scalar)) }
    return try writer.tokenizer()
  }

  /// One token for each of 256 bytes, and one for each word with and one without a space before it, after `<pad>`,
  /// `<bos>` and `<eos>`.
  ///
  /// Any text can be encoded and decoded. A word that GPT-2's pattern splits, such as `don't`, becomes its parts, each of
  /// them one token.
  public static func words(_ words: [String]) throws(FileError) -> Tokenizer {
    var writer = TokenizerWriter(specialTokens: ["<pad>", "<bos>", "<eos>"])
    writer.isByteLevel = true
    for byte in ByteLevel.scalars.sorted() { writer.add(String(byte)) }
    for word in words {
      for text in [word, " " + word] {
        for part in GPT2Words.split(text) { writer.add(ByteLevel.encode(part)) }
      }
    }
    return try writer.tokenizer()
  }
}

/// Writes `tokenizer.json` and `tokenizer_config.json` as `AutoTokenizer` reads them.
private struct TokenizerWriter {
  var isByteLevel = false
  private let specialTokens: [String]
  private var tokens: [String]
  private var known: Set<ExactText>

  init(specialTokens: [String]) {
    self.specialTokens = specialTokens
    tokens = specialTokens
    known = Set(tokens.map(ExactText.init))
  }

  mutating func add(_ token: String) {
    if known.insert(ExactText(token)).inserted { tokens.append(token) }
  }

  func tokenizer() throws(FileError) -> Tokenizer {
    try Tokenizer(json: Array((json + "\n").utf8), configuration: Array((configuration + "\n").utf8))
  }

  private var configuration: String {
    var json = JSONWriter(indented: true)
    json.beginObject()
    for (key, token) in zip(["pad_token", "bos_token", "eos_token", "unk_token"], specialTokens) {
      json.key(key)
      json.string(token)
    }
    // Otherwise `decode` would remove the space before a full stop.
    json.key("clean_up_tokenization_spaces")
    json.bool(false)
    json.key("tokenizer_class")
    json.string("PreTrainedTokenizerFast")
    json.endObject()
    return json.text
  }

  private var json: String {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("version")
    json.string("1.0")
    for key in ["truncation", "padding"] {
      json.key(key)
      json.null()
    }
    writeAddedTokens(&json)
    json.key("normalizer")
    json.null()
    json.key("pre_tokenizer")
    if isByteLevel { writeByteLevel(&json) } else { json.null() }
    json.key("post_processor")
    json.null()
    json.key("decoder")
    if isByteLevel { writeByteLevel(&json) } else { json.object([("type", "Fuse")]) }
    writeModel(&json)
    json.endObject()
    return json.text
  }

  private func writeAddedTokens(_ json: inout JSONWriter) {
    json.key("added_tokens")
    json.beginArray()
    for (id, token) in specialTokens.enumerated() {
      json.beginObject()
      json.key("id")
      json.integer(id)
      json.key("content")
      json.string(token)
      for key in ["single_word", "lstrip", "rstrip", "normalized"] {
        json.key(key)
        json.bool(false)
      }
      json.key("special")
      json.bool(true)
      json.endObject()
    }
    json.endArray()
  }

  private func writeByteLevel(_ json: inout JSONWriter) {
    json.beginObject()
    json.key("type")
    json.string("ByteLevel")
    for (key, value) in [("add_prefix_space", false), ("trim_offsets", true), ("use_regex", true)] {
      json.key(key)
      json.bool(value)
    }
    json.endObject()
  }

  private func writeModel(_ json: inout JSONWriter) {
    json.key("model")
    json.beginObject()
    json.key("type")
    json.string("BPE")
    for key in ["dropout", "continuing_subword_prefix", "end_of_word_suffix"] {
      json.key(key)
      json.null()
    }
    json.key("unk_token")
    if specialTokens.count > 3 { json.string(specialTokens[3]) } else { json.null() }
    // Whole words are tokens, so that neither merges nor tokens for their intermediate results are needed.
    for (key, value) in [("fuse_unk", false), ("byte_fallback", false), ("ignore_merges", isByteLevel)] {
      json.key(key)
      json.bool(value)
    }
    json.key("vocab")
    json.beginObject()
    for (id, token) in tokens.enumerated() {
      json.key(token)
      json.integer(id)
    }
    json.endObject()
    json.key("merges")
    json.beginArray()
    json.endArray()
    json.endObject()
  }
}

extension JSONWriter {
  fileprivate mutating func object(_ members: [(String, String)]) {
    beginObject()
    for (key, value) in members {
      self.key(key)
      string(value)
    }
    endObject()
  }
}
