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
      model: BytePairEncoding(vocabulary: model.vocabulary, merges: model.merges, options: model.options),
      decoder: try root.optional("decoder").map(decoder),
      prefix: template?.prefix ?? [], suffix: template?.suffix ?? [], unknown: model.options.unknown)
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

  // MARK: Steps

  private static func typeName(_ document: Document, _ what: String) throws(DocumentError) -> String {
    try document.object(what).required("type").string("the type of \(what)")
  }

  private static func unsupported(_ document: Document, _ what: String, _ known: String) -> DocumentError {
    let name = (try? typeName(document, what)) ?? ""
    return document.error("\(what) '\(name)' is not supported; supported are: \(known)")
  }

  private static func each<Step>(
    _ key: String, of document: Document, _ read: (Document) throws(DocumentError) -> Step
  ) throws(DocumentError) -> [Step] {
    var steps: [Step] = []
    for step in try document.object("a sequence").required(key).list(key) { steps.append(try read(step)) }
    return steps
  }

  private static func pattern(_ document: Document) throws(DocumentError) -> Pattern {
    let fields = try document.object("a pattern")
    if let literal = fields.optional("String") {
      return try compiled(literal) { (text) throws(Pattern.Invalid) in try Pattern(literal: text) }
    }
    return try compiled(fields.required("Regex")) { (text) throws(Pattern.Invalid) in try Pattern(text) }
  }

  private static func compiled(_ source: Document, _ compile: (String) throws(Pattern.Invalid) -> Pattern)
    throws(DocumentError) -> Pattern
  {
    let text = try source.string("a pattern")
    do throws(Pattern.Invalid) {
      return try compile(text)
    } catch {
      throw source.error("'\(text)' is no regular expression that can be used here")
    }
  }

  private static func normalizer(_ document: Document) throws(DocumentError) -> Normalizer {
    let fields = try document.object("the normalizer")
    switch try typeName(document, "the normalizer") {
    case "Sequence": return .sequence(try each("normalizers", of: document, normalizer))
    #if !hasFeature(Embedded)
      case "NFC": return .nfc
      case "NFD": return .nfd
      case "NFKC": return .nfkc
      case "NFKD": return .nfkd
    #endif
    case "Prepend": return .prepend(try fields.required("prepend").string("prepend"))
    case "Replace":
      return .replace(try pattern(fields.required("pattern")), try fields.required("content").string("content"))
    default: throw unsupported(document, "the normalizer", "Sequence, NFC, NFD, NFKC, NFKD, Prepend, Replace")
    }
  }

  private static func preTokenizer(_ document: Document) throws(DocumentError) -> PreTokenizer {
    let fields = try document.object("the pre-tokenizer")
    func fixed(_ source: String) throws(DocumentError) -> Pattern {
      try compiled(Document(.string(source), line: document.line, column: document.column)) {
        (text) throws(Pattern.Invalid) in try Pattern(text)
      }
    }
    switch try typeName(document, "the pre-tokenizer") {
    case "Sequence": return .sequence(try each("pretokenizers", of: document, preTokenizer))
    case "ByteLevel":
      let splits = try fields.optional("use_regex")?.bool("use_regex") ?? true
      return .byteLevel(
        addsPrefixSpace: try fields.optional("add_prefix_space")?.bool("add_prefix_space") ?? true,
        pattern: splits ? try fixed(PreTokenizer.gpt2) : nil)
    case "Split":
      let behaviour = try fields.required("behavior")
      guard let known = PreTokenizer.Behaviour(rawValue: try behaviour.string("behavior")) else {
        let names = PreTokenizer.Behaviour.allCases.map { $0.rawValue }.joined(separator: ", ")
        throw behaviour.error("the behavior of Split must be one of: \(names)")
      }
      return .split(
        try pattern(fields.required("pattern")), known,
        isInverted: try fields.optional("invert")?.bool("invert") ?? false)
    case "Digits":
      let isIndividual = try fields.optional("individual_digits")?.bool("individual_digits") ?? false
      return .split(try fixed(#"\p{N}"#), isIndividual ? .isolated : .contiguous, isInverted: false)
    case "Whitespace":
      return .split(
        try fixed(#"[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d\s]+"#),
        .removed, isInverted: true)
    case "WhitespaceSplit": return .split(try fixed(#"\s"#), .removed, isInverted: false)
    default:
      throw unsupported(
        document, "the pre-tokenizer", "Sequence, ByteLevel, Split, Digits, Whitespace, WhitespaceSplit")
    }
  }

  private static func decoder(_ document: Document) throws(DocumentError) -> TokenDecoder {
    let fields = try document.object("the decoder")
    switch try typeName(document, "the decoder") {
    case "Sequence": return .sequence(try each("decoders", of: document, decoder))
    case "ByteLevel": return .byteLevel
    case "ByteFallback": return .byteFallback
    case "Fuse": return .fuse
    case "Replace":
      return .replace(try pattern(fields.required("pattern")), try fields.required("content").string("content"))
    case "Strip":
      let content = try fields.required("content")
      let scalars = try content.string("content").unicodeScalars
      guard let scalar = scalars.first, scalars.count == 1 else { throw content.error("content must be one character") }
      return .strip(
        scalar, start: max(0, try fields.required("start").integer("start")),
        stop: max(0, try fields.required("stop").integer("stop")))
    default:
      throw unsupported(document, "the decoder", "Sequence, ByteLevel, ByteFallback, Fuse, Replace, Strip")
    }
  }

  // MARK: Template

  private struct Template {
    var prefix: [Int32] = []
    var suffix: [Int32] = []
  }

  private static func template(_ document: Document) throws(DocumentError) -> Template {
    switch try typeName(document, "the post-processor") {
    case "ByteLevel": return Template()
    case "Sequence":
      // Each puts its tokens around what the one before made.
      return try each("processors", of: document, template).reduce(into: Template()) {
        $0.prefix = $1.prefix + $0.prefix
        $0.suffix += $1.suffix
      }
    case "TemplateProcessing": return try templateProcessing(document)
    default: throw unsupported(document, "the post-processor", "ByteLevel, Sequence, TemplateProcessing")
    }
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
