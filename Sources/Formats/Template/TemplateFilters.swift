import Documents

// Jinja's filters (Jinja 3.1, filters.py), with transformers' `tojson`.
extension TemplateRenderer {
  typealias Filter =
    @Sendable (TemplateValue, TemplateArguments, TemplateRenderer) throws(DocumentError) -> TemplateValue

  func filtered(_ value: TemplateValue, _ name: String, _ arguments: TemplateArguments) throws(DocumentError)
    -> TemplateValue
  {
    guard let filter = Self.filters[name] else {
      let near = nearestNames(to: name, among: Self.filters.keys.sorted(), limit: 1).first
      throw error("there is no filter '\(name)'" + (near.map { "; did you mean '\($0)'?" } ?? ""))
    }
    try spend()
    return try filter(value, arguments, self)
  }

  static let filters: [String: Filter] = textFilters.merging(numberFilters) { a, _ in a }.merging(listFilters) { a, _ in
    a
  }

  private static let textFilters: [String: Filter] = [
    "string": { (value, _, renderer) throws(DocumentError) in .string(try renderer.text(of: value)) },
    "safe": { (value, _, renderer) throws(DocumentError) in .string(try renderer.text(of: value)) },
    "upper": { (value, _, renderer) throws(DocumentError) in .string(try renderer.text(of: value).uppercased()) },
    "lower": { (value, _, renderer) throws(DocumentError) in .string(try renderer.text(of: value).lowercased()) },
    "capitalize": { (value, _, renderer) throws(DocumentError) in
      .string(try renderer.text(of: value).pythonCapitalized)
    },
    "title": { (value, _, renderer) throws(DocumentError) in .string(try renderer.text(of: value).jinjaTitle) },
    "trim": { (value, arguments, renderer) throws(DocumentError) in
      .string(try renderer.text(of: value).stripped(of: try renderer.optionalText(arguments, 0, "chars")))
    },
    "replace": { (value, arguments, renderer) throws(DocumentError) in
      try renderer.replaced(try renderer.text(of: value), arguments)
    },
    "indent": { (value, arguments, renderer) throws(DocumentError) in
      try renderer.indented(try renderer.text(of: value), arguments)
    },
    "center": { (value, arguments, renderer) throws(DocumentError) in
      .string(try renderer.text(of: value).padded(to: try renderer.width(arguments), .both))
    },
    "wordcount": { (value, _, renderer) throws(DocumentError) in
      .integer(
        try renderer.text(of: value).unicodeScalars.split { !$0.isPythonName && !$0.properties.isXIDContinue }.count)
    },
    "truncate": { (value, arguments, renderer) throws(DocumentError) in
      try renderer.truncated(try renderer.text(of: value), arguments)
    },
    "escape": { (value, _, renderer) throws(DocumentError) in .string(try renderer.text(of: value).escapedForHTML) },
    "e": { (value, _, renderer) throws(DocumentError) in .string(try renderer.text(of: value).escapedForHTML) },
    "urlencode": { (value, _, renderer) throws(DocumentError) in .string(try renderer.text(of: value).escapedForURL) },
    "format": { (value, arguments, renderer) throws(DocumentError) in
      let named = TemplateDictionary(arguments.named.map { ($0.name, $0.value) })
      let operand: TemplateValue = named.count > 0 ? .dictionary(named) : .tuple(arguments.positional)
      return .string(try renderer.checked(try renderer.formatted(try renderer.text(of: value), operand)))
    },
    "tojson": { (value, arguments, renderer) throws(DocumentError) in
      .string(try renderer.checked(try renderer.json(value, arguments)))
    },
  ]

  private static let numberFilters: [String: Filter] = [
    "abs": { (value, _, renderer) throws(DocumentError) in
      if case .float(let number) = value { return .float(number.magnitude) }
      guard let number = value.wholeNumber, number != .min else {
        throw renderer.error("abs needs a number, not a \(value.typeName)")
      }
      return .integer(abs(number))
    },
    "int": { (value, arguments, renderer) throws(DocumentError) in
      let standard = arguments.value(0, "default") ?? .integer(0)
      let base = try renderer.wholeNumber(arguments, 1, "base", standard: 10)
      if case .string(let text) = value {
        guard (2...36).contains(base) else { throw renderer.error("the base must be from 2 to 36") }
        let digits = text.stripped().filter { $0 != "_" }
        if let number = Int(digits, radix: base) { return .integer(number) }
        return Double(digits).flatMap(renderer.truncatedNumber) ?? standard
      }
      if let number = value.wholeNumber { return .integer(number) }
      return value.number.flatMap(renderer.truncatedNumber) ?? standard
    },
    "float": { (value, arguments, _) throws(DocumentError) in
      let standard = arguments.value(0, "default") ?? .float(0)
      if case .string(let text) = value { return Double(text.stripped()).map { .float($0) } ?? standard }
      return value.number.map { .float($0) } ?? standard
    },
    "round": { (value, arguments, renderer) throws(DocumentError) in try renderer.rounded(value, arguments) },
    "sum": { (value, arguments, renderer) throws(DocumentError) in
      var sum = arguments.value(1, "start") ?? .integer(0)
      let attribute = arguments.value(0, "attribute")
      for element in try renderer.elements(of: value) {
        sum = try renderer.arithmetic(
          sum, "+", try attribute.map { (name) throws(DocumentError) in try renderer.path(name, element) } ?? element)
      }
      return sum
    },
  ]

  private static let listFilters: [String: Filter] = [
    "default": { (value, arguments, _) throws(DocumentError) in value.orStandard(arguments) },
    "d": { (value, arguments, _) throws(DocumentError) in value.orStandard(arguments) },
    "length": { (value, _, renderer) throws(DocumentError) in .integer(try renderer.length(value)) },
    "count": { (value, _, renderer) throws(DocumentError) in .integer(try renderer.length(value)) },
    "first": { (value, _, renderer) throws(DocumentError) in
      try renderer.elements(of: value).first ?? .undefined("there is no first element: it is empty")
    },
    "last": { (value, _, renderer) throws(DocumentError) in
      try renderer.elements(of: value).last ?? .undefined("there is no last element: it is empty")
    },
    "list": { (value, _, renderer) throws(DocumentError) in .list(try renderer.elements(of: value)) },
    "reverse": { (value, _, renderer) throws(DocumentError) in
      if case .string(let text) = value { return .string(String(scalars: text.unicodeScalars.reversed())) }
      return .iterator(TemplateIterator(try renderer.elements(of: value).reversed()))
    },
    "join": { (value, arguments, renderer) throws(DocumentError) in
      var parts: [String] = []
      let attribute = arguments.value(1, "attribute")
      for element in try renderer.elements(of: value) {
        parts.append(
          try renderer.text(
            of: try attribute.map { (name) throws(DocumentError) in try renderer.path(name, element) } ?? element))
      }
      return .string(try renderer.checked(parts.joined(separator: try renderer.optionalText(arguments, 0, "d") ?? "")))
    },
    "items": { (value, _, renderer) throws(DocumentError) in
      if value.isUndefined { return .iterator(TemplateIterator([])) }
      guard case .dictionary(let members) = value else {
        throw renderer.error("items needs a dictionary, not a \(value.typeName)")
      }
      return .iterator(TemplateIterator(zip(members.keys, members.values).map { .tuple([$0, $1]) }))
    },
    "dictsort": { (value, arguments, renderer) throws(DocumentError) in try renderer.sortedMembers(value, arguments) },
    "sort": { (value, arguments, renderer) throws(DocumentError) in
      let isReversed = arguments.value(0, "reverse")?.isTrue ?? false
      let key = renderer.sortKey(
        attribute: arguments.value(2, "attribute"),
        isCaseSensitive: arguments.value(1, "case_sensitive")?.isTrue ?? false)
      return .list(try renderer.sorted(try renderer.elements(of: value), isReversed: isReversed, by: key))
    },
    "min": { (value, arguments, renderer) throws(DocumentError) in try renderer.extreme(value, arguments, isMost: false)
    },
    "max": { (value, arguments, renderer) throws(DocumentError) in try renderer.extreme(value, arguments, isMost: true)
    },
    "unique": { (value, arguments, renderer) throws(DocumentError) in
      let key = renderer.sortKey(
        attribute: arguments.value(1, "attribute"),
        isCaseSensitive: arguments.value(0, "case_sensitive")?.isTrue ?? false)
      var (kept, seen): ([TemplateValue], [TemplateValue]) = ([], [])
      for element in try renderer.elements(of: value) {
        let this = try key(element)
        try renderer.spend(seen.count)
        guard !seen.contains(where: { $0.equals(this) }) else { continue }
        seen.append(this)
        kept.append(element)
      }
      return .iterator(TemplateIterator(kept))
    },
    "groupby": { (value, arguments, renderer) throws(DocumentError) in try renderer.grouped(value, arguments) },
    "batch": { (value, arguments, renderer) throws(DocumentError) in
      let size = try renderer.wholeNumber(arguments, 0, "linecount", standard: 0)
      guard size > 0 else { throw renderer.error("batch needs a size of at least 1") }
      let elements = try renderer.elements(of: value)
      var rows = stride(from: 0, to: elements.count, by: size).map {
        Array(elements[$0..<min($0 + size, elements.count)])
      }
      if let fill = arguments.value(1, "fill_with"), let last = rows.indices.last, size <= renderer.reachable {
        rows[last] += Array(repeating: fill, count: size - rows[last].count)
      }
      return .iterator(TemplateIterator(rows.map { .list($0) }))
    },
    "map": { (value, arguments, renderer) throws(DocumentError) in try renderer.mapped(value, arguments) },
    "select": { (value, arguments, renderer) throws(DocumentError) in
      try renderer.selected(value, arguments, keeps: true, byAttribute: false)
    },
    "reject": { (value, arguments, renderer) throws(DocumentError) in
      try renderer.selected(value, arguments, keeps: false, byAttribute: false)
    },
    "selectattr": { (value, arguments, renderer) throws(DocumentError) in
      try renderer.selected(value, arguments, keeps: true, byAttribute: true)
    },
    "rejectattr": { (value, arguments, renderer) throws(DocumentError) in
      try renderer.selected(value, arguments, keeps: false, byAttribute: true)
    },
    "attr": { (value, arguments, renderer) throws(DocumentError) in
      let name = try renderer.text(arguments, 0, "name")
      return try renderer.method(name, of: value) ?? .undefined("'\(value.typeName) object' has no attribute '\(name)'")
    },
  ]

  // What the filters share.

  /// Lists that a filter may lengthen to this.
  var reachable: Int { 1 << 20 }

  func length(_ value: TemplateValue) throws(DocumentError) -> Int {
    switch value {
    case .string(let text): return text.unicodeScalars.count
    case .list(let values, _), .tuple(let values, _): return values.count
    case .dictionary(let dictionary): return dictionary.count
    case .undefined: return 0
    default: throw error("a \(value.typeName) has no length")
    }
  }

  private func truncatedNumber(_ number: Double) -> TemplateValue? {
    number.magnitude < 0x1p63 ? .integer(Int(number)) : nil
  }

  private func rounded(_ value: TemplateValue, _ arguments: TemplateArguments) throws(DocumentError) -> TemplateValue {
    guard let number = value.number else { throw error("round needs a number, not a \(value.typeName)") }
    let digits = try wholeNumber(arguments, 0, "precision", standard: 0)
    guard (-300...300).contains(digits) else { throw error("the precision of round must be from -300 to 300") }
    let method = try optionalText(arguments, 1, "method") ?? "common"
    let scale = power(10, Double(digits))
    switch method {
    // Python rounds the decimal digits of the number, halves to even.
    case "common":
      if value.wholeNumber != nil, digits >= 0 { return value }
      let rounded = digits >= 0 ? decimalRounded(number, digits) : (number * scale).rounded(.toNearestOrEven) / scale
      return value.wholeNumber == nil ? .float(rounded) : truncatedNumber(rounded) ?? .float(rounded)
    case "ceil": return .float((number * scale).rounded(.up) / scale)
    case "floor": return .float((number * scale).rounded(.down) / scale)
    default: throw error("round's method must be 'common', 'ceil' or 'floor'")
    }
  }

  /// `a.b.0` of a value, or its element of this number.
  private func path(_ attribute: TemplateValue, _ value: TemplateValue) throws(DocumentError) -> TemplateValue {
    guard case .string(let names) = attribute else { return try item(attribute, of: value) }
    var result = value
    for name in names.split(at: ".") { result = try item(Int(name).map { .integer($0) } ?? .string(name), of: result) }
    return result
  }

  typealias SortKey = (TemplateValue) throws(DocumentError) -> TemplateValue

  private func sortKey(attribute: TemplateValue?, isCaseSensitive: Bool) -> SortKey {
    { [self] (value) throws(DocumentError) in
      var key = value
      switch attribute {
      case nil, .some(.none): break
      case .some(let attribute): key = try path(attribute, value)
      }
      if !isCaseSensitive, case .string(let text) = key { key = .string(text.lowercased()) }
      return key
    }
  }

  private func sorted(_ values: [TemplateValue], isReversed: Bool, by key: SortKey) throws(DocumentError)
    -> [TemplateValue]
  {
    var keys: [TemplateValue] = []
    for value in values { keys.append(try key(value)) }
    for (a, b) in zip(keys, keys.dropFirst()) where a.isLess(than: b) == nil {
      throw error("a \(a.typeName) and a \(b.typeName) have no order")
    }
    try spend(values.count * 8)
    // Swift's sort is stable in practice but not by promise; equal keys keep their order by their places.
    let order = values.indices.sorted { i, j in
      if keys[i].isLess(than: keys[j]) ?? false { return !isReversed }
      if keys[j].isLess(than: keys[i]) ?? false { return isReversed }
      return i < j
    }
    return order.map { values[$0] }
  }

  private func sortedMembers(_ value: TemplateValue, _ arguments: TemplateArguments) throws(DocumentError)
    -> TemplateValue
  {
    guard case .dictionary(let members) = value else {
      throw error("dictsort needs a dictionary, not a \(value.typeName)")
    }
    let by = try optionalText(arguments, 1, "by") ?? "key"
    guard by == "key" || by == "value" else { throw error("dictsort's 'by' must be 'key' or 'value'") }
    let key = sortKey(
      attribute: .integer(by == "key" ? 0 : 1), isCaseSensitive: arguments.value(0, "case_sensitive")?.isTrue ?? false)
    return .list(
      try sorted(
        zip(members.keys, members.values).map { .tuple([$0, $1]) },
        isReversed: arguments.value(2, "reverse")?.isTrue ?? false, by: key))
  }

  private func extreme(_ value: TemplateValue, _ arguments: TemplateArguments, isMost: Bool) throws(DocumentError)
    -> TemplateValue
  {
    let key = sortKey(
      attribute: arguments.value(1, "attribute"), isCaseSensitive: arguments.value(0, "case_sensitive")?.isTrue ?? false
    )
    return try sorted(try elements(of: value), isReversed: isMost, by: key).first
      ?? .undefined("there is no element: it is empty")
  }

  private func grouped(_ value: TemplateValue, _ arguments: TemplateArguments) throws(DocumentError) -> TemplateValue {
    guard let attribute = arguments.value(0, "attribute") else { throw error("groupby needs an attribute") }
    let key = sortKey(attribute: attribute, isCaseSensitive: arguments.value(2, "case_sensitive")?.isTrue ?? false)
    var groups: [(key: TemplateValue, shown: TemplateValue, members: [TemplateValue])] = []
    for element in try sorted(try elements(of: value), isReversed: false, by: key) {
      let this = try key(element)
      if let last = groups.indices.last, groups[last].key.equals(this) {
        groups[last].members.append(element)
      } else {
        groups.append((this, try path(attribute, element), [element]))
      }
    }
    return .list(
      groups.map {
        // A pair that also has names.
        .dictionary(TemplateDictionary([("grouper", $0.shown), ("list", .list($0.members))]))
      })
  }

  private func mapped(_ value: TemplateValue, _ arguments: TemplateArguments) throws(DocumentError) -> TemplateValue {
    var results: [TemplateValue] = []
    let attribute = arguments.named.first { $0.name == "attribute" }?.value
    let standard = arguments.named.first { $0.name == "default" }?.value
    let rest = TemplateArguments(positional: Array(arguments.positional.dropFirst()), named: arguments.named)
    for element in try elements(of: value) {
      if let attribute {
        let found = try path(attribute, element)
        results.append(found.isUndefined ? standard ?? found : found)
      } else {
        results.append(try filtered(element, try text(arguments, 0, "filter"), rest))
      }
    }
    return .iterator(TemplateIterator(results))
  }

  private func selected(
    _ value: TemplateValue, _ arguments: TemplateArguments, keeps: Bool, byAttribute: Bool
  ) throws(DocumentError) -> TemplateValue {
    var rest = arguments.positional
    var attribute: TemplateValue?
    if byAttribute {
      guard !rest.isEmpty else { throw error("selectattr and rejectattr need an attribute") }
      attribute = rest.removeFirst()
    }
    var name: String?
    if case .string(let text)? = rest.first { name = text }
    let testArguments = TemplateArguments(positional: Array(rest.dropFirst()), named: arguments.named)
    var kept: [TemplateValue] = []
    for element in try elements(of: value) {
      let operand = try attribute.map { (attribute) throws(DocumentError) in try path(attribute, element) } ?? element
      if try name.map({ (name) throws(DocumentError) in try test(operand, name, testArguments) }) ?? operand.isTrue
        == keeps
      {
        kept.append(element)
      }
    }
    return .iterator(TemplateIterator(kept))
  }

  private func indented(_ text: String, _ arguments: TemplateArguments) throws(DocumentError) -> TemplateValue {
    let indent: String
    if case .string(let given)? = arguments.value(0, "width") {
      indent = given
    } else {
      let width = try wholeNumber(arguments, 0, "width", standard: 4)
      guard width <= 10_000 else { throw error("an indentation of more than 10000 is refused") }
      indent = String(repeating: " ", count: max(width, 0))
    }
    let indentsFirst = arguments.value(1, "first")?.isTrue ?? false
    let indentsBlank = arguments.value(2, "blank")?.isTrue ?? false
    let lines = (text + "\n").pythonLines
    guard lines.count * indent.utf8.count <= Self.longestText else {
      throw error("a text of more than \(Self.longestText >> 20) MiB is refused")
    }
    let rest = lines.dropFirst().map { $0.isEmpty && !indentsBlank ? $0 : indent + $0 }
    return .string(try checked(([(indentsFirst ? indent : "") + (lines.first ?? "")] + rest).joined(separator: "\n")))
  }

  private func truncated(_ text: String, _ arguments: TemplateArguments) throws(DocumentError) -> TemplateValue {
    let length = try wholeNumber(arguments, 0, "length", standard: 255)
    let end = try optionalText(arguments, 2, "end") ?? "..."
    let leeway = try wholeNumber(arguments, 3, "leeway", standard: 5)
    let (scalars, endCount) = (Array(text.unicodeScalars), end.unicodeScalars.count)
    guard length >= endCount, leeway >= 0 else { throw error("truncate needs a length of at least \(endCount)") }
    if scalars.count <= length || scalars.count - length <= leeway { return .string(text) }
    let cut = String(scalars: scalars[..<(length - endCount)])
    if arguments.value(1, "killwords")?.isTrue ?? false { return .string(cut + end) }
    return .string((cut.split(at: " ", limit: 1, fromEnd: true).first ?? cut) + end)
  }
}

extension TemplateValue {
  /// Itself, or the argument of `default` where it is undefined (or, if asked, where it is false).
  fileprivate func orStandard(_ arguments: TemplateArguments) -> TemplateValue {
    let isMissing = isUndefined || (arguments.value(1, "boolean")?.isTrue ?? false) && !isTrue
    return isMissing ? arguments.value(0, "default_value") ?? .string("") : self
  }
}

extension String {
  /// Jinja's `title`, whose words also begin after hyphens and opening brackets.
  fileprivate var jinjaTitle: String {
    var (result, begins) = ("", true)
    for scalar in unicodeScalars {
      result += begins ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
      begins = scalar.isPythonSpace || "-({[<".unicodeScalars.contains(scalar)
    }
    return result
  }

  fileprivate var escapedForHTML: String {
    replacingScalars("&", with: "&amp;").replacingScalars("<", with: "&lt;").replacingScalars(">", with: "&gt;")
      .replacingScalars("'", with: "&#39;").replacingScalars("\"", with: "&#34;")
  }

  fileprivate var escapedForURL: String {
    utf8.map { byte in
      let scalar = Unicode.Scalar(byte)
      let isKept =
        scalar.isASCII
        && (scalar.properties.isAlphabetic || scalar.isPythonDigit || "_.-~/".unicodeScalars.contains(scalar))
      let digits = String(byte, radix: 16, uppercase: true)
      return isKept ? String(scalar) : "%" + (digits.count < 2 ? "0" : "") + digits
    }.joined()
  }
}
