// Python's operations on text, which go by code points and not by characters as they are seen.

extension String {
  /// Made of code points.
  init(scalars: some Sequence<Unicode.Scalar>) {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    self = String(view)
  }

  /// The place of another text's first code point; nil when it does not occur.
  func firstPlace(of part: String, from start: Int = 0) -> Int? {
    ScalarSearch(part).first(in: Array(unicodeScalars), from: start)
  }

  /// Python's `replace`: at most `limit` times, all for a negative limit.
  func replacingScalars(_ old: String, with new: String, limit: Int = -1) -> String {
    let (text, search) = (Array(unicodeScalars), ScalarSearch(old))
    var (result, at, count) = (String.UnicodeScalarView(), 0, 0)
    while count != limit, let place = search.first(in: text, from: at) {
      result.append(contentsOf: text[at..<place])
      result.append(contentsOf: new.unicodeScalars)
      count += 1
      if search.part.isEmpty {
        guard place < text.count else { return String(result) }
        result.append(text[place])
        at = place + 1
      } else {
        at = place + search.part.count
      }
    }
    result.append(contentsOf: text[at...])
    return String(result)
  }

  /// Python's `split` with a separator, from the left or from the right.
  func split(at separator: String, limit: Int = -1, fromEnd: Bool = false) -> [String] {
    let (text, search) = (Array(unicodeScalars), ScalarSearch(separator))
    var places: [Int] = []
    var at = 0
    while let place = search.first(in: text, from: at) {
      places.append(place)
      at = place + search.part.count
    }
    if limit >= 0, places.count > limit { places = fromEnd ? Array(places.suffix(limit)) : Array(places.prefix(limit)) }
    var (parts, start) = ([String](), 0)
    for place in places {
      parts.append(String(scalars: text[start..<place]))
      start = place + search.part.count
    }
    return parts + [String(scalars: text[start...])]
  }

  /// Python's `split` without a separator: words between white space.
  func splitAtSpaces(limit: Int = -1, fromEnd: Bool = false) -> [String] {
    if fromEnd {
      // From the right is from the left in a mirror.
      return String(scalars: unicodeScalars.reversed()).splitAtSpaces(limit: limit).reversed()
        .map { String(scalars: $0.unicodeScalars.reversed()) }
    }
    var (words, rest) = ([String](), unicodeScalars.drop { $0.isPythonSpace })
    while !rest.isEmpty {
      if words.count == limit {
        words.append(String(scalars: rest))
        break
      }
      let word = rest.prefix { !$0.isPythonSpace }
      words.append(String(scalars: word))
      rest = rest.dropFirst(word.count).drop { $0.isPythonSpace }
    }
    return words
  }

  enum Side { case start, end, both }

  /// Python's `strip`: without white space, or without these characters, at the start, the end or both.
  func stripped(from side: Side = .both, of characters: String? = nil) -> String {
    let set = characters.map { Set($0.unicodeScalars) }
    func isTaken(_ scalar: Unicode.Scalar) -> Bool { set?.contains(scalar) ?? scalar.isPythonSpace }
    var rest = Substring.UnicodeScalarView(unicodeScalars)
    if side != .end { while let first = rest.first, isTaken(first) { rest.removeFirst() } }
    if side != .start { while let last = rest.last, isTaken(last) { rest.removeLast() } }
    return String(rest)
  }

  /// Python's `splitlines`.
  var pythonLines: [String] {
    var (lines, line, isAfterReturn) = ([String](), String.UnicodeScalarView(), false)
    for scalar in unicodeScalars {
      defer { isAfterReturn = scalar == "\r" }
      if scalar == "\n", isAfterReturn { continue }
      switch scalar {
      case "\n", "\r", "\u{b}", "\u{c}", "\u{1c}", "\u{1d}", "\u{1e}", "\u{85}", "\u{2028}", "\u{2029}":
        lines.append(String(line))
        line = String.UnicodeScalarView()
      default: line.append(scalar)
      }
    }
    return line.isEmpty ? lines : lines + [String(line)]
  }

  /// Python's `capitalize`: the first character in title case, the others in lower case.
  var pythonCapitalized: String {
    guard let first = unicodeScalars.first else { return self }
    return first.properties.titlecaseMapping + String(scalars: unicodeScalars.dropFirst()).lowercased()
  }

  /// Python's `title`: each run of letters begins in title case.
  var pythonTitle: String {
    var (result, isInWord) = ("", false)
    for scalar in unicodeScalars {
      let properties = scalar.properties
      result += isInWord ? properties.lowercaseMapping : properties.titlecaseMapping
      isInWord = properties.isCased
    }
    return result
  }

  /// Whether there is a cased character and all of them are in lower case, or all in upper case.
  func isCased(small: Bool) -> Bool {
    let cased = unicodeScalars.filter { $0.properties.isLowercase || $0.properties.isUppercase }
    return !cased.isEmpty && cased.allSatisfy { small ? $0.properties.isLowercase : $0.properties.isUppercase }
  }

  /// Padded to a width: on both sides, the left, or the right.
  func padded(to width: Int, _ side: Side, with fill: Unicode.Scalar = " ") -> String {
    let missing = max(width - unicodeScalars.count, 0)
    // Python's `center` puts the odd one left when the width is odd.
    let left =
      switch side {
      case .start: missing
      case .end: 0
      case .both: missing / 2 + (missing & width & 1)
      }
    func fills(_ count: Int) -> String { String(scalars: repeatElement(fill, count: count)) }
    return fills(left) + self + fills(missing - left)
  }
}

/// Looks for a text in others.
private struct ScalarSearch {
  let part: [Unicode.Scalar]

  init(_ part: String) { self.part = Array(part.unicodeScalars) }

  func first(in text: [Unicode.Scalar], from start: Int) -> Int? {
    guard let head = part.first else { return start <= text.count ? start : nil }
    var at = start
    while at + part.count <= text.count {
      if text[at] == head, text[at..<at + part.count].elementsEqual(part) { return at }
      at += 1
    }
    return nil
  }
}
