/// Expected output, in which `...` matches anything.
///
/// A line that is just `...` matches any lines, `...` within a line any text.
struct OutputPattern {
  let lines: [String]

  func matches(_ actual: [String]) -> Bool {
    // The usual way to match wildcards: on a mismatch, go back to the last `...` and let it take one line more.
    var (i, j) = (0, 0)
    var last: (i: Int, j: Int)?
    while j < actual.count {
      if i < lines.count, lines[i].trimmingBlanks == Self.elision {
        last = (i, j)
        i += 1
      } else if i < lines.count, Self.matches(lines[i], actual[j]) {
        i += 1
        j += 1
      } else if let back = last {
        i = back.i + 1
        j = back.j + 1
        last = (back.i, j)
      } else {
        return false
      }
    }
    return lines[i...].allSatisfy { $0.trimmingBlanks == Self.elision }
  }

  static let elision = "..."

  static func matches(_ pattern: String, _ line: String) -> Bool {
    var parts = pattern.split(separator: elision, omittingEmptySubsequences: false).map { Substring($0) }
    guard parts.count > 1 else { return pattern == line }
    let (first, last) = (parts.removeFirst(), parts.removeLast())
    guard line.hasPrefix(first), line.hasSuffix(last), line.count >= first.count + last.count else { return false }
    var rest = line.dropFirst(first.count).dropLast(last.count)
    for part in parts where !part.isEmpty {
      guard let found = rest.firstRange(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }
}
