import Objectives
import Recording
import Simulation

/// A stage's numbers by token, with numbers of other stages to compare them with.
struct TokenTable {
  private let trace: Trace
  private let quantities: [Quantity]
  /// The latest term of the stage with a key.
  private var latest: [TermKey: Int] = [:]
  private let beat: Int
  /// Sequence and token of each row, in order.
  private(set) var keys: [(i: Int, t: Int)] = []

  init(_ trace: Trace, _ terms: [Int], besides: [Quantity], _ selection: TokenSelection) {
    self.trace = trace
    let own = MarkdownTrace.quantities(terms, in: trace).filter { $0 != .token && $0 != .mismatchedToken }
    // Not every algorithm has an old policy or a critic.
    let known = besides.filter { quantity in trace.terms.indices.contains { trace.quantity(of: $0) == quantity } }
    quantities = known.filter { !own.contains($0) } + own
    beat = terms.last.map { trace.terms[$0].beat } ?? 0
    var seen: Set<TermKey> = []
    for term in terms {
      let key = trace.terms[term].key
      latest[key] = term
      if selection.contains(key.i, key.j), seen.insert(TermKey(.token, key.i, key.j)).inserted {
        keys.append((key.i, key.j))
      }
    }
    keys.sort { ($0.i, $0.t) < ($1.i, $1.t) }
  }

  func rows(where isIncluded: ((i: Int, t: Int)) -> Bool) -> MarkdownTable {
    var table = MarkdownTable(
      [trace.exampleTitle, "t", trace.stepTitle], numbers: quantities.map { MarkdownTrace.title($0, in: trace) })
    for key in keys where isIncluded(key) { table.rows.append(row(key.i, key.t)) }
    return table
  }

  private func row(_ i: Int, _ t: Int) -> [String] {
    let other = quantities.last.flatMap { trace.otherToken(of: TermKey($0, i, t), at: beat) }
    let isSlot = other == nil && Narrator(trace: trace, beat: beat).isSlot(i, t)
    let word = (other ?? trace.tokenText(i, t, at: beat)).map { Markdown.code($0) } ?? ""
    let token = isSlot ? "(slot)" : word
    let cells = quantities.map { quantity in
      let key = TermKey(quantity, i, t)
      // A slot has only the numbers of its own iteration, not those of an earlier, longer response.
      let term = latest[key] ?? trace.term(key, at: beat).flatMap { isSlot && !isOfThisIteration($0) ? nil : $0 }
      return (term ?? whole(quantity, i)).map { trace.markdownValue(of: $0) } ?? ""
    }
    return ["\(i)", "\(t)", token] + cells
  }

  private func isOfThisIteration(_ term: Int) -> Bool {
    trace.stage(ofBeat: trace.terms[term].beat).loops.iteration == trace.stage(ofBeat: beat).loops.iteration
  }

  /// What all tokens of a response share: of GRPO, the advantage.
  private func whole(_ quantity: Quantity, _ i: Int) -> Int? { trace.term(TermKey(quantity, i), at: beat) }
}
