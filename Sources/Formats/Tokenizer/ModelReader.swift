import Documents

/// The `model` of a `tokenizer.json`: its vocabulary, and how words become tokens of it.
struct ModelReader {
  private(set) var vocabulary: [ExactText: Int32] = [:]
  private(set) var unknown: Int32?
  private(set) var model: TokenModel
  private var merges: [UInt64: BytePairEncoding.Merge] = [:]
  private var options = BytePairEncoding.Options()

  init(_ document: Document) throws(DocumentError) {
    let fields = try document.object("the model")
    model = .bytePairs(BytePairEncoding(vocabulary: [:], merges: [:], options: options))
    // Old files do not name the type of their model, and may then be of any.
    switch try fields.optional("type")?.string("the type of the model") ?? "BPE" {
    case "BPE":
      try readVocabulary(fields.required("vocab"))
      try readMerges(fields.required("merges"))
      try readOptions(fields)
      unknown = options.unknown
      model = .bytePairs(BytePairEncoding(vocabulary: vocabulary, merges: merges, options: options))
    case "Unigram": model = .unigram(try unigram(fields))
    case "WordPiece": model = .wordPiece(try wordPiece(fields))
    case let type:
      throw document.error("the model '\(type)' is not supported; supported are: BPE, Unigram, WordPiece")
    }
  }

  private mutating func unigram(_ fields: Fields) throws(DocumentError) -> Unigram {
    let list = try fields.required("vocab").list("vocab")
    var scores: [Double] = []
    for entry in list {
      let pair = try entry.list("a token and its score")
      guard pair.count == 2 else { throw entry.error("a token and its score must be two values") }
      vocabulary[ExactText(try pair[0].string("a token"))] = Int32(scores.count)
      scores.append(try pair[1].number("a score"))
    }
    if let value = fields.optional("unk_id") {
      let id = try value.integer("unk_id")
      guard scores.indices.contains(id) else { throw value.error("unk_id must be one of \(scores.count) tokens") }
      unknown = Int32(id)
    }
    let fallsBack = try fields.optional("byte_fallback")?.bool("byte_fallback") ?? false
    return Unigram(ids: vocabulary, scores: scores, unknown: unknown, byteTokens: fallsBack ? byteTokens : nil)
  }

  private mutating func wordPiece(_ fields: Fields) throws(DocumentError) -> WordPiece {
    try readVocabulary(fields.required("vocab"))
    let name = try fields.required("unk_token")
    guard let id = vocabulary[ExactText(try name.string("unk_token"))] else {
      throw name.error("the unk_token is not in vocab")
    }
    unknown = id
    return WordPiece(
      vocabulary: vocabulary, unknown: id,
      continuation: try fields.optional("continuing_subword_prefix")?.string("continuing_subword_prefix") ?? "##",
      longestWord: try fields.optional("max_input_chars_per_word")?.integer("max_input_chars_per_word") ?? 100)
  }

  /// The tokens `<0x00>` to `<0xFF>`; -1 where there is none.
  private var byteTokens: [Int32] {
    (0..<256).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return vocabulary[ExactText("<0x\(byte < 16 ? "0" : "")\(digits)>")] ?? -1
    }
  }

  private mutating func readVocabulary(_ document: Document) throws(DocumentError) {
    let members = try document.object("vocab").members
    vocabulary.reserveCapacity(members.count)
    var owners: [Int32: String] = [:]
    for member in members {
      let id = try TokenizerReader.tokenNumber(member.value)
      if let owner = owners.updateValue(member.key, forKey: id) {
        throw member.value.error("the number \(id) belongs to '\(owner)' and '\(member.key)'")
      }
      vocabulary[ExactText(member.key)] = id
    }
  }

  private mutating func readMerges(_ document: Document) throws(DocumentError) {
    let list = try document.list("merges")
    merges.reserveCapacity(list.count)
    for (rank, entry) in list.enumerated() {
      let (left, right) = try Self.pair(entry)
      guard let leftID = vocabulary[ExactText(left)], let rightID = vocabulary[ExactText(right)],
        let token = vocabulary[ExactText(left + right)]
      else {
        throw entry.error("the merge of '\(left)' and '\(right)' has a part or a result that is not in the vocabulary")
      }
      merges[BytePairEncoding.pair(leftID, rightID)] = .init(rank: Int32(rank), token: token)
    }
  }

  /// Written `"a b"` or `["a", "b"]`.
  private static func pair(_ entry: Document) throws(DocumentError) -> (String, String) {
    var parts: [String] = []
    if case .list(let list) = entry.value {
      for part in list { parts.append(try part.string("a part of a merge")) }
    } else {
      // Searched among scalars, since a space and a combining mark after it are one character.
      let scalars = try entry.string("a merge").unicodeScalars
      parts = scalars.split(separator: " ", omittingEmptySubsequences: false).map { String($0) }
    }
    guard parts.count == 2 else { throw entry.error("a merge must have two parts") }
    return (parts[0], parts[1])
  }

  private mutating func readOptions(_ fields: Fields) throws(DocumentError) {
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      guard let value = fields.optional(key) else { continue }
      if try !value.string(key).isEmpty { throw value.error("\(key) is not supported") }
    }
    if let dropout = fields.optional("dropout"), try dropout.number("dropout") != 0 {
      throw dropout.error("dropout is not supported: the same text would not always have the same tokens")
    }
    if let name = fields.optional("unk_token") {
      let text = try name.string("unk_token")
      guard let id = vocabulary[ExactText(text)] else { throw name.error("the unk_token '\(text)' is not in vocab") }
      options.unknown = id
    }
    options.fusesUnknown = try fields.optional("fuse_unk")?.bool("fuse_unk") ?? false
    options.ignoresMerges = try fields.optional("ignore_merges")?.bool("ignore_merges") ?? false
    if try fields.optional("byte_fallback")?.bool("byte_fallback") ?? false { options.byteTokens = byteTokens }
  }
}
