/// One worker's share of a generation: its prompts go through the model, then all its sequences grow token by token until
/// each has ended.
struct PartialGeneration {
  private let decoder: Decoder
  private let sequences: ArraySlice<GeneratedSequence>
  private let sampling: Sampling
  private var sampler: TokenSampler
  /// Sequences that have not ended, with their places in the cache.
  private var growing: [(place: Int, sequence: GeneratedSequence)] = []

  init(_ decoder: Decoder, _ sequences: ArraySlice<GeneratedSequence>, _ sampling: Sampling, _ model: Transformer) {
    self.decoder = decoder
    self.sequences = sequences
    self.sampling = sampling
    sampler = TokenSampler(sampling, vocabulary: model.configuration.vocabularySize)
  }

  mutating func run() {
    readPrompts()
    while !growing.isEmpty { grow() }
  }

  private mutating func grow() {
    let rows = growing.map { place, sequence in
      let length = sequence.prompt.count + sequence.tokens.count
      return Decoder.Row(sequence: place, position: length - 1, token: sequence.tokens[sequence.tokens.count - 1])
    }
    decoder.advance(rows[...])
    let logits = decoder.logits(after: Array(rows.indices))
    var stillGrowing = growing
    stillGrowing.removeAll(keepingCapacity: true)
    for (number, grown) in growing.enumerated() where draw(grown.sequence, logits.row(number)) {
      stillGrowing.append(grown)
    }
    growing = stillGrowing
  }

  private mutating func draw(_ sequence: GeneratedSequence, _ logits: UnsafePointer<Float>) -> Bool {
    let (token, logp) = sampler.draw(logits, after: [sequence.prompt, sequence.tokens], &sequence.random)
    return sequence.append(token, logp, sampling)
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

  private mutating func readPrompts() {
    let groups = groups()
    let rows = groups.flatMap { group in
      self[group.lowerBound].prompt.enumerated().map { position, token in
        Decoder.Row(sequence: group.lowerBound, position: position, token: token)
      }
    }
    var unread = groups[...]
    for start in stride(from: 0, to: rows.count, by: Decoder.rowsAtATime) {
      let some = rows[start..<min(start + Decoder.rowsAtATime, rows.count)]
      decoder.advance(some)
      let ends = some.indices.filter { rows[$0].position == self[rows[$0].sequence].prompt.count - 1 }
      let logits = decoder.logits(after: ends.map { $0 - start })
      for (number, group) in zip(ends.indices, unread) { begin(group, logits.row(number)) }
      unread.removeFirst(ends.count)
    }
  }

  /// The first tokens after a prompt, and a cache for every sequence that goes on.
  private mutating func begin(_ group: Range<Int>, _ logits: UnsafePointer<Float>) {
    for place in group where draw(self[place], logits) {
      if place != group.lowerBound {
        decoder.cache.copy(self[place].prompt.count, from: group.lowerBound, to: place)
      }
      growing.append((place, self[place]))
    }
  }
}
