import Documents

/// Reads a template's statements: Jinja 3.1, parser.py, with `break` and `continue`, and transformers' `generation`.
struct TemplateParser {
  private var tokens: TemplateTokens

  static func statements(of source: String) throws(DocumentError) -> [TemplateStatement] {
    var parser = TemplateParser(tokens: TemplateTokens(try TemplateLexer.tokens(of: source)))
    return try parser.statements(until: [])
  }

  /// Statements up to a tag that begins with one of these words, which is left to be read; none is the template's end.
  private mutating func statements(until words: [String]) throws(DocumentError) -> [TemplateStatement] {
    var statements: [TemplateStatement] = []
    while true {
      let token = tokens.current
      switch token.kind {
      case .text:
        statements.append(.text(token.text))
        tokens.advance()
      case .outputBegin:
        tokens.advance()
        statements.append(.output(try tokens.tuple(until: [])))
        try tokens.expectEnd(.outputEnd)
      case .blockBegin:
        tokens.advance()
        if words.contains(where: { tokens.isWord($0) }) { return statements }
        statements.append(try nestedStatement())
      default:
        guard words.isEmpty else { throw tokens.unexpected("'{% \(words.last ?? "") %}'") }
        return statements
      }
    }
  }

  private mutating func nestedStatement() throws(DocumentError) -> TemplateStatement {
    try tokens.enter()
    defer { tokens.leave() }
    return try statement()
  }

  /// A statement whose `{%` has been read.
  private mutating func statement() throws(DocumentError) -> TemplateStatement {
    let place = tokens.current.place
    guard tokens.current.kind == .name else { throw tokens.unexpected("the name of a statement") }
    let word = try tokens.expectName()
    switch word {
    case "if": return try condition()
    case "for": return try loop(place)
    case "set": return try assignment(place)
    case "macro": return try macro()
    case "call": return try callBlock()
    case "filter":
      let filter = try filters()
      return .filter(filter, try body("endfilter"))
    case "with": return try with(place)
    case "block":
      _ = try tokens.expectName()
      return .block(try body("endblock"))
    case "generation": return .generation(try body("endgeneration"))
    case "break", "continue":
      try tokens.expectEnd(.blockEnd)
      return word == "break" ? .leaveLoop : .continueLoop
    case "include", "import", "from", "extends":
      throw place.error("'\(word)' needs other files, which a chat template does not have")
    default: throw place.error("'\(word)' is not a statement that is known")
    }
  }

  /// The end of an opening tag, the statements in it, and its closing tag.
  private mutating func body(_ end: String) throws(DocumentError) -> [TemplateStatement] {
    try tokens.expectEnd(.blockEnd)
    let statements = try statements(until: [end])
    tokens.advance()
    // `{% endblock name %}` and `{% endmacro name %}` may say what they close.
    if tokens.current.kind == .name { tokens.advance() }
    try tokens.expectEnd(.blockEnd)
    return statements
  }

  private mutating func condition() throws(DocumentError) -> TemplateStatement {
    var branches: [(condition: TemplateExpression, body: [TemplateStatement])] = []
    var condition = try tokens.tuple(until: [])
    while true {
      try tokens.expectEnd(.blockEnd)
      branches.append((condition, try statements(until: ["elif", "else", "endif"])))
      if tokens.skipWord("elif") {
        condition = try tokens.tuple(until: [])
      } else if tokens.skipWord("else") {
        return .condition(branches, otherwise: try body("endif"))
      } else {
        tokens.advance()
        try tokens.expectEnd(.blockEnd)
        return .condition(branches, otherwise: [])
      }
    }
  }

  private mutating func loop(_ place: TemplatePlace) throws(DocumentError) -> TemplateStatement {
    let target = try self.target(withAttributes: false)
    try tokens.expectWord("in")
    let items = try tokens.tuple(until: ["recursive", "if"], withConditions: false)
    let condition: TemplateExpression? = tokens.skipWord("if") ? try tokens.expression() : nil
    let isRecursive = tokens.skipWord("recursive")
    try tokens.expectEnd(.blockEnd)
    let statements = try statements(until: ["else", "endfor"])
    var otherwise: [TemplateStatement] = []
    if tokens.skipWord("else") {
      otherwise = try body("endfor")
    } else {
      tokens.advance()
      try tokens.expectEnd(.blockEnd)
    }
    return .loop(
      TemplateLoopStatement(
        target: target, items: items, condition: condition, body: statements, otherwise: otherwise,
        isRecursive: isRecursive, place: place))
  }

  private mutating func assignment(_ place: TemplatePlace) throws(DocumentError) -> TemplateStatement {
    let target = try self.target(withAttributes: true)
    if tokens.skipSymbol("=") {
      let value = try tokens.tuple(until: [])
      try tokens.expectEnd(.blockEnd)
      return .assign(target, value, place)
    }
    let filter: TemplateExpression? = tokens.skipSymbol("|") ? try filters() : nil
    return .assignBlock(target, filter: filter, try body("endset"))
  }

  /// Filters for a block's text, which the first is applied to.
  private mutating func filters() throws(DocumentError) -> TemplateExpression {
    var result = try tokens.filter(nil)
    while tokens.skipSymbol("|") { result = try tokens.filter(result) }
    return result
  }

  private mutating func target(withAttributes: Bool) throws(DocumentError) -> TemplateTarget {
    let place = tokens.current.place
    var parts: [TemplateTarget] = []
    var isTuple = false
    while !(isTuple && (tokens.isWord("in") || tokens.isSymbol("=") || tokens.isSymbol(")"))) {
      if tokens.skipSymbol("(") {
        parts.append(try nestedTarget(withAttributes))
        try tokens.expectSymbol(")")
      } else {
        let (name, place) = (tokens.current, tokens.current.place)
        let text = try tokens.expectName()
        guard !["true", "false", "none", "True", "False", "None"].contains(text) else {
          throw name.place.error("'\(text)' cannot be assigned to")
        }
        if withAttributes, tokens.skipSymbol(".") {
          parts.append(.attribute(text, try tokens.expectName(), place))
        } else {
          parts.append(.name(text))
        }
      }
      guard tokens.skipSymbol(",") else { break }
      isTuple = true
    }
    return isTuple ? .tuple(parts, place) : parts[0]
  }

  private mutating func nestedTarget(_ withAttributes: Bool) throws(DocumentError) -> TemplateTarget {
    try tokens.enter()
    defer { tokens.leave() }
    return try target(withAttributes: withAttributes)
  }

  private mutating func parameters() throws(DocumentError) -> [(name: String, standard: TemplateExpression?)] {
    var parameters: [(name: String, standard: TemplateExpression?)] = []
    try tokens.expectSymbol("(")
    while !tokens.isSymbol(")") {
      let name = try tokens.expectName()
      parameters.append((name, tokens.skipSymbol("=") ? try tokens.expression() : nil))
      guard tokens.skipSymbol(",") else { break }
    }
    try tokens.expectSymbol(")")
    return parameters
  }

  private mutating func macro() throws(DocumentError) -> TemplateStatement {
    let name = try tokens.expectName()
    let parameters = try self.parameters()
    return .macro(name, TemplateMacro(parameters: parameters, body: try body("endmacro")))
  }

  private mutating func callBlock() throws(DocumentError) -> TemplateStatement {
    let parameters = tokens.isSymbol("(") ? try self.parameters() : []
    let place = tokens.current.place
    guard case .call(let callee, let arguments) = try tokens.expression() else {
      throw place.error("'call' needs the call of a macro")
    }
    return .call(callee, arguments, caller: TemplateMacro(parameters: parameters, body: try body("endcall")))
  }

  private mutating func with(_ place: TemplatePlace) throws(DocumentError) -> TemplateStatement {
    var assignments: [(TemplateTarget, TemplateExpression)] = []
    while tokens.current.kind != .blockEnd {
      let target = try self.target(withAttributes: false)
      try tokens.expectSymbol("=")
      assignments.append((target, try tokens.expression()))
      guard tokens.skipSymbol(",") else { break }
    }
    return .with(assignments, try body("endwith"), place)
  }
}
