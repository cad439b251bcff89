import Documents

/// Text to tokens and back, exactly as Hugging Face's `tokenizers` does it for the same `tokenizer.json`.
public struct Tokenizer: Sendable {
  /// The tokens with a meaning of their own; nil for those that the model does not have.
  public struct SpecialTokens: Equatable, Sendable {
    public var beginning: Int32?  // bos_token
    public var end: Int32?  // eos_token
    /// Further tokens that end a text while it is generated: the others in `eos_token_id` of generation_config.json.
    public var otherEnds: [Int32] = []
    public var padding: Int32?  // pad_token
    public var unknown: Int32?  // unk_token
  }

  public var special = SpecialTokens()
  /// One more than the highest number of a token: a model needs at least as many rows.
  public let vocabularySize: Int
  /// The bytes of `tokenizer.json` and `tokenizer_config.json`, to be written beside a model.
  public let files: (tokenizer: [UInt8], configuration: [UInt8])
  /// Other files that go with the tokenizer wherever a model is written: chat template, settings of generation.
  public var companions: [(name: String, bytes: [UInt8])] = []

  private let parts: TokenizerParts
  private let texts: [String?]
  private let isSpecial: Set<Int32>
  private let ids: [ExactText: Int32]
  private let exact: AddedTokens
  private let normalized: AddedTokens
  private let cache = WordCache()

  /// Reads `tokenizer.json`, and the names of the special tokens in `tokenizer_config.json`.
  ///
  /// An error names the place in the file, also for anything that this reader would not do exactly.
  public init(
    json: [UInt8], configuration: [UInt8]? = nil, fileName: String = "tokenizer.json",
    configurationName: String = "tokenizer_config.json"
  ) throws(FileError) {
    do throws(DocumentError) {
      parts = try TokenizerReader.read(JSONReader.read(json))
    } catch {
      throw FileError(fileName, error)
    }
    var ids = parts.vocabulary
    for token in parts.added { ids[ExactText(token.content)] = token.id }
    vocabularySize = Int((ids.values.max() ?? -1) + 1)
    var texts = [String?](repeating: nil, count: vocabularySize)
    for (text, id) in parts.vocabulary { texts[Int(id)] = text.text }
    let normalizer = parts.normalizer
    let added = parts.added.map { token in
      var token = token
      if token.isNormalized { token.content = normalizer?.normalized(token.content) ?? token.content }
      return token
    }
    for token in added { texts[Int(token.id)] = token.content }
    self.ids = ids
    self.texts = texts
    isSpecial = Set(added.filter { $0.isSpecial }.map { $0.id })
    exact = AddedTokens(added.filter { !$0.isNormalized })
    normalized = AddedTokens(added.filter { $0.isNormalized })
    files = (json, configuration ?? Array("{}".utf8))
    special.unknown = parts.unknown
    guard let configuration else { return }
    do throws(DocumentError) {
      let names = try TokenizerReader.specialTokens(JSONReader.read(configuration), ids)
      special = names
      special.unknown = names.unknown ?? parts.unknown
    } catch {
      throw FileError(configurationName, error)
    }
  }

  /// The number of the token that the vocabulary writes like this; nil if there is none.
  public func id(of token: String) -> Int32? { ids[ExactText(token)] }

  /// Whether another tokenizer gives every token the same number.
  public func hasTokens(of other: Tokenizer) -> Bool { ids == other.ids }

  /// The tokens of a text.
  ///
  /// Names of added tokens in the text, such as `<eos>`, become those tokens. `addSpecialTokens` adds what the tokenizer's
  /// template puts around a text, such as `<bos>`.
  public func encode(_ text: String, addSpecialTokens: Bool = false) -> [Int32] {
    var tokens = addSpecialTokens ? parts.prefix : []
    for (number, part) in exact.parts(of: text).enumerated() {
      guard part.id == nil else {
        tokens.append(part.id ?? 0)
        continue
      }
      let text = parts.normalizer?.normalized(part.text) ?? part.text
      for (place, part) in normalized.parts(of: text).enumerated() {
        if let id = part.id {
          tokens.append(id)
        } else {
          appendWords(part.text, isFirst: number == 0 && place == 0, to: &tokens)
        }
      }
    }
    return addSpecialTokens ? tokens + parts.suffix : tokens
  }

  /// The tokens of a text that is to go on: with what the tokenizer's template puts in front of a text, such as `<bos>`, and
  /// without what it puts behind one.
  public func encode(beginning text: String) -> [Int32] { parts.prefix + encode(text) }

  private func appendWords(_ text: String, isFirst: Bool, to tokens: inout [Int32]) {
    guard let preTokenizer = parts.preTokenizer else {
      tokens += cache.tokens(of: text, parts.model.tokens)
      return
    }
    for word in preTokenizer.words(text, isFirst: isFirst) where !word.isEmpty {
      tokens += cache.tokens(of: word, parts.model.tokens)
    }
  }

  /// The text of tokens; U+FFFD for what is not valid UTF-8, and nothing for numbers of no token.
  public func decode(_ ids: some Sequence<Int32>, skipSpecialTokens: Bool = false) -> String {
    var words: [String] = []
    for id in ids {
      if skipSpecialTokens, isSpecial.contains(id) { continue }
      if let text = text(id) { words.append(text) }
    }
    guard let decoder = parts.decoder else { return words.joined(separator: " ") }
    return decoder.decoded(words).joined()
  }

  /// One token for display: its text with the space before it, and `<0xE4>` for each byte that is no character by itself.
  public func token(_ id: Int32) -> String {
    guard let text = text(id) else { return "<\(id)>" }
    if isSpecial.contains(id) { return text }
    return parts.decoder?.display(text) ?? text
  }

  private func text(_ id: Int32) -> String? {
    texts.indices.contains(Int(id)) ? texts[Int(id)] : nil
  }
}

/// The parts of a `tokenizer.json`.
struct TokenizerParts: Sendable {
  var vocabulary: [ExactText: Int32]
  var added: [AddedToken]
  var normalizer: Normalizer?
  var preTokenizer: PreTokenizer?
  var model: TokenModel
  var decoder: TokenDecoder?
  /// The special tokens before and after a text.
  var prefix: [Int32]
  var suffix: [Int32]
  var unknown: Int32?
}
