import Documents

extension Tokenizer {
  /// The tokenizer in a GGUF file: byte-pair encoding of bytes or SentencePiece's, as `tokenizer.json` would have it.
  ///
  /// Throws for other kinds of tokenizers, and for ways to cut text into words that are not known.
  public init(_ gguf: GGUF) throws(FileError) {
    let source = try GGUFTokenizer(gguf)
    try self.init(
      json: Array(source.json.utf8), configuration: Array(source.configuration.utf8), fileName: gguf.path,
      configurationName: gguf.path)
  }
}

extension GGUF {
  /// What `tokenizer_config.json` would say: the special tokens by name.
  public var tokenizerConfiguration: String {
    get throws(FileError) { try GGUFTokenizer(self).configuration }
  }
}

/// Writes what a GGUF file says of its tokenizer as `tokenizer.json` and `tokenizer_config.json`.
private struct GGUFTokenizer {
  private let gguf: GGUF
  private let tokens: [String]
  private let kinds: [Int]
  private let model: Model

  private enum Model {
    /// Merges of bytes, within words.
    case bytes(merges: [String], Words)
    /// SentencePiece's.
    case pieces
  }

  /// How text is cut into words, by the names that llama.cpp has for it (`tokenizer.ggml.pre`).
  private enum Words {
    case gpt2, digits
    case pattern(String, isNormalized: Bool)

    init?(_ name: String) {
      let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
      let rest = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
      switch name {
      case "gpt-2", "gpt2", "default", "olmo": self = .gpt2
      case "smollm": self = .digits
      case "llama-bpe", "llama3", "llama-v3":
        self = .pattern(contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"# + rest, isNormalized: false)
      case "qwen2", "deepseek-r1-qwen":
        self = .pattern(contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"# + rest, isNormalized: true)
      default: return nil
      }
    }
  }

  init(_ gguf: GGUF) throws(FileError) {
    self.gguf = gguf
    tokens = try Self.strings("tokenizer.ggml.tokens", gguf)
    var name = "missing"
    if case .string(let written)? = gguf.values["tokenizer.ggml.model"] { name = written }
    switch name {
    case "gpt2": model = .bytes(merges: try Self.strings("tokenizer.ggml.merges", gguf), try Self.words(gguf))
    case "llama": model = .pieces
    default:
      throw FileError(
        gguf.path,
        "tokenizer.ggml.model is '\(name)'; supported are gpt2 and llama, so take the model's folder of safetensors")
    }
    var kinds: [Int] = []
    if case .list(let list)? = gguf.values["tokenizer.ggml.token_type"] {
      for case .integer(let kind) in list { kinds.append(kind) }
    }
    guard kinds.isEmpty || kinds.count == tokens.count else {
      throw FileError(gguf.path, "has \(tokens.count) tokens, but kinds of \(kinds.count)")
    }
    self.kinds = kinds
  }

  private static func words(_ gguf: GGUF) throws(FileError) -> Words {
    var name = "default"
    if case .string(let written)? = gguf.values["tokenizer.ggml.pre"] { name = written }
    guard let words = Words(name) else {
      throw FileError(
        gguf.path,
        "cuts text into words in the way '\(name)', which is not known; known are gpt-2, smollm, llama-bpe and qwen2")
    }
    return words
  }

  private static func strings(_ key: String, _ gguf: GGUF) throws(FileError) -> [String] {
    guard case .list(let list)? = gguf.values[key] else { throw FileError(gguf.path, "has no \(key)") }
    var strings: [String] = []
    for case .string(let text) in list { strings.append(text) }
    return strings
  }

  /// llama.cpp's kinds of tokens: 2 stands for what is unknown, 3 is special, 4 is added by people.
  private var added: [Int] { kinds.indices.filter { (2...4).contains(kinds[$0]) } }

  var json: String {
    var json = JSONWriter()
    json.beginObject()
    json.member("version", "1.0")
    for key in ["truncation", "padding"] {
      json.key(key)
      json.null()
    }
    json.key("added_tokens")
    json.beginArray()
    for id in added {
      json.beginObject()
      json.member("id", id)
      json.member("content", tokens[id])
      for key in ["single_word", "lstrip", "rstrip", "normalized"] { json.member(key, false) }
      json.member("special", kinds[id] != 4)
      json.endObject()
    }
    json.endArray()
    switch model {
    case .bytes(let merges, let words):
      writeWords(words, &json)
      json.key("post_processor")
      json.null()
      json.key("decoder")
      writeByteLevel(splits: true, &json)
      writeModel(merges, words, &json)
    case .pieces:
      let pieces = GGUFPieces(
        tokens: tokens, isAdded: Set(added), unknown: kinds.firstIndex(of: 2),
        beginning: flag("add_bos_token") ? integer("bos_token_id") : nil, addsSpace: flag("add_space_prefix"))
      pieces.write(to: &json)
    }
    json.endObject()
    return json.text
  }

  /// What llama.cpp takes to be true where it is not said.
  private func flag(_ key: String) -> Bool {
    if case .bool(let flag)? = gguf.values["tokenizer.ggml.\(key)"] { flag } else { true }
  }

  private func integer(_ key: String) -> Int? {
    guard case .integer(let id)? = gguf.values["tokenizer.ggml.\(key)"], tokens.indices.contains(id) else { return nil }
    return id
  }

  private func writeWords(_ words: Words, _ json: inout JSONWriter) {
    json.key("normalizer")
    if case .pattern(_, isNormalized: true) = words {
      json.beginObject()
      json.member("type", "NFC")
      json.endObject()
    } else {
      json.null()
    }
    json.key("pre_tokenizer")
    json.beginObject()
    json.member("type", "Sequence")
    json.key("pretokenizers")
    json.beginArray()
    var splits = true
    switch words {
    case .gpt2: break
    case .digits:
      json.beginObject()
      json.member("type", "Digits")
      json.member("individual_digits", true)
      json.endObject()
    case .pattern(let pattern, _):
      splits = false
      json.beginObject()
      json.member("type", "Split")
      json.key("pattern")
      json.beginObject()
      json.member("Regex", pattern)
      json.endObject()
      json.member("behavior", "Isolated")
      json.member("invert", false)
      json.endObject()
    }
    writeByteLevel(splits: splits, &json)
    json.endArray()
    json.endObject()
  }

  // Every field is there: the `tokenizers` library takes none for granted.
  private func writeByteLevel(splits: Bool, _ json: inout JSONWriter) {
    json.beginObject()
    json.member("type", "ByteLevel")
    json.member("add_prefix_space", false)
    json.member("trim_offsets", false)
    json.member("use_regex", splits)
    json.endObject()
  }

  private func writeModel(_ merges: [String], _ words: Words, _ json: inout JSONWriter) {
    json.key("model")
    json.beginObject()
    json.member("type", "BPE")
    for key in ["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"] {
      json.key(key)
      json.null()
    }
    json.member("fuse_unk", false)
    json.member("byte_fallback", false)
    // Llama 3's words that are tokens are taken whole: `ignore_merges` in llama.cpp, too.
    if case .pattern(_, isNormalized: false) = words { json.member("ignore_merges", true) }
    json.key("vocab")
    json.beginObject()
    // Added tokens too: the `tokenizers` library numbers one that is not here anew, whatever its `id` says.
    for id in tokens.indices { json.member(tokens[id], id) }
    json.endObject()
    json.key("merges")
    json.beginArray()
    for merge in merges { json.string(merge) }
    json.endArray()
    json.endObject()
  }

  var configuration: String {
    var json = JSONWriter(indented: true)
    json.beginObject()
    let names = [
      ("bos_token", "bos"), ("eos_token", "eos"), ("pad_token", "padding"), ("unk_token", "unknown"),
    ]
    for (key, name) in names {
      if let id = integer("\(name)_token_id") { json.member(key, tokens[id]) }
    }
    json.member("clean_up_tokenization_spaces", false)
    json.member("tokenizer_class", "PreTrainedTokenizerFast")
    json.endObject()
    return json.text
  }
}
