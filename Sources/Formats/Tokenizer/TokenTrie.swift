/// Tokens by their bytes, one after the other.
struct TokenTrie: Sendable {
  // Node by node, those of one depth after those of the depth before: the children of a node lie together, and end where
  // those of the next node begin.
  private var labels: [UInt8] = [0]
  private var tokens: [Int32] = [-1]
  private var firstChild: [Int32] = []

  init(_ ids: [ExactText: Int32]) {
    let sorted = ids.map { (bytes: Array($0.key.text.utf8), id: $0.value) }.filter { !$0.bytes.isEmpty }
      .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    // The tokens below each node, which share as many bytes as the node is deep.
    var below = [(range: 0..<sorted.count, depth: 0)]
    var node = 0
    while node < below.count {
      var (range, depth) = below[node]
      if depth > 0, sorted[range.lowerBound].bytes.count == depth {
        tokens[node] = sorted[range.lowerBound].id
        range = range.lowerBound + 1..<range.upperBound
      }
      firstChild.append(Int32(below.count))
      while let first = range.first {
        let byte = sorted[first].bytes[depth]
        let end = range.first { sorted[$0].bytes[depth] != byte } ?? range.upperBound
        below.append((first..<end, depth + 1))
        labels.append(byte)
        tokens.append(-1)
        range = end..<range.upperBound
      }
      node += 1
    }
    firstChild.append(Int32(below.count))
  }

  /// Every token that the bytes from `start` on begin with, the shortest first.
  func matches(_ bytes: [UInt8], from start: Int, _ body: (_ end: Int, _ token: Int32) -> Void) {
    var (node, end) = (0, start)
    while end < bytes.count {
      let children = Int(firstChild[node])..<Int(firstChild[node + 1])
      guard let next = children.first(where: { labels[$0] == bytes[end] }) else { return }
      node = next
      end += 1
      if tokens[node] >= 0 { body(end, tokens[node]) }
    }
  }
}
