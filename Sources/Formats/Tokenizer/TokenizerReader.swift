import Documents

/// Reads the parts of a `tokenizer.json`; an unknown one is an error at its place.
enum TokenizerReader {
  static func read(_ document: Document) throws(DocumentError) -> TokenizerParts {
    let root = try document.object("the tokenizer")
    let model = try ModelReader(root.required("model"))
    let added = try addedTokens(root.optional("added_tokens"))
    if let token = added.first(where: { model.vocabulary[ExactText($0.content)] ?? $0.id != $0.id }) {
      throw document.error("the added token '\(token.content)' has another number in the vocabulary than \(token.id)")
    }
    let template = try root.optional("post_processor").map(template)
    let known = Set(model.vocabulary.values).union(added.map { $0.id })
    if let id = ((template?.prefix ?? []) + (template?.suffix ?? [])).first(where: { !known.contains($0) }) {
      throw document.error("the template of the post-processor adds the token \(id), which is not in the vocabulary")
    }
    return TokenizerParts(
      vocabulary: model.vocabulary, added: added,
      normalizer: try root.optional("normalizer").map(normalizer),
      preTokenizer: try root.optional("pre_tokenizer").map(preTokenizer),
      model: model.model,
      decoder: try root.optional("decoder").map(decoder),
      prefix: template?.prefix ?? [], suffix: template?.suffix ?? [], unknown: model.unknown)
  }

  static func specialTokens(
    _ document: Document, _ ids: [ExactText: Int32]
  ) throws(DocumentError) -> Tokenizer.SpecialTokens {
    let root = try document.object("the tokenizer's configuration")
    func id(_ key: String) throws(DocumentError) -> Int32? {
      guard let value = root.optional(key) else { return nil }
      var name = value
      if case .object = value.value { name = try value.object(key).required("content") }
      let text = try name.string(key)
      guard let id = ids[ExactText(text)] else { throw name.error("the \(key) '\(text)' is not in the vocabulary") }
      return id
    }
    return Tokenizer.SpecialTokens(
      beginning: try id("bos_token"), end: try id("eos_token"), padding: try id("pad_token"),
      unknown: try id("unk_token"))
  }

  // MARK: Added tokens

  private static func addedTokens(_ list: Document?) throws(DocumentError) -> [AddedToken] {
    var tokens: [AddedToken] = []
    for document in try list?.list("added_tokens") ?? [] {
      let fields = try document.object("an added token")
      func flag(_ key: String, _ byDefault: Bool) throws(DocumentError) -> Bool {
        try fields.optional(key)?.bool(key) ?? byDefault
      }
      let isSpecial = try flag("special", false)
      tokens.append(
        AddedToken(
          id: try tokenNumber(fields.required("id")), content: try fields.required("content").string("content"),
          stripsLeft: try flag("lstrip", false), stripsRight: try flag("rstrip", false),
          isSingleWord: try flag("single_word", false), isNormalized: try flag("normalized", !isSpecial),
          isSpecial: isSpecial))
    }
    return tokens
  }

  static func tokenNumber(_ document: Document) throws(DocumentError) -> Int32 {
    let number = try document.integer("the number of a token")
    // The largest vocabularies have a quarter of a million; a table is made with a row for each.
    guard (0..<1 << 24).contains(number) else { throw document.error("the number of a token must be 0 to 16777215") }
    return Int32(number)
  }

  // MARK: Template

  private struct Template {
    var prefix: [Int32] = []
    var suffix: [Int32] = []
  }

  private static func template(_ document: Document) throws(DocumentError) -> Template {
    switch try typeName(document, "the post-processor") {
    case "ByteLevel": return Template()
    case "BertProcessing", "RobertaProcessing":
      let fields = try document.object("the post-processor")
      return Template(prefix: [try pairedToken(fields, "cls")], suffix: [try pairedToken(fields, "sep")])
    case "Sequence":
      // Each puts its tokens around what the one before made.
      return try each("processors", of: document, template).reduce(into: Template()) {
        $0.prefix = $1.prefix + $0.prefix
        $0.suffix += $1.suffix
      }
    case "TemplateProcessing": return try templateProcessing(document)
    default:
      throw unsupported(
        document, "the post-processor",
        "ByteLevel, Sequence, TemplateProcessing, BertProcessing, RobertaProcessing")
    }
  }

  /// A token's number beside its name: `["[CLS]", 101]`.
  private static func pairedToken(_ fields: Fields, _ key: String) throws(DocumentError) -> Int32 {
    let value = try fields.required(key)
    let pair = try value.list(key)
    guard pair.count == 2 else { throw value.error("\(key) must be a token and its number") }
    return try tokenNumber(pair[1])
  }

  private static func templateProcessing(_ document: Document) throws(DocumentError) -> Template {
    let fields = try document.object("the post-processor")
    let special = try fields.required("special_tokens").object("special_tokens")
    var template = Template()
    var hasText = false
    for piece in try fields.required("single").list("single") {
      let piece = try piece.object("a piece of the template")
      if piece.optional("Sequence") != nil {
        hasText = true
        continue
      }
      let name = try piece.required("SpecialToken").object("SpecialToken").required("id").string("id")
      let entry = try special.required(name).object("the special token '\(name)'")
      for id in try entry.required("ids").list("ids") {
        let id = try tokenNumber(id)
        if hasText { template.suffix.append(id) } else { template.prefix.append(id) }
      }
    }
    if !hasText { throw document.error("the template of the post-processor has no Sequence") }
    return template
  }
}
