/// What changed between two texts, line by line, for people to read.
enum LineDifference {
  /// Removed lines begin with `- `, new ones with `+ `, common ones with two blanks; of the latter only two on each side of
  /// a change remain.
  static func text(from old: [String], to new: [String]) -> [String] {
    let difference = new.difference(from: old)
    var removed: Set<Int> = []
    var inserted: Set<Int> = []
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    var rows: [(text: String, isChange: Bool)] = []
    var (i, j) = (0, 0)
    while i < old.count || j < new.count {
      if i < old.count, removed.contains(i) {
        rows.append(("- " + old[i], true))
        i += 1
      } else if j < new.count, inserted.contains(j) {
        rows.append(("+ " + new[j], true))
        j += 1
      } else {
        rows.append(("  " + old[i], false))
        (i, j) = (i + 1, j + 1)
      }
    }
    return withoutDistantRows(rows)
  }

  private static func withoutDistantRows(_ rows: [(text: String, isChange: Bool)]) -> [String] {
    var result: [String] = []
    var isOmitting = false
    for index in rows.indices {
      let near = rows[max(0, index - 2)...min(rows.count - 1, index + 2)]
      if near.contains(where: { $0.isChange }) {
        result.append(rows[index].text)
        isOmitting = false
      } else if !isOmitting {
        result.append("  …")
        isOmitting = true
      }
    }
    return result
  }
}
