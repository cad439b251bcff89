extension TokenBatch {
  /// The sequences that a rank takes: neighbours, with about the same number of tokens for each rank.
  func sequences(for ranks: any Ranks) -> Range<Int> {
    cut(ranks.rank, of: ranks.count)..<cut(ranks.rank + 1, of: ranks.count)
  }

  /// The first sequence whose middle lies behind a cut.
  private func cut(_ number: Int, of parts: Int) -> Int {
    if number == parts { return sequences.count }
    return sequences.indices.first {
      (tokenStarts[$0] + tokenStarts[$0 + 1]) * parts >= 2 * tokenCount * number
    } ?? sequences.count
  }

  /// Some of the sequences as a batch of their own.
  func part(_ range: Range<Int>) -> TokenBatch {
    range == sequences.indices
      ? self : TokenBatch(Array(sequences[range]), reading: Array(readPositions[range]))
  }
}
