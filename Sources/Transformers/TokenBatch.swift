/// Sequences of tokens that go through a model together, without padding.
///
/// What several of them begin with, a group's prompt or that of a pair, goes through once, forward and backward. What is
/// computed from a position depends on its own beginning alone: so the numbers are the same to the last bit, and gradients up
/// to the order of their sums.
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
    var rowStarts = [0]
    for (sequence, positions) in zip(sequences, readPositions) {
      precondition(!sequence.isEmpty && positions.lowerBound >= 0 && positions.upperBound <= sequence.count)
      rowStarts.append(rowStarts[rowStarts.count - 1] + positions.count)
    }
    self.rowStarts = rowStarts
    order = SharedBeginnings.order(of: sequences)
  }

  /// The log-probability of every token from number `from` of each sequence on, at least 1.
  public static func scoring(_ sequences: [[Int32]], from: [Int]) -> TokenBatch {
    TokenBatch(sequences, reading: zip(sequences, from).map { max(0, $1 - 1)..<max(max(0, $1 - 1), $0.count - 1) })
  }

  public var tokenCount: Int { sequences.reduce(0) { $0 + $1.count } }
  /// How many positions are read in all.
  public var rowCount: Int { rowStarts[sequences.count] }
  /// Where a sequence's numbers stand among those of all rows that are read.
  public func rows(of sequence: Int) -> Range<Int> { rowStarts[sequence]..<rowStarts[sequence + 1] }

  /// The order in which the sequences go through a model: those that begin alike are neighbours.
  let order: [Int]
  private let rowStarts: [Int]

  /// A number for each row that is read, put into another order of the sequences.
  func arranged(_ numbers: [Float], in order: [Int]) -> [Float] { order.flatMap { numbers[rows(of: $0)] } }

  /// The same back from that order.
  func restored(_ numbers: [Float], from order: [Int]) -> [Float] {
    var result = numbers
    var next = 0
    for sequence in order {
      let rows = rows(of: sequence)
      result.replaceSubrange(rows, with: numbers[next..<next + rows.count])
      next += rows.count
    }
    return result
  }
}
