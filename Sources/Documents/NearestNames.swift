/// The names most like a mistyped one, best first.
///
///     nearestNames(to: "cliprnage", among: ["cliprange", "kl_coef"])  // ["cliprange"]
///
/// A name qualifies when it starts with what was typed, or when at most a third of the letters of the longer of the two
/// would have to be changed, inserted, deleted or swapped with a neighbour, one change always being allowed (the
/// distance of Damerau and Levenshtein, in its restricted form). The case of ASCII letters does not count. Equally near
/// names keep their order. Where a name qualifies, so do those that are the first words of what was typed: a word too many,
/// as in `epsilon_low` for `epsilon`, is likelier than a word in the place of another, as in `epsilon_high`.
public func nearestNames(to name: String, among names: [String], limit: Int = 3) -> [String] {
  let typed = folded(name)
  if typed.isEmpty { return [] }
  var found: [(distance: Int, name: String)] = []
  func add(_ name: String, _ distance: Int) {
    // Insertion keeps equally near names in order; the standard library’s sort does not promise to.
    let place = found.firstIndex { $0.distance > distance } ?? found.count
    found.insert((distance, name), at: place)
  }
  for candidate in names {
    let letters = folded(candidate)
    let distance = editDistance(typed, letters)
    if distance <= max(1, max(typed.count, letters.count) / 3) && distance < letters.count
      || letters.starts(with: typed)
    {
      add(candidate, distance)
    }
  }
  if !found.isEmpty {
    for candidate in names
    where begins(typed, with: folded(candidate)) && !found.contains(where: { $0.name == candidate }) {
      add(candidate, 2)
    }
  }
  return found.prefix(limit).map { $0.name }
}

/// Whether a name is another one with further words behind it.
private func begins(_ name: [UInt8], with words: [UInt8]) -> Bool {
  name.count > words.count && name.starts(with: words) && "_-".utf8.contains(name[words.count])
}

private func folded(_ name: String) -> [UInt8] {
  name.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
}

private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  // rows[i][j] is the distance between the first i of a and the first j of b.
  var rows = [Array(0...b.count)]
  for i in 1..<(a.count + 1) {
    var row = [i]
    for j in 1..<(b.count + 1) {
      var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
      if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
      row.append(best)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
