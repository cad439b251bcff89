import Documents

// Python's methods of texts, lists and dictionaries. Those that would change a value are refused, as in Jinja's
// `ImmutableSandboxedEnvironment`.
extension TemplateRenderer {
  /// A method, bound to its value; nil when there is none of this name.
  func method(_ name: String, of value: TemplateValue) throws(DocumentError) -> TemplateValue? {
    switch value {
    case .string(let text):
      guard let body = Self.textMethods[name] else { return nil }
      return .function(
        TemplateFunction(name) { (arguments, renderer) throws(DocumentError) in
          try renderer.spend(text.utf8.count / 2)
          return try body(text, arguments, renderer)
        })
    case .list(let values, _), .tuple(let values, _): return try listMethod(name, values)
    case .dictionary(let dictionary): return try dictionaryMethod(name, dictionary)
    default: return nil
    }
  }

  private func listMethod(_ name: String, _ values: [TemplateValue]) throws(DocumentError) -> TemplateValue? {
    switch name {
    case "index":
      return .function(
        TemplateFunction(name) { (arguments, renderer) throws(DocumentError) in
          guard let wanted = arguments.positional.first, let place = values.firstIndex(where: { $0.equals(wanted) })
          else { throw renderer.error("the value is not in the list") }
          return .integer(place)
        })
    case "count":
      return .function(
        TemplateFunction(name) { (arguments, _) throws(DocumentError) in
          .integer(values.filter { value in arguments.positional.first.map { $0.equals(value) } ?? false }.count)
        })
    case "append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse": throw refused(name, "list")
    default: return nil
    }
  }

  private func dictionaryMethod(_ name: String, _ members: TemplateDictionary) throws(DocumentError) -> TemplateValue? {
    let result: TemplateFunction.Body? =
      switch name {
      case "get":
        { (arguments, renderer) throws(DocumentError) in
          guard let key = arguments.positional.first else { throw renderer.error("get() needs a key") }
          return members.value(key) ?? arguments.value(1, "default") ?? .none
        }
      case "items":
        { (_, _) throws(DocumentError) in .list(zip(members.keys, members.values).map { .tuple([$0, $1]) }) }
      case "keys": { (_, _) throws(DocumentError) in .list(members.keys) }
      case "values": { (_, _) throws(DocumentError) in .list(members.values) }
      case "copy": { (_, _) throws(DocumentError) in .dictionary(members) }
      case "pop", "popitem", "update", "clear", "setdefault": throw refused(name, "dict")
      default: nil
      }
    return result.map { .function(TemplateFunction(name, $0)) }
  }

  private func refused(_ name: String, _ type: String) -> DocumentError {
    error("'\(name)' would change the \(type); a chat template may only read its values")
  }

  private typealias TextMethod =
    @Sendable (String, TemplateArguments, TemplateRenderer) throws(DocumentError) -> TemplateValue

  private static let textMethods: [String: TextMethod] = [
    "upper": { (text, _, _) throws(DocumentError) in .string(text.uppercased()) },
    "lower": { (text, _, _) throws(DocumentError) in .string(text.lowercased()) },
    "casefold": { (text, _, _) throws(DocumentError) in .string(text.lowercased()) },
    "capitalize": { (text, _, _) throws(DocumentError) in .string(text.pythonCapitalized) },
    "title": { (text, _, _) throws(DocumentError) in .string(text.pythonTitle) },
    "swapcase": { (text, _, _) throws(DocumentError) in
      .string(
        text.unicodeScalars.map {
          $0.properties.isUppercase ? $0.properties.lowercaseMapping : $0.properties.uppercaseMapping
        }
        .joined())
    },
    "strip": { (text, arguments, renderer) throws(DocumentError) in
      .string(text.stripped(of: try renderer.optionalText(arguments, 0, "chars")))
    },
    "lstrip": { (text, arguments, renderer) throws(DocumentError) in
      .string(text.stripped(from: .start, of: try renderer.optionalText(arguments, 0, "chars")))
    },
    "rstrip": { (text, arguments, renderer) throws(DocumentError) in
      .string(text.stripped(from: .end, of: try renderer.optionalText(arguments, 0, "chars")))
    },
    "split": { (text, arguments, renderer) throws(DocumentError) in try renderer.split(text, arguments, fromEnd: false)
    },
    "rsplit": { (text, arguments, renderer) throws(DocumentError) in try renderer.split(text, arguments, fromEnd: true)
    },
    "splitlines": { (text, _, _) throws(DocumentError) in .list(text.pythonLines.map { .string($0) }) },
    "partition": { (text, arguments, renderer) throws(DocumentError) in
      try renderer.partition(text, arguments, fromEnd: false)
    },
    "rpartition": { (text, arguments, renderer) throws(DocumentError) in
      try renderer.partition(text, arguments, fromEnd: true)
    },
    "startswith": { (text, arguments, renderer) throws(DocumentError) in
      .bool(try renderer.anyText(arguments) { text.unicodeScalars.starts(with: $0.unicodeScalars) })
    },
    "endswith": { (text, arguments, renderer) throws(DocumentError) in
      .bool(
        try renderer.anyText(arguments) { text.unicodeScalars.reversed().starts(with: $0.unicodeScalars.reversed()) })
    },
    "removeprefix": { (text, arguments, renderer) throws(DocumentError) in
      let part = try renderer.text(arguments, 0, "prefix")
      return .string(
        text.utf8.starts(with: part.utf8)
          ? String(scalars: text.unicodeScalars.dropFirst(part.unicodeScalars.count)) : text)
    },
    "removesuffix": { (text, arguments, renderer) throws(DocumentError) in
      let part = try renderer.text(arguments, 0, "suffix")
      return .string(
        text.utf8.reversed().starts(with: part.utf8.reversed())
          ? String(scalars: text.unicodeScalars.dropLast(part.unicodeScalars.count)) : text)
    },
    "replace": { (text, arguments, renderer) throws(DocumentError) in try renderer.replaced(text, arguments) },
    "find": { (text, arguments, renderer) throws(DocumentError) in
      .integer(text.firstPlace(of: try renderer.text(arguments, 0, "sub")) ?? -1)
    },
    "rfind": { (text, arguments, renderer) throws(DocumentError) in
      let part = try renderer.text(arguments, 0, "sub")
      let parts = text.split(at: part.isEmpty ? "\u{0}" : part, limit: 1, fromEnd: true)
      return .integer(parts.count == 2 ? parts[0].unicodeScalars.count : part.isEmpty ? text.unicodeScalars.count : -1)
    },
    "index": { (text, arguments, renderer) throws(DocumentError) in
      guard let place = text.firstPlace(of: try renderer.text(arguments, 0, "sub")) else {
        throw renderer.error("the text does not contain what is looked for")
      }
      return .integer(place)
    },
    "count": { (text, arguments, renderer) throws(DocumentError) in
      let part = try renderer.text(arguments, 0, "sub")
      return .integer(part.isEmpty ? text.unicodeScalars.count + 1 : text.split(at: part).count - 1)
    },
    "join": { (text, arguments, renderer) throws(DocumentError) in
      guard let values = arguments.positional.first else { throw renderer.error("join() needs a list") }
      var parts: [String] = []
      for value in try renderer.elements(of: values) {
        guard case .string(let part) = value else {
          throw renderer.error("join() needs texts, not a \(value.typeName)")
        }
        parts.append(part)
      }
      return .string(try renderer.checked(parts.joined(separator: text)))
    },
    "format": { (text, arguments, renderer) throws(DocumentError) in
      .string(try renderer.checked(try renderer.braceFormatted(text, arguments)))
    },
    "isdigit": { (text, _, _) throws(DocumentError) in
      .bool(text.all { $0.properties.numericType == .decimal || $0.properties.numericType == .digit })
    },
    "isdecimal": { (text, _, _) throws(DocumentError) in .bool(text.all { $0.properties.numericType == .decimal }) },
    "isnumeric": { (text, _, _) throws(DocumentError) in .bool(text.all { $0.properties.numericType != nil }) },
    "isalpha": { (text, _, _) throws(DocumentError) in .bool(text.all { $0.isLetter }) },
    "isalnum": { (text, _, _) throws(DocumentError) in
      .bool(text.all { $0.isLetter || $0.properties.numericType != nil })
    },
    "isspace": { (text, _, _) throws(DocumentError) in .bool(text.all { $0.isPythonSpace }) },
    "islower": { (text, _, _) throws(DocumentError) in .bool(text.isCased(small: true)) },
    "isupper": { (text, _, _) throws(DocumentError) in .bool(text.isCased(small: false)) },
    "zfill": { (text, arguments, renderer) throws(DocumentError) in
      let sign = text.hasPrefix("-") || text.hasPrefix("+") ? String(text.prefix(1)) : ""
      let width = try renderer.width(arguments) - sign.count
      return .string(sign + String(text.dropFirst(sign.count)).padded(to: width, .start, with: "0"))
    },
    "center": { (text, arguments, renderer) throws(DocumentError) in try renderer.padded(text, arguments, .both) },
    "ljust": { (text, arguments, renderer) throws(DocumentError) in try renderer.padded(text, arguments, .end) },
    "rjust": { (text, arguments, renderer) throws(DocumentError) in try renderer.padded(text, arguments, .start) },
  ]

  // Arguments.

  func text(_ arguments: TemplateArguments, _ index: Int, _ name: String) throws(DocumentError) -> String {
    guard let text = try optionalText(arguments, index, name) else { throw error("the argument '\(name)' is missing") }
    return text
  }

  func optionalText(_ arguments: TemplateArguments, _ index: Int, _ name: String) throws(DocumentError) -> String? {
    switch arguments.value(index, name) {
    case .string(let text): return text
    case nil, .some(.none): return nil
    case .some(let value): throw error("the argument '\(name)' must be a text, not a \(value.typeName)")
    }
  }

  func wholeNumber(
    _ arguments: TemplateArguments, _ index: Int, _ name: String, standard: Int
  ) throws(DocumentError) -> Int {
    switch arguments.value(index, name) {
    case nil, .some(.none): return standard
    case .some(let value):
      guard let number = value.wholeNumber else {
        throw error("the argument '\(name)' must be a whole number, not a \(value.typeName)")
      }
      return number
    }
  }

  func width(_ arguments: TemplateArguments) throws(DocumentError) -> Int {
    let width = max(try wholeNumber(arguments, 0, "width", standard: 80), 0)
    guard width <= Self.longestText else { throw error("a text of more than \(Self.longestText >> 20) MiB is refused") }
    try spend(width / 16)
    return width
  }

  private func padded(
    _ text: String, _ arguments: TemplateArguments, _ side: String.Side
  ) throws(DocumentError) -> TemplateValue {
    let fill = try optionalText(arguments, 1, "fillchar")?.unicodeScalars.first ?? " "
    return .string(text.padded(to: try width(arguments), side, with: fill))
  }

  private func anyText(
    _ arguments: TemplateArguments, _ isFound: (String) -> Bool
  ) throws(DocumentError) -> Bool {
    guard case .tuple(let values, _)? = arguments.positional.first else {
      return isFound(try text(arguments, 0, "prefix"))
    }
    for value in values {
      guard case .string(let text) = value else { throw error("a text is needed, not a \(value.typeName)") }
      if isFound(text) { return true }
    }
    return false
  }

  private func split(_ text: String, _ arguments: TemplateArguments, fromEnd: Bool) throws(DocumentError)
    -> TemplateValue
  {
    let limit = try wholeNumber(arguments, 1, "maxsplit", standard: -1)
    guard let separator = try optionalText(arguments, 0, "sep") else {
      return .list(text.splitAtSpaces(limit: limit, fromEnd: fromEnd).map { .string($0) })
    }
    guard !separator.isEmpty else { throw error("a text cannot be split at an empty text") }
    return .list(text.split(at: separator, limit: limit, fromEnd: fromEnd).map { .string($0) })
  }

  private func partition(
    _ text: String, _ arguments: TemplateArguments, fromEnd: Bool
  ) throws(DocumentError) -> TemplateValue {
    let separator = try self.text(arguments, 0, "sep")
    guard !separator.isEmpty else { throw error("a text cannot be split at an empty text") }
    let parts = text.split(at: separator, limit: 1, fromEnd: fromEnd)
    let three = parts.count == 2 ? [parts[0], separator, parts[1]] : fromEnd ? ["", "", text] : [text, "", ""]
    return .tuple(three.map { .string($0) })
  }

  func replaced(_ text: String, _ arguments: TemplateArguments) throws(DocumentError) -> TemplateValue {
    let (old, new) = (try self.text(arguments, 0, "old"), try self.text(arguments, 1, "new"))
    let limit = try wholeNumber(arguments, 2, "count", standard: -1)
    // At most one replacement at each place: the size is known before it is made.
    let places = old.isEmpty ? text.unicodeScalars.count + 1 : text.utf8.count / old.utf8.count
    guard places.multipliedReportingOverflow(by: new.utf8.count).partialValue <= 16 * Self.longestText else {
      throw error("a text of more than \(Self.longestText >> 20) MiB is refused")
    }
    return .string(try checked(text.replacingScalars(old, with: new, limit: limit)))
  }
}

extension String {
  /// Whether there are code points and all of them are such.
  fileprivate func all(_ isSuch: (Unicode.Scalar) -> Bool) -> Bool {
    !unicodeScalars.isEmpty && unicodeScalars.allSatisfy(isSuch)
  }
}

extension Unicode.Scalar {
  fileprivate var isLetter: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }
}
