/// Sequences of tokens that go through a model together, without padding.
public struct TokenBatch: Sendable {
  public let sequences: [[Int32]]
  /// For each sequence, the positions whose last hidden state is read: by the language model's head, for the
  /// log-probability of the token that follows, or by a scalar head.
  public let readPositions: [Range<Int>]

  /// - Parameters:
  ///   - sequences: Token ids; sequences may have different lengths.
  ///   - readPositions: With a language model's head, not the last position, which no token follows.
  public init(_ sequences: [[Int32]], reading readPositions: [Range<Int>]) {
    precondition(sequences.count == readPositions.count)
    self.sequences = sequences
    self.readPositions = readPositions
    var tokenStarts = [0]
    var rowStarts = [0]
    for (sequence, positions) in zip(sequences, readPositions) {
      precondition(!sequence.isEmpty && positions.lowerBound >= 0 && positions.upperBound <= sequence.count)
      tokenStarts.append(tokenStarts[tokenStarts.count - 1] + sequence.count)
      rowStarts.append(rowStarts[rowStarts.count - 1] + positions.count)
    }
    self.tokenStarts = tokenStarts
    self.rowStarts = rowStarts
    packs = Self.packs(of: sequences)
  }

  /// The log-probability of every token from number `from` of each sequence on, at least 1.
  public static func scoring(_ sequences: [[Int32]], from: [Int]) -> TokenBatch {
    TokenBatch(sequences, reading: zip(sequences, from).map { max(0, $1 - 1)..<max(max(0, $1 - 1), $0.count - 1) })
  }

  public var tokenCount: Int { tokenStarts[sequences.count] }
  /// How many positions are read in all.
  public var rowCount: Int { rowStarts[sequences.count] }
  /// Where a sequence's numbers stand among those of all rows that are read.
  public func rows(of sequence: Int) -> Range<Int> { rowStarts[sequence]..<rowStarts[sequence + 1] }

  let tokenStarts: [Int]
  let rowStarts: [Int]
  /// Neighbouring sequences that one thread takes through all layers, so that what it computes stays in its cache.
  let packs: [Range<Int>]

  func tokens(of pack: Range<Int>) -> Range<Int> { tokenStarts[pack.lowerBound]..<tokenStarts[pack.upperBound] }
  func rows(of pack: Range<Int>) -> Range<Int> { rowStarts[pack.lowerBound]..<rowStarts[pack.upperBound] }
  var largestPack: Int { packs.map { tokens(of: $0).count }.max() ?? 0 }
  var longestSequence: Int { sequences.map { $0.count }.max() ?? 0 }

  private static let tokensPerPack = 256

  private static func packs(of sequences: [[Int32]]) -> [Range<Int>] {
    var packs: [Range<Int>] = []
    var (start, tokens) = (0, 0)
    for (number, sequence) in sequences.enumerated() {
      if tokens > 0, tokens + sequence.count > tokensPerPack {
        packs.append(start..<number)
        (start, tokens) = (number, 0)
      }
      tokens += sequence.count
    }
    if tokens > 0 { packs.append(start..<sequences.count) }
    return packs
  }
}
