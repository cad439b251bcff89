/// The rows that a rank's sequences take in memory: one for each token, and one for all that share it.
///
/// Rows are cut into stretches: first the stems, each what several neighbouring sequences begin with, then what is left of
/// every sequence. Packs of neighbouring stretches are the tasks that threads take. A pass takes the packs of stems first, and
/// the way back takes them last: then all that follows a stem has said what it adds to the gradient of its keys and values.
struct TokenRows: Sendable {
  struct Stretch: Sendable {
    let rows: Range<Int>
    /// The position of its first token.
    let position: Int
    /// Whose tokens they are; one sequence, unless it is a stem.
    let sequences: Range<Int>
    /// The number of the stem that it follows.
    let stem: Int?
    /// Among the rows of partial gradients, those for its stem's keys and values; in a pack, of all that follow the stem.
    var partials = 0..<0

    var positions: Range<Int> { position..<position + rows.count }
  }

  /// Neighbouring stretches that one thread takes through all layers, so that what it computes stays in its cache.
  struct Pack: Sendable {
    let stretches: Range<Int>
    let rows: Range<Int>
    /// The rows that the head reads once the pack is through; those of stems wait for the sequences' ends.
    let reads: Range<Int>
    /// Its rows of partial gradients.
    var partials = 0..<0
  }

  let sequences: [[Int32]]
  let readPositions: [Range<Int>]
  private let readStarts: [Int]
  private(set) var stretches: [Stretch] = []
  private(set) var packs: [Pack] = []
  /// The numbers of packs with stems, and of the others.
  private(set) var stemPacks = 0..<0
  private(set) var endPacks = 0..<0
  /// How many rows belong to stems; they are the first ones.
  private(set) var stemCount = 0
  private(set) var count = 0
  /// Of each stem, the partial gradients of its keys and values, in the order of the packs that they come from.
  private(set) var stemPartials: [[Range<Int>]] = []
  /// How many rows of partial gradients there are.
  private(set) var partialCount = 0

  /// - Parameters:
  ///   - batch: The sequences of all ranks.
  ///   - order: The order in which they go through the model.
  ///   - share: Which of them, in this order, are the rank's own.
  ///   - sharesBeginnings: Whether what sequences begin with is one row for all of them. With dropout it is not: each has masks of
  ///     its own, as in PEFT.
  init(_ batch: TokenBatch, _ order: [Int], share: Range<Int>, sharesBeginnings: Bool = true) {
    sequences = order[share].map { batch.sequences[$0] }
    readPositions = order[share].map { batch.readPositions[$0] }
    var readStarts = [0]
    for positions in readPositions { readStarts.append(readStarts[readStarts.count - 1] + positions.count) }
    self.readStarts = readStarts
    cut(sharesBeginnings ? SharedBeginnings.groups(of: sequences) : [])
    pack()
  }

  /// How many rows the head reads.
  var readCount: Int { readStarts[sequences.count] }
  var largestPack: Int { packs.map { $0.rows.count }.max() ?? 0 }
  var longestSequence: Int { sequences.map { $0.count }.max() ?? 0 }

  /// The tokens of all rows, and their positions.
  var tokens: [Int32] { stretches.flatMap { sequences[$0.sequences.lowerBound][$0.positions] } }
  var positions: [Int32] { stretches.flatMap { $0.positions.map { Int32($0) } } }

  /// The tokens that follow those that are read; 0 behind the last.
  var targets: [Int32] {
    zip(sequences, readPositions).flatMap { sequence, positions in
      positions.map { $0 + 1 < sequence.count ? sequence[$0 + 1] : 0 }
    }
  }

  /// What the head reads of a pack, in order: each number among all that is read, with its row.
  func reads(of pack: Pack) -> [(number: Int, row: Int)] {
    var reads: [(number: Int, row: Int)] = []
    for stretch in stretches[pack.stretches] {
      for sequence in stretch.sequences {
        let positions = readPositions[sequence]
        for position in positions.clamped(to: stretch.positions) {
          reads.append(
            (
              number: readStarts[sequence] + position - positions.lowerBound,
              row: stretch.rows.lowerBound + position - stretch.position
            ))
        }
      }
    }
    return reads
  }

  // MARK: - How rows are cut

  private mutating func cut(_ groups: [SharedBeginnings.Group]) {
    var stems = [Int?](repeating: nil, count: sequences.count)
    for (number, group) in groups.enumerated() {
      add(0..<group.length, of: group.sequences, behind: nil)
      for sequence in group.sequences { stems[sequence] = number }
    }
    stemCount = count
    for (number, sequence) in sequences.enumerated() {
      let start = stems[number].map { stretches[$0].rows.count } ?? 0
      add(start..<sequence.count, of: number..<number + 1, behind: stems[number])
    }
    packs = packs(of: 0..<groups.count)
    stemPacks = packs.indices
    packs += packs(of: groups.count..<stretches.count)
    endPacks = stemPacks.upperBound..<packs.count
  }

  private mutating func add(_ positions: Range<Int>, of sequences: Range<Int>, behind stem: Int?) {
    stretches.append(
      Stretch(rows: count..<count + positions.count, position: positions.lowerBound, sequences: sequences, stem: stem))
    count += positions.count
  }

  private static let rowsPerPack = 256
  // Fewer would let products read their weights more often than threads gain by sharing the work more evenly.
  private static let leastRowsPerPack = 64

  private func packs(of numbers: Range<Int>) -> [Pack] {
    guard let first = numbers.first, let last = numbers.last else { return [] }
    let isStem = first < stretches.count - sequences.count
    let total = stretches[last].rows.upperBound - stretches[first].rows.lowerBound
    // Where beginnings are shared, what is left is often little, and the stems are, too: both are to keep threads busy.
    let most = stemCount == 0 ? Self.rowsPerPack : min(Self.rowsPerPack, max(Self.leastRowsPerPack, total / 4))
    var packs: [Pack] = []
    var start = first
    func close(before end: Int) {
      let rows = stretches[start].rows.lowerBound..<stretches[end - 1].rows.upperBound
      let reads =
        readStarts[stretches[start].sequences.lowerBound]..<readStarts[stretches[end - 1].sequences.upperBound]
      packs.append(Pack(stretches: start..<end, rows: rows, reads: isStem ? 0..<0 : reads))
      start = end
    }
    for number in numbers.dropFirst()
    where stretches[number].rows.upperBound - stretches[start].rows.lowerBound > most { close(before: number) }
    close(before: numbers.upperBound)
    return packs
  }

  /// Gives each pack a row of partial gradients for each row of a stem that it follows.
  private mutating func pack() {
    stemPartials = [[Range<Int>]](repeating: [], count: stretches.count - sequences.count)
    for number in endPacks {
      let first = partialCount
      var stem: Int?
      for stretch in packs[number].stretches {
        guard let own = stretches[stretch].stem else { continue }
        let rows = stretches[own].rows.count
        if own != stem {
          stemPartials[own].append(partialCount..<partialCount + rows)
          partialCount += rows
        }
        stem = own
        stretches[stretch].partials = partialCount - rows..<partialCount
      }
      packs[number].partials = first..<partialCount
    }
  }
}
