/// Splits a word into tokens: characters first, then pairs joined in the order of the merges.
///
/// Sennrich et al. 2016, https://arxiv.org/abs/1508.07909; the details are those of Hugging Face's `tokenizers`.
struct BytePairEncoding: Sendable {
  struct Merge: Sendable {
    /// Lower ones come first.
    let rank: Int32
    let token: Int32
  }

  struct Options: Sendable {
    /// What stands for a character that is not in the vocabulary; without one, such a character is left out.
    var unknown: Int32?
    /// Whether unknown characters beside each other become one unknown token.
    var fusesUnknown = false
    /// Whether a word that is in the vocabulary is one token, whatever the merges say.
    var ignoresMerges = false
    /// The tokens `<0x00>` to `<0xFF>` for unknown characters; -1 where there is none.
    var byteTokens: [Int32]?
  }

  private let vocabulary: [ExactText: Int32]
  private let merges: [UInt64: Merge]
  private let options: Options
  /// The tokens of single characters, which are looked up far more often than others.
  private let characters: [Unicode.Scalar: Int32]

  init(vocabulary: [ExactText: Int32], merges: [UInt64: Merge], options: Options) {
    self.vocabulary = vocabulary
    self.merges = merges
    self.options = options
    var characters: [Unicode.Scalar: Int32] = [:]
    for (word, id) in vocabulary {
      let scalars = word.text.unicodeScalars
      if let first = scalars.first, scalars.dropFirst().isEmpty { characters[first] = id }
    }
    self.characters = characters
  }

  /// The key of a pair of tokens in the table of merges.
  static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  func tokens(of word: String) -> [Int32] {
    if options.ignoresMerges, let id = vocabulary[ExactText(word)] { return [id] }
    let symbols = symbols(of: word)
    return merges.isEmpty ? symbols : MergeChain(symbols).merged(by: merges)
  }

  private func symbols(of word: String) -> [Int32] {
    var symbols: [Int32] = []
    symbols.reserveCapacity(word.utf8.count)
    var unknown: Int32?
    for scalar in word.unicodeScalars {
      if let id = characters[scalar] {
        if let pending = unknown { symbols.append(pending) }
        unknown = nil
        symbols.append(id)
      } else if let bytes = byteTokens(of: scalar) {
        symbols += bytes
      } else {
        if let pending = unknown, !options.fusesUnknown { symbols.append(pending) }
        unknown = options.unknown
      }
    }
    if let unknown { symbols.append(unknown) }
    return symbols
  }

  private func byteTokens(of scalar: Unicode.Scalar) -> [Int32]? {
    guard let table = options.byteTokens else { return nil }
    let tokens = UTF8.encode(scalar).map { $0.map { table[Int($0)] } } ?? []
    return tokens.contains(-1) ? nil : tokens
  }
}

/// Symbols in a doubly linked list, and the merges that are possible in a heap: n log n for a word of any length.
private struct MergeChain {
  private struct Symbol {
    var token: Int32
    var previous: Int32
    var next: Int32
    var isGone = false
  }

  /// A merge that was possible when it was found.
  private struct Candidate: Comparable {
    let rank: Int32
    let position: Int32
    let token: Int32

    static func < (a: Candidate, b: Candidate) -> Bool { (a.rank, a.position) < (b.rank, b.position) }
  }

  private var symbols: [Symbol]
  private var heap = BinaryHeap<Candidate>()

  init(_ tokens: [Int32]) {
    symbols = tokens.enumerated().map { i, token in
      Symbol(token: token, previous: Int32(i) - 1, next: i + 1 == tokens.count ? -1 : Int32(i) + 1)
    }
  }

  consuming func merged(by merges: [UInt64: BytePairEncoding.Merge]) -> [Int32] {
    for i in symbols.indices.dropLast() { consider(Int32(i), merges) }
    while let candidate = heap.popFirst() {
      let position = Int(candidate.position)
      guard !symbols[position].isGone, symbols[position].next >= 0 else { continue }
      let next = Int(symbols[position].next)
      // The pair may have changed since; if it makes the same token, it will do.
      let pair = BytePairEncoding.pair(symbols[position].token, symbols[next].token)
      guard merges[pair]?.token == candidate.token else { continue }
      symbols[position].token = candidate.token
      symbols[position].next = symbols[next].next
      symbols[next].isGone = true
      if symbols[position].next >= 0 { symbols[Int(symbols[position].next)].previous = candidate.position }
      if symbols[position].previous >= 0 { consider(symbols[position].previous, merges) }
      if symbols[position].next >= 0 { consider(candidate.position, merges) }
    }
    return symbols.lazy.filter { !$0.isGone }.map { $0.token }
  }

  private mutating func consider(_ position: Int32, _ merges: [UInt64: BytePairEncoding.Merge]) {
    let symbol = symbols[Int(position)]
    guard let merge = merges[BytePairEncoding.pair(symbol.token, symbols[Int(symbol.next)].token)] else { return }
    heap.insert(Candidate(rank: merge.rank, position: position, token: merge.token))
  }
}

/// A queue that gives its smallest element first.
private struct BinaryHeap<Element: Comparable> {
  private var elements: [Element] = []

  mutating func insert(_ element: Element) {
    elements.append(element)
    var i = elements.count - 1
    while i > 0, elements[i] < elements[(i - 1) / 2] {
      elements.swapAt(i, (i - 1) / 2)
      i = (i - 1) / 2
    }
  }

  mutating func popFirst() -> Element? {
    guard let last = elements.popLast() else { return nil }
    guard let first = elements.first else { return last }
    elements[0] = last
    var i = 0
    while true {
      var least = 2 * i + 1
      if least >= elements.count { return first }
      if least + 1 < elements.count, elements[least + 1] < elements[least] { least += 1 }
      if !(elements[least] < elements[i]) { return first }
      elements.swapAt(i, least)
      i = least
    }
  }
}
