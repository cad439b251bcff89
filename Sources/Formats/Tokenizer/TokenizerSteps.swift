import Documents

// The steps around a model: what prepares a text, what splits it into words, and what makes a text of tokens again.
extension TokenizerReader {
  static func typeName(_ document: Document, _ what: String) throws(DocumentError) -> String {
    try document.object(what).required("type").string("the type of \(what)")
  }

  static func unsupported(_ document: Document, _ what: String, _ known: String) -> DocumentError {
    let name = (try? typeName(document, what)) ?? ""
    return document.error("\(what) '\(name)' is not supported; supported are: \(known)")
  }

  static func each<Step>(
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
      throw source.error("'\(text)' is not a regular expression that can be used here")
    }
  }

  static func normalizer(_ document: Document) throws(DocumentError) -> Normalizer {
    let fields = try document.object("the normalizer")
    switch try typeName(document, "the normalizer") {
    case "Sequence": return .sequence(try each("normalizers", of: document, normalizer))
    #if !hasFeature(Embedded)
      case "NFC": return .nfc
      case "NFD": return .nfd
      case "NFKC": return .nfkc
      case "NFKD": return .nfkd
      case "Lowercase": return .lowercase
      case "StripAccents": return .stripAccents
      case "BertNormalizer": return .bert(try bertNormalizer(fields))
      case "Precompiled":
        let map = try fields.required("precompiled_charsmap")
        guard let normalizer = PrecompiledNormalizer(base64: try map.string("precompiled_charsmap")) else {
          throw map.error("precompiled_charsmap is not a table of SentencePiece")
        }
        return .precompiled(normalizer)
    #endif
    case "Strip":
      return .strip(
        left: try fields.optional("strip_left")?.bool("strip_left") ?? true,
        right: try fields.optional("strip_right")?.bool("strip_right") ?? true)
    case "Prepend": return .prepend(try fields.required("prepend").string("prepend"))
    case "Replace":
      return .replace(try pattern(fields.required("pattern")), try fields.required("content").string("content"))
    default:
      throw unsupported(
        document, "the normalizer",
        "Sequence, NFC, NFD, NFKC, NFKD, Prepend, Replace, Strip, Lowercase, StripAccents, BertNormalizer, Precompiled")
    }
  }

  #if !hasFeature(Embedded)
    private static func bertNormalizer(_ fields: Fields) throws(DocumentError) -> BertNormalizer {
      func flag(_ key: String) throws(DocumentError) -> Bool { try fields.optional(key)?.bool(key) ?? true }
      let lowercases = try flag("lowercase")
      return BertNormalizer(
        cleansText: try flag("clean_text"), separatesChinese: try flag("handle_chinese_chars"),
        stripsAccents: try fields.optional("strip_accents")?.bool("strip_accents") ?? lowercases,
        lowercases: lowercases)
    }
  #endif

  private static func metaspace(_ document: Document) throws(DocumentError) -> Metaspace {
    let fields = try document.object("Metaspace")
    var metaspace = Metaspace()
    if let value = fields.optional("replacement") {
      let scalars = try value.string("replacement").unicodeScalars
      guard let scalar = scalars.first, scalars.count == 1 else {
        throw value.error("replacement must be one character")
      }
      metaspace.replacement = scalar
    }
    if let value = fields.optional("prepend_scheme") {
      guard let prefix = Metaspace.Prefix(rawValue: try value.string("prepend_scheme")) else {
        throw value.error("prepend_scheme must be always, first or never")
      }
      metaspace.prefix = prefix
    } else if let adds = fields.optional("add_prefix_space"), try !adds.bool("add_prefix_space") {
      // What older files have instead.
      metaspace.prefix = .never
    }
    metaspace.splits = try fields.optional("split")?.bool("split") ?? true
    return metaspace
  }

  // ASCII's punctuation is more than Unicode's.
  private static let punctuation = #"[\p{P}$+<=>^`|~]"#

  static func preTokenizer(_ document: Document) throws(DocumentError) -> PreTokenizer {
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
      return .split(
        try pattern(fields.required("pattern")), try behaviour(fields.required("behavior"), of: "Split"),
        isInverted: try fields.optional("invert")?.bool("invert") ?? false)
    case "Metaspace": return .metaspace(try metaspace(document))
    case "Punctuation":
      var behaviour = PreTokenizer.Behaviour.isolated
      if let value = fields.optional("behavior") { behaviour = try self.behaviour(value, of: "Punctuation") }
      return .split(try fixed(punctuation), behaviour, isInverted: false)
    case "BertPreTokenizer":
      return .sequence([
        .split(try fixed(#"\s"#), .removed, isInverted: false),
        .split(try fixed(punctuation), .isolated, isInverted: false),
      ])
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
        document, "the pre-tokenizer",
        "Sequence, ByteLevel, Metaspace, Split, Digits, Punctuation, Whitespace, WhitespaceSplit, BertPreTokenizer")
    }
  }

  private static func behaviour(
    _ value: Document, of step: String
  ) throws(DocumentError) -> PreTokenizer.Behaviour {
    guard let known = PreTokenizer.Behaviour(rawValue: try value.string("behavior")) else {
      let names = PreTokenizer.Behaviour.allCases.map { $0.rawValue }.joined(separator: ", ")
      throw value.error("the behavior of \(step) must be one of: \(names)")
    }
    return known
  }

  static func decoder(_ document: Document) throws(DocumentError) -> TokenDecoder {
    let fields = try document.object("the decoder")
    switch try typeName(document, "the decoder") {
    case "Sequence": return .sequence(try each("decoders", of: document, decoder))
    case "ByteLevel": return .byteLevel
    case "ByteFallback": return .byteFallback
    case "Fuse": return .fuse
    case "Metaspace": return .metaspace(try metaspace(document))
    case "WordPiece":
      return .wordPiece(
        prefix: try fields.optional("prefix")?.string("prefix") ?? "##",
        cleansUp: try fields.optional("cleanup")?.bool("cleanup") ?? true)
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
      throw unsupported(
        document, "the decoder", "Sequence, ByteLevel, ByteFallback, Fuse, Metaspace, Replace, Strip, WordPiece")
    }
  }
}
