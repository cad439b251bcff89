/// Which tokens two computations see differently, where they see most of them alike, to the last bit.
struct UnequalTokens {
  let text: String
  let advice: String
}

extension Examination {
  /// Nil where the two differ at most tokens: then everything was computed differently.
  var unequalTokens: UnequalTokens? {
    let rows = sampled.filter { !$0.logp.isEmpty && $0.logp.count == $0.oldLogp.count }
    let unequal = rows.map { zip($0.logp, $0.oldLogp).count { $0 != $1 } }
    let (count, all) = (unequal.reduce(0) { $0 + $1 }, rows.reduce(0) { $0 + $1.logp.count })
    let (touched, whole) = (unequal.count { $0 > 0 }, zip(unequal, rows).count { 2 * $0 > $1.logp.count })
    guard rows.count >= 4, 2 * count <= all || touched < rows.count else { return nil }
    if touched == whole, touched < rows.count {
      return UnequalTokens(
        text:
          "They are equal to the last bit in \(rows.count - touched) of \(rows.count) responses, and differ throughout the others.",
        advice: """
          Compare how those responses were computed that differ: in another process or part of the batch, packed behind another \
          text (position ids, attention across the border), padded on the other side, cut off.
          """)
    }
    guard 2 * count <= all else { return nil }
    return UnequalTokens(
      text: "They are equal to the last bit at \(all - count) of \(all) tokens.",
      advice: """
        A temperature, dropout or an offset would move all of them. Single tokens are moved by a mixture of experts, whose router \
        decides otherwise in half precision (replay its choices), and by tokens that were replaced or decoded again.
        """)
  }
}
