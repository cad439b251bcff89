import Autodiff
import Objectives
import Recording
import Simulation

/// A batch that a function is tried on.
struct ExerciseCase: Sendable {
  /// What is special about it.
  let label: String
  var batch: Batch
  /// How many columns the padded arrays have.
  let width: Int
  let seed: UInt64
  /// Terms that are given to the function although a batch would compute them.
  var given: [TermKey: Double] = [:]

  init(_ label: String, _ batch: Batch, width: Int, seed: UInt64) {
    self.label = label
    self.batch = batch
    self.width = width
    self.seed = seed
  }

  /// Records the batch, with mistakes in it if some are given.
  func record(_ misconceptions: [Misconception] = []) -> Trace {
    var changed = self
    for misconception in misconceptions { misconception.prepare?(&changed) }
    let final = changed
    return final.batch.record { key, computed, trace in
      var x = final.given[key].map { trace.tape.leaf($0) }
      for misconception in misconceptions {
        guard let rule = misconception.rules.first(where: { $0.quantity.rawValue == key.name }) else { continue }
        let place = Rewriting(key: key, x: x ?? computed, trace: trace, of: final)
        x = rule.compute(place) ?? x
      }
      return x
    }
  }

  /// What stands where no token is: nothing that could be taken for 0.
  func filler(_ quantity: Quantity, _ i: Int, _ t: Int) -> Double {
    var stream = RandomStream(
      seed: seed, purpose: UInt32(1000 + quantity.rawValue), UInt32(i), UInt32(t))
    let isLogp = quantity.name.utf8.reversed().starts(with: "logp".utf8.reversed())
    return isLogp ? -0.2 - 1.5 * stream.uniform() : 0.5 + stream.uniform()
  }

  /// Gives numbers in a term's place, with something behind the end of each response.
  mutating func give(_ quantity: Quantity, _ value: (_ i: Int, _ t: Int) -> Double) {
    for (i, length) in lengths(.response).enumerated() {
      for t in 0..<width {
        given[TermKey(quantity, i, t)] = t < length ? value(i, t) : filler(quantity, i, t)
      }
    }
  }
}

// MARK: - What counts

extension ExerciseCase {
  /// How many responses, or pairs, there are.
  var count: Int { batch.contents.count }

  var groupCount: Int { if case .groups(let groups) = batch.contents { groups.groups.count } else { 0 } }

  /// The number of tokens of each response.
  func lengths(_ side: Exercise.Side) -> [Int] {
    switch batch.contents {
    case .responses(let sequences): sequences.map { $0.oldLogp.count }
    case .groups(let groups): groups.sequences.map { $0.tokenCount }
    case .pairs(let pairs): pairs.map { side == .rejected ? $0.rejected.logp.count : $0.chosen.logp.count }
    default: []
    }
  }

  /// Whether a token counts.
  func counts(_ i: Int, _ t: Int, _ side: Exercise.Side) -> Bool {
    guard t < lengths(side)[i] else { return false }
    guard case .groups(let groups) = batch.contents else { return true }
    return groups.sequences[i].lossMask?[t] ?? true
  }

  /// The places of a term that are compared, in order.
  func places(_ term: Exercise.Term) -> [[Int]] {
    switch term.shape {
    case .number: [[]]
    case .group: (0..<groupCount).map { [$0] }
    case .response, .pair: (0..<count).map { [$0] }
    case .token:
      lengths(term.side).enumerated().flatMap { i, length in
        (0..<length).filter { counts(i, $0, term.side) }.map { [i, $0] }
      }
    }
  }

  /// What a recording has in these places; nil where it has not all of them.
  func values(_ term: Exercise.Term, in trace: Trace) -> [Double]? {
    var values: [Double] = []
    for place in places(term) {
      let key = TermKey(term.quantity, place.count > 0 ? place[0] : -1, place.count > 1 ? place[1] : -1)
      guard let found = trace.term(key, before: trace.terms.count) else { return nil }
      values.append(trace.value(found))
    }
    return values
  }
}
