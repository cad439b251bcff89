/// Splits a word into the tokens whose log-probabilities have the largest sum.
///
/// Kudo 2018, https://arxiv.org/abs/1804.10959; the details are those of Hugging Face's `tokenizers`, `models/unigram`.
struct Unigram: Sendable {
  /// How much less likely than the rarest token a character is that is no token.
  private static let unknownPenalty = 10.0

  private let ids: [ExactText: Int32]
  private let scores: [Double]
  private let trie: TokenTrie
  private let unknown: Int32?
  private let unknownScore: Double
  /// The tokens `<0x00>` to `<0xFF>` for unknown characters; -1 where there is none.
  private let byteTokens: [Int32]?

  /// - Parameters:
  ///   - ids: The number of each token.
  ///   - scores: The log-probability of each number.
  init(ids: [ExactText: Int32], scores: [Double], unknown: Int32?, byteTokens: [Int32]?) {
    (self.ids, self.scores, self.unknown, self.byteTokens) = (ids, scores, unknown, byteTokens)
    trie = TokenTrie(ids)
    unknownScore = (scores.min() ?? 0) - Self.unknownPenalty
  }

  private struct Node {
    var score = 0.0
    var start = -1
    var token: Int32 = -1
  }

  func tokens(of word: String) -> [Int32] {
    let bytes = Array(word.utf8)
    return pieces(bytes).flatMap { piece -> [Int32] in
      let text = String(decoding: bytes[piece.range], as: UTF8.self)
      // Unknown characters beside each other are one piece, which may be a token by itself.
      if let token = piece.token ?? ids[ExactText(text)] { return [token] }
      if let byteTokens {
        let tokens = bytes[piece.range].map { byteTokens[Int($0)] }
        if !tokens.contains(-1) { return tokens }
      }
      return unknown.map { [$0] } ?? []
    }
  }

  /// The best way through the word; no token for characters that are none.
  private func pieces(_ bytes: [UInt8]) -> [(range: Range<Int>, token: Int32?)] {
    let best = bestEnds(bytes)
    var pieces: [(range: Range<Int>, token: Int32?)] = []
    var end = bytes.count
    while end > 0 {
      let node = best[end]
      let token = node.token == unknown || node.token < 0 ? nil : node.token
      if token == nil, let last = pieces.last, last.token == nil {
        pieces[pieces.count - 1].range = node.start..<last.range.upperBound
      } else {
        pieces.append((node.start..<end, token))
      }
      end = node.start
    }
    return pieces.reversed()
  }

  /// For each byte, how the best way to it ends.
  private func bestEnds(_ bytes: [UInt8]) -> [Node] {
    var best = [Node](repeating: Node(), count: bytes.count + 1)
    func offer(_ token: Int32, _ score: Double, from start: Int, to end: Int) {
      if best[end].start >= 0, !(score > best[end].score) { return }
      best[end] = Node(score: score, start: start, token: token)
    }
    var start = 0
    while start < bytes.count {
      let width = Self.width(bytes[start])
      let sum = best[start].score
      var isKnown = false
      trie.matches(bytes, from: start) { end, token in
        offer(token, scores[Int(token)] + sum, from: start, to: end)
        if end == start + width { isKnown = true }
      }
      if !isKnown { offer(unknown ?? -1, unknownScore + sum, from: start, to: start + width) }
      start += width
    }
    return best
  }

  /// The bytes of a character that begins with this one.
  private static func width(_ byte: UInt8) -> Int { byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4 }
}
