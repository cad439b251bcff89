extension TokenBatch {
  /// The sequences that a rank takes: neighbours in the order of a pass, with about the same number of tokens for each rank.
  func sequences(for ranks: any Ranks) -> Range<Int> {
    var starts = [0]
    for sequence in order { starts.append(starts[starts.count - 1] + sequences[sequence].count) }
    /// The first sequence whose middle lies behind a cut.
    func cut(_ number: Int) -> Int {
      if number == ranks.count { return sequences.count }
      return sequences.indices.first {
        (starts[$0] + starts[$0 + 1]) * ranks.count >= 2 * tokenCount * number
      } ?? sequences.count
    }
    return cut(ranks.rank)..<cut(ranks.rank + 1)
  }
}
