/// Which sequences of a batch begin alike, and how far.
struct SharedBeginnings {
  /// Neighbours with a common beginning.
  struct Group {
    let sequences: Range<Int>
    /// How many tokens they share; each has at least one of its own.
    let length: Int
  }

  // Beginnings that are shorter are not looked for.
  private static let least = 4
  // What is shared must be at least this part of all tokens: two kinds of packs, one after the other, keep threads less busy.
  private static let leastShare = 16

  /// The order of sequences in which those that begin alike are neighbours; their own where too little is shared.
  static func order(of sequences: [[Int32]]) -> [Int] {
    let sorted = sequences.indices.sorted {
      let (first, second) = (sequences[$0], sequences[$1])
      if first.lexicographicallyPrecedes(second) { return true }
      return $0 < $1 && !second.lexicographicallyPrecedes(first)
    }
    return groups(of: sorted.map { sequences[$0] }).isEmpty ? Array(sequences.indices) : sorted
  }

  /// The groups of neighbours that save the most tokens; none where that is too little.
  ///
  /// A group's beginning is shared by all of it. Of the first n sequences, the most that can be saved is the most of fewer, and
  /// what the last group saves.
  static func groups(of sequences: [[Int32]]) -> [Group] {
    guard sequences.count > 1 else { return [] }
    let common = sequences.indices.dropLast().map { length(sharedBy: sequences[$0], sequences[$0 + 1]) }
    var saved = [0]
    // Where the last group begins, and how long its beginning is.
    var last: [(start: Int, length: Int)] = []
    for end in 1...sequences.count {
      var (best, choice) = (saved[end - 1], (start: end - 1, length: 0))
      var (start, length) = (end - 1, Int.max)
      while start > 0 {
        start -= 1
        length = min(length, common[start])
        if length < least { break }
        let total = saved[start] + length * (end - start - 1)
        if total > best { (best, choice) = (total, (start, length)) }
      }
      saved.append(best)
      last.append(choice)
    }
    guard saved[sequences.count] * leastShare >= sequences.reduce(0, { $0 + $1.count }) else { return [] }
    var groups: [Group] = []
    var end = sequences.count
    while end > 0 {
      let (start, length) = last[end - 1]
      if length > 0 { groups.append(Group(sequences: start..<end, length: length)) }
      end = start
    }
    return groups.reversed()
  }

  private static func length(sharedBy first: [Int32], _ second: [Int32]) -> Int {
    let most = min(first.count, second.count) - 1
    var length = 0
    while length < most, first[length] == second[length] { length += 1 }
    return length
  }
}
