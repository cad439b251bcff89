import Documents

// Expressions, from what binds least to what binds most: Jinja 3.1, parser.py.
extension TemplateTokens {
  /// More operators in a row at one level than this are refused; each is a level of the tree that is evaluated.
  private static let longest = 500

  mutating func expression() throws(DocumentError) -> TemplateExpression {
    try enter()
    defer { leave() }
    var result = try disjunction()
    while skipWord("if") {
      let condition = try disjunction()
      let otherwise: TemplateExpression? = skipWord("else") ? try expression() : nil
      result = .conditional(condition, then: result, otherwise: otherwise)
    }
    return result
  }

  /// An expression without `if`, as a loop's items are.
  mutating func disjunction() throws(DocumentError) -> TemplateExpression {
    var result = try conjunction()
    var count = 0
    while skipWord("or") {
      try limit(&count)
      result = .or(result, try conjunction())
    }
    return result
  }

  private mutating func conjunction() throws(DocumentError) -> TemplateExpression {
    var result = try negation()
    var count = 0
    while skipWord("and") {
      try limit(&count)
      result = .and(result, try negation())
    }
    return result
  }

  private mutating func negation() throws(DocumentError) -> TemplateExpression {
    guard skipWord("not") else { return try comparison() }
    try enter()
    defer { leave() }
    return .not(try negation())
  }

  private mutating func comparison() throws(DocumentError) -> TemplateExpression {
    let place = current.place
    let first = try sum()
    var rest: [(operation: String, TemplateExpression)] = []
    while let operation = comparisonOperator() { rest.append((operation, try sum())) }
    return rest.isEmpty ? first : .comparison(first, rest, place)
  }

  private mutating func comparisonOperator() -> String? {
    if current.kind == .symbol, ["==", "!=", "<", "<=", ">", ">="].contains(current.text) {
      defer { advance() }
      return current.text
    }
    if skipWord("in") { return "in" }
    guard isWord("not"), next.kind == .name, next.text == "in" else { return nil }
    advance()
    advance()
    return "not in"
  }

  private mutating func sum() throws(DocumentError) -> TemplateExpression {
    try chain(["+", "-"]) { (tokens) throws(DocumentError) in try tokens.join() }
  }

  private mutating func join() throws(DocumentError) -> TemplateExpression {
    var parts = [try product()]
    while skipSymbol("~") { parts.append(try product()) }
    return parts.count == 1 ? parts[0] : .joined(parts)
  }

  private mutating func product() throws(DocumentError) -> TemplateExpression {
    try chain(["*", "/", "//", "%"]) { (tokens) throws(DocumentError) in try tokens.power() }
  }

  private mutating func power() throws(DocumentError) -> TemplateExpression {
    try chain(["**"]) { (tokens) throws(DocumentError) in try tokens.signed() }
  }

  /// Operands with operators of one strength between them, grouped from the left; Jinja groups powers so, too.
  private mutating func chain(
    _ symbols: [String], _ operand: (inout TemplateTokens) throws(DocumentError) -> TemplateExpression
  ) throws(DocumentError) -> TemplateExpression {
    var result = try operand(&self)
    var count = 0
    while current.kind == .symbol, symbols.contains(current.text) {
      try limit(&count)
      let (symbol, place) = (current.text, current.place)
      advance()
      result = .arithmetic(symbol, result, try operand(&self), place)
    }
    return result
  }

  private func limit(_ count: inout Int) throws(DocumentError) {
    count += 1
    guard count <= Self.longest else {
      throw current.place.error("more than \(Self.longest) operators in a row")
    }
  }

  /// `-x`, or a primary with what follows it; filters bind to the whole, so that `-1 | abs` is 1.
  private mutating func signed(withFilters: Bool = true) throws(DocumentError) -> TemplateExpression {
    let place = current.place
    var result: TemplateExpression
    if isSymbol("-") || isSymbol("+") {
      let symbol = current.text
      advance()
      try enter()
      defer { leave() }
      result = .sign(symbol, try signed(withFilters: false), place)
    } else {
      result = try primary()
    }
    result = try followed(result)
    return withFilters ? try filtered(result) : result
  }

  mutating func primary() throws(DocumentError) -> TemplateExpression {
    let token = current
    switch token.kind {
    case .name:
      advance()
      switch token.text {
      case "true", "True": return .constant(.bool(true))
      case "false", "False": return .constant(.bool(false))
      case "none", "None": return .constant(.none)
      default: return .name(token.text)
      }
    case .string:
      var text = ""
      while current.kind == .string {
        text += current.text
        advance()
      }
      return .constant(.string(text))
    case .integer:
      advance()
      guard let number = Int(token.text) else { throw token.place.error("the number \(token.text) is too large") }
      return .constant(.integer(number))
    case .float:
      advance()
      guard let number = Double(token.text) else { throw token.place.error("'\(token.text)' is not a number") }
      return .constant(.float(number))
    case .symbol where token.text == "(": return try parenthesised()
    case .symbol where token.text == "[": return try list()
    case .symbol where token.text == "{": return try dictionary()
    default: throw unexpected("an expression")
    }
  }

  private mutating func parenthesised() throws(DocumentError) -> TemplateExpression {
    advance()
    if skipSymbol(")") { return .tuple([]) }
    let inner = try tuple(until: [])
    try expectSymbol(")")
    return inner
  }

  private mutating func list() throws(DocumentError) -> TemplateExpression {
    advance()
    var elements: [TemplateExpression] = []
    while !isSymbol("]") {
      elements.append(try expression())
      guard skipSymbol(",") else { break }
    }
    try expectSymbol("]")
    return .list(elements)
  }

  private mutating func dictionary() throws(DocumentError) -> TemplateExpression {
    advance()
    var members: [(key: TemplateExpression, value: TemplateExpression)] = []
    while !isSymbol("}") {
      let key = try expression()
      try expectSymbol(":")
      members.append((key, try expression()))
      guard skipSymbol(",") else { break }
    }
    try expectSymbol("}")
    return .dictionary(members)
  }

  /// An expression, or several with commas between them, which are a tuple.
  mutating func tuple(until words: [String], withConditions: Bool = true) throws(DocumentError) -> TemplateExpression {
    var parts: [TemplateExpression] = []
    var isTuple = false
    while !(isTuple && isTupleEnd(words)) {
      parts.append(withConditions ? try expression() : try disjunction())
      guard skipSymbol(",") else { break }
      isTuple = true
    }
    return isTuple ? .tuple(parts) : parts[0]
  }

  private func isTupleEnd(_ words: [String]) -> Bool {
    current.kind == .blockEnd || current.kind == .outputEnd || isSymbol(")") || words.contains { isWord($0) }
  }

  /// What follows a value: `.name`, `[index]`, `(arguments)`.
  private mutating func followed(_ value: TemplateExpression) throws(DocumentError) -> TemplateExpression {
    var result = value
    var count = 0
    while true {
      try limit(&count)
      let place = current.place
      if skipSymbol(".") {
        if current.kind == .integer {
          result = .item(result, try primary(), place)
        } else {
          result = .attribute(result, try expectName(), place)
        }
      } else if skipSymbol("[") {
        result = try subscripted(result, place)
      } else if isSymbol("(") {
        result = .call(result, try call())
      } else {
        return result
      }
    }
  }

  private mutating func subscripted(
    _ value: TemplateExpression, _ place: TemplatePlace
  ) throws(DocumentError) -> TemplateExpression {
    var slice = TemplateSlice()
    if !isSymbol(":") {
      let index = try tuple(until: [])
      guard isSymbol(":") else {
        try expectSymbol("]")
        return .item(value, index, place)
      }
      slice.start = index
    }
    advance()
    if !isSymbol("]"), !isSymbol(":") { slice.stop = try expression() }
    if skipSymbol(":"), !isSymbol("]") { slice.step = try expression() }
    try expectSymbol("]")
    return .slice(value, slice, place)
  }

  /// The arguments of a call, in parentheses.
  mutating func call() throws(DocumentError) -> TemplateCall {
    var call = TemplateCall(place: current.place)
    try expectSymbol("(")
    while !isSymbol(")") {
      if skipSymbol("*") {
        call.unpackedList = try expression()
      } else if skipSymbol("**") {
        call.unpackedDictionary = try expression()
      } else if current.kind == .name, next.kind == .symbol, next.text == "=" {
        let name = current.text
        advance()
        advance()
        call.named.append((name, try expression()))
      } else {
        guard call.named.isEmpty, call.unpackedDictionary == nil else {
          throw current.place.error("an argument without a name follows one with a name")
        }
        call.positional.append(try expression())
      }
      guard skipSymbol(",") else { break }
    }
    try expectSymbol(")")
    return call
  }

  /// Filters and tests behind a value: `| upper`, `is defined`.
  private mutating func filtered(_ value: TemplateExpression) throws(DocumentError) -> TemplateExpression {
    var result = value
    var count = 0
    while true {
      try limit(&count)
      if isSymbol("|") {
        advance()
        result = try filter(result)
      } else if isWord("is") {
        result = try test(result)
      } else if isSymbol("(") {
        result = .call(result, try call())
      } else {
        return result
      }
    }
  }

  /// A filter's name and arguments, behind the bar.
  mutating func filter(_ value: TemplateExpression?) throws(DocumentError) -> TemplateExpression {
    let place = current.place
    let name = try expectName()
    return .filter(value, name, isSymbol("(") ? try call() : TemplateCall(place: place))
  }

  private mutating func test(_ value: TemplateExpression) throws(DocumentError) -> TemplateExpression {
    var arguments = TemplateCall(place: current.place)
    advance()
    let isNegated = skipWord("not")
    let name = try expectName()
    if isSymbol("(") {
      arguments = try call()
    } else if beginsArgument {
      if isWord("is") { throw current.place.error("a second 'is' needs parentheses around the first") }
      arguments.positional = [try followed(try primary())]
    }
    let test = TemplateExpression.test(value, name, arguments)
    return isNegated ? .not(test) : test
  }

  private var beginsArgument: Bool {
    switch current.kind {
    case .name: !["else", "or", "and"].contains(current.text)
    case .string, .integer, .float: true
    case .symbol: current.text == "[" || current.text == "{"
    default: false
    }
  }
}
