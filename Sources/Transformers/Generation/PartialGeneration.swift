/// One worker's share of a generation: its prompts go through the model, then all its sequences grow token by token until
/// each has ended.
struct PartialGeneration {
  private let decoder: Decoder
  private let sequences: ArraySlice<GeneratedSequence>
  private let sampling: Sampling
  private let samplers: [WorkerSampler]
  /// Sequences that have not ended, with their places in the cache, those of a group together; groups in their order.
  private var growing: [(group: Int, place: Int, sequence: GeneratedSequence)] = []

  init(_ decoder: Decoder, _ sequences: ArraySlice<GeneratedSequence>, _ sampling: Sampling, _ model: Transformer) {
    self.decoder = decoder
    self.sequences = sequences
    self.sampling = sampling
    samplers = (0..<decoder.workers.count).map { _ in
      WorkerSampler(TokenSampler(sampling, vocabulary: model.configuration.vocabularySize))
    }
  }

  mutating func run() {
    readPrompts()
    while !growing.isEmpty { grow() }
  }

  private mutating func grow() {
    decoder.advance(steps())
    let logits = decoder.logits(after: Array(growing.indices))
    let sequences = growing.map { $0.sequence }
    draw(sequences) { UnsafePointer(logits.row($0)) }
    growing.removeAll { !$0.sequence.isGrowing }
  }

  /// The last tokens of what grows, by groups: they all have got as many.
  private func steps() -> [Decoder.Step] {
    var steps: [Decoder.Step] = []
    var members: [(group: Int, place: Int, sequence: GeneratedSequence)] = []
    for (number, member) in growing.enumerated() {
      members.append(member)
      if number + 1 < growing.count, growing[number + 1].group == member.group { continue }
      let (prompt, count) = (member.sequence.prompt.count, member.sequence.tokens.count)
      steps.append(
        Decoder.Step(
          group: member.group, prompt: prompt, position: prompt + count - 1, sequences: members.map { $0.place },
          tokens: members.map { $0.sequence.tokens[count - 1] }))
      members.removeAll(keepingCapacity: true)
    }
    return steps
  }

  /// Gives each sequence its next token.
  private func draw(_ sequences: [GeneratedSequence], _ logits: @Sendable (_ number: Int) -> UnsafePointer<Float>) {
    let (samplers, sampling) = (samplers, sampling)
    decoder.workers.run(sequences.count) { number, worker in
      let sequence = sequences[number]
      let (token, logp) = samplers[worker].sampler.draw(
        logits(number), after: [sequence.prompt, sequence.tokens], &sequence.random)
      sequence.append(token, logp, sampling)
    }
  }

  // MARK: - Prompts

  /// Groups of neighbours with the same prompt, by their places in the cache.
  private func groups() -> [Range<Int>] {
    var groups: [Range<Int>] = []
    for (place, sequence) in sequences.enumerated() {
      if let group = groups.last, self[group.lowerBound].prompt == sequence.prompt {
        groups[groups.count - 1] = group.lowerBound..<place + 1
      } else {
        groups.append(place..<place + 1)
      }
    }
    return groups
  }

  private subscript(place: Int) -> GeneratedSequence { sequences[sequences.startIndex + place] }

  // Fewer rows at a time would read the weights more often, more would not make the products faster.
  private static let rowsAtATime = 256
  // Within a piece attention is a product of matrices; longer ones would take more memory.
  private static let longestPiece = 1024

  private mutating func readPrompts() {
    var pieces: [Decoder.Prompt] = []
    var rows = 0
    for (number, group) in groups().enumerated() {
      let tokens = self[group.lowerBound].prompt
      for positions in tokens.indices.pieces(of: Self.longestPiece) {
        if rows > 0, rows + positions.count > Self.rowsAtATime {
          begin(pieces)
          (pieces, rows) = ([], 0)
        }
        pieces.append(Decoder.Prompt(tokens: tokens, positions: positions, group: number, sequences: group))
        rows += positions.count
      }
    }
    begin(pieces)
  }

  /// Reads some pieces of prompts, and draws the first token after each prompt that is complete.
  private mutating func begin(_ pieces: [Decoder.Prompt]) {
    decoder.read(pieces)
    var rows = 0
    var ends: [Int] = []
    for piece in pieces {
      rows += piece.positions.count
      if piece.isEnd { ends.append(rows - 1) }
    }
    guard !ends.isEmpty else { return }
    let logits = decoder.logits(after: ends)
    let begun = pieces.filter { $0.isEnd }.enumerated().flatMap { number, prompt in
      prompt.sequences.map { (number: number, group: prompt.group, place: $0) }
    }
    draw(begun.map { self[$0.place] }) { UnsafePointer(logits.row(begun[$0].number)) }
    for (_, group, place) in begun where self[place].isGrowing { growing.append((group, place, self[place])) }
  }
}

/// One worker's.
private final class WorkerSampler: @unchecked Sendable {
  var sampler: TokenSampler

  init(_ sampler: TokenSampler) { self.sampler = sampler }
}

extension [GeneratedSequence] {
  /// How many different prompts are there, if only neighbours are compared.
  var groupCount: Int { indices.count { $0 == 0 || self[$0].prompt != self[$0 - 1].prompt } }
}
