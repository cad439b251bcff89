import Documents

/// Reads terms as one types them: the inverse of `Glossary.text(_:)`.
///
///     try glossary.key(parsing: "policy.logit[was, great]")   // the logit of `great` after `was`
///     try glossary.pattern(parsing: "ratio[0,*]").indices     // [0, nil]
///
/// Indices are numbers, or words where the glossary has words for them; a word with a bracket, a comma or a blank is put in
/// double quotes, in which `\` escapes a quote or itself.
extension Glossary {
  /// The one term that a text names.
  public func key(parsing text: String) throws(TermTextError) -> TermKey {
    let pattern = try pattern(parsing: text)
    if let key = pattern.key { return key }
    throw TermTextError(message: "\(text) stands for several terms; name one, as in \(example(pattern.name))")
  }

  /// The terms that a text with wildcards names; a name without brackets stands for all its terms.
  public func pattern(parsing text: String) throws(TermTextError) -> TermPattern {
    var rest = Substring(text)
    let pattern = try pattern(readingFrom: &rest)
    var reader = TermReader(rest)
    reader.skipBlanks()
    if reader.next != nil { throw TermTextError(message: "unexpected \(reader.rest) after a term") }
    return pattern
  }

  /// Takes a term off the start of a text, so that an expression can go on after it.
  public func pattern(readingFrom text: inout Substring) throws(TermTextError) -> TermPattern {
    var reader = TermReader(text)
    reader.skipBlanks()
    let typed = reader.takeName()
    guard !typed.isEmpty else { throw TermTextError(message: "expected a term, such as \(example(0))") }
    guard let name = index(ofName: typed) else {
      throw TermTextError(message: "there is no term \(typed)" + suggestion(for: typed, among: entries.map { $0.name }))
    }
    let words = try indexWords(of: name, from: &reader)
    text = reader.rest
    let count = entries[name].labels.count
    guard let words else { return TermPattern(name: name, indices: Array(repeating: nil, count: count)) }
    guard words.count == count else {
      let expected = count == 0 ? "no index" : count == 1 ? "one index" : "\(count) indices"
      throw TermTextError(message: "\(typed) has \(expected), not \(words.count): \(example(name))")
    }
    var indices: [Int?] = []
    for (position, word) in words.enumerated() { indices.append(try index(word, at: position, of: name)) }
    return TermPattern(name: name, indices: indices)
  }

  private func indexWords(of name: Int, from reader: inout TermReader) throws(TermTextError) -> [TermReader.Word]? {
    let isMetric = entries[name].name == "metric"
    guard reader.take(isMetric ? "(" : "[") else { return nil }
    var words: [TermReader.Word] = []
    repeat {
      guard let word = reader.takeWord() else {
        throw TermTextError(message: "an index is missing in \(entries[name].name)\(isMetric ? "(" : "[")…")
      }
      words.append(word)
    } while reader.take(",")
    guard reader.take(isMetric ? ")" : "]") else {
      throw TermTextError(
        message: "\(isMetric ? ")" : "]") is missing after the indices of \(entries[name].name)")
    }
    return words
  }

  /// The number that an index stands for; nil for a wildcard.
  private func index(_ word: TermReader.Word, at position: Int, of name: Int) throws(TermTextError) -> Int? {
    if word.text == "*", !word.isQuoted { return nil }
    let labels = entries[name].labels[position]
    if let index = labels?.firstIndex(of: word.text) { return index }
    if !word.isQuoted, let number = Int(word.text), number >= 0, number < labels?.count ?? Int(Int32.max) {
      return number
    }
    guard let labels else {
      throw TermTextError(message: "\(word.text) is not an index of \(entries[name].name): a number from 0, or *")
    }
    throw TermTextError(
      message: "\(word.text) is not an index of \(entries[name].name)" + suggestion(for: word.text, among: labels))
  }

  private func suggestion(for typed: String, among names: [String]) -> String {
    let near = nearestNames(to: typed, among: names)
    if !near.isEmpty { return "; did you mean \(near.joined(separator: ", "))?" }
    return names.count <= 16 ? ": it is one of \(names.joined(separator: ", "))" : ""
  }

  /// A term of this name, to show how one is typed.
  private func example(_ name: Int) -> String {
    let count = entries[name].labels.count
    return text(TermKey(name: name, i: count > 0 ? 0 : -1, j: count > 1 ? 0 : -1))
  }
}

/// Terms of one name, with some indices left open.
public struct TermPattern: Equatable, Sendable {
  /// The name's number in the glossary.
  public let name: Int
  /// One for each index that the name has; nil is `*`.
  public let indices: [Int?]

  public init(name: Int, indices: [Int?]) {
    self.name = name
    self.indices = indices
  }

  /// The term, where nothing is left open.
  public var key: TermKey? {
    let known = indices.compactMap { $0 }
    guard known.count == indices.count else { return nil }
    return TermKey(name: name, i: known.count > 0 ? known[0] : -1, j: known.count > 1 ? known[1] : -1)
  }

  /// Whether a term is one of these.
  public func matches(_ key: TermKey) -> Bool {
    guard key.name == name else { return false }
    // Without an array of the two, since every term of a recording may be asked.
    for (position, index) in indices.enumerated() {
      if let index, index != (position == 0 ? key.i : key.j) { return false }
    }
    return true
  }
}

/// An error in the text of a term, with what may have been meant.
public struct TermTextError: Error, Equatable, Sendable {
  public let message: String

  public init(message: String) { self.message = message }
}

/// A place in a text that moves over names, words and punctuation.
private struct TermReader {
  struct Word {
    let text: String
    let isQuoted: Bool
  }

  private(set) var rest: Substring

  init(_ text: Substring) { rest = text }

  var next: Unicode.Scalar? { rest.unicodeScalars.first }

  mutating func skipBlanks() { takeWhile { $0 == " " || $0 == "\t" || $0 == "\n" } }

  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    var ahead = self
    ahead.skipBlanks()
    guard ahead.next == scalar else { return false }
    ahead.rest.unicodeScalars.removeFirst()
    self = ahead
    return true
  }

  /// Letters, digits, `_` and `.`.
  mutating func takeName() -> String {
    takeWhile {
      switch $0 {
      case "a"..."z", "A"..."Z", "0"..."9", "_", ".": true
      default: false
      }
    }
  }

  /// An index: a word up to what `Glossary.quotedIfNeeded` would quote, or one in quotes; nil where there is none.
  mutating func takeWord() -> Word? {
    skipBlanks()
    if take("\"") { return takeQuoted() }
    let word = takeWhile { !"[](),\"\\ \t\n".unicodeScalars.contains($0) }
    return word.isEmpty ? nil : Word(text: word, isQuoted: false)
  }

  private mutating func takeQuoted() -> Word? {
    var text = String.UnicodeScalarView()
    var isEscaped = false
    while let scalar = rest.unicodeScalars.popFirst() {
      if scalar == "\"", !isEscaped { return Word(text: String(text), isQuoted: true) }
      isEscaped = scalar == "\\" && !isEscaped
      if !isEscaped { text.append(scalar) }
    }
    return nil
  }

  @discardableResult
  private mutating func takeWhile(_ belongs: (Unicode.Scalar) -> Bool) -> String {
    let start = rest
    while let scalar = next, belongs(scalar) { rest.unicodeScalars.removeFirst() }
    return String(start[start.startIndex..<rest.startIndex])
  }
}
