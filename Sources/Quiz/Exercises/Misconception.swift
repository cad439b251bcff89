import Autodiff
import Objectives
import Recording
import Simulation

/// Something that people get wrong, as a change of the right computation: what it gives is recorded and compared.
struct Misconception: Sendable {
  /// For scripts: `std-n`.
  let id: String
  /// A sentence without its stop: what is done in place of what.
  let text: String
  /// What is computed in place of terms.
  var rules: [Rule] = []
  /// What is changed before anything is computed.
  var prepare: (@Sendable (inout ExerciseCase) -> Void)?

  struct Rule: Sendable {
    let quantity: Quantity
    let compute: @Sendable (Rewriting) -> Scalar?
  }

  /// Another computation of some terms.
  static func term(
    _ id: String, _ quantities: Quantity..., text: String, compute: @escaping @Sendable (Rewriting) -> Scalar?
  ) -> Misconception {
    Misconception(id: id, text: text, rules: quantities.map { Rule(quantity: $0, compute: compute) })
  }

  /// Other options, by what they are.
  static func settings(
    _ id: String, text: String, change: @escaping @Sendable (Settings) -> (Option, OptionValue)?
  ) -> Misconception {
    input(id, text: text) { changed in
      guard let (option, value) = change(changed.batch.settings) else { return }
      // A value that does not fit leaves the batch as it is, which explains nothing.
      do throws(OptionError) { try changed.batch.settings.set(option, to: value) } catch {}
    }
  }

  /// Other numbers to begin with.
  static func input(
    _ id: String, text: String, change: @escaping @Sendable (inout ExerciseCase) -> Void
  ) -> Misconception {
    Misconception(id: id, text: text, prepare: change)
  }

  /// The mask is not used at all.
  static let maskIgnored = input(
    "mask-ignored", text: "the mask is not used: padding and masked tokens are computed with like any others"
  ) { $0.countEverything() }
}

/// A term that is about to be named, and what was named before.
struct Rewriting {
  let key: TermKey
  /// What is right.
  let x: Scalar
  let trace: Trace
  let of: ExerciseCase

  init(key: TermKey, x: Scalar, trace: Trace, of exerciseCase: ExerciseCase) {
    self.key = key
    self.x = x
    self.trace = trace
    of = exerciseCase
  }

  /// Whether the term has this name.
  func isOf(_ quantity: Quantity) -> Bool { key.name == quantity.rawValue }

  var i: Int { key.i }
  var t: Int { key.j }
  var settings: Settings { of.batch.settings }
  var tape: Tape { trace.tape }
  /// How many columns padded arrays have.
  var width: Double { Double(of.width) }

  func constant(_ x: Double) -> Scalar { tape.constant(x) }

  /// The latest of a name; NaN where there is none.
  func term(_ quantity: Quantity, _ i: Int = -1, _ t: Int = -1) -> Scalar {
    trace.term(TermKey(quantity, i, t), before: trace.terms.count).map { trace.scalar($0) } ?? constant(.nan)
  }

  /// Another term of the same place.
  func own(_ quantity: Quantity) -> Scalar { term(quantity, i, t) }

  /// What counts of a term of tokens, response by response.
  func rows(_ quantity: Quantity, _ side: Exercise.Side = .response) -> [[Scalar]] {
    of.lengths(side).enumerated().map { i, length in
      (0..<length).filter { of.counts(i, $0, side) }.map { term(quantity, i, $0) }
    }
  }

  /// The log-ratios of the whole row of a padded array.
  var paddedLogRatios: [Scalar] {
    let length = of.lengths(.response)[i]
    return (0..<of.width).map { t in
      t < length
        ? term(.logp, i, t) - term(.oldLogp, i, t) : constant(of.filler(.logp, i, t) - of.filler(.oldLogp, i, t))
    }
  }

  /// A term of each response or pair.
  func column(_ quantity: Quantity) -> [Scalar] { (0..<of.count).map { term(quantity, $0) } }

  /// The numbers of the responses of each group.
  var members: [[Int]] {
    guard case .groups(let batch) = of.batch.contents else { return [] }
    return batch.groups.indices.map { g in batch.sequences.indices.filter { batch.sequences[$0].group == g } }
  }

  /// The group of the response whose term it is.
  var group: Int {
    guard case .groups(let batch) = of.batch.contents, batch.sequences.indices.contains(i) else { return 0 }
    return batch.sequences[i].group
  }
}

// MARK: - Without a mask

extension ExerciseCase {
  /// Makes tokens of the padding and lets everything count.
  fileprivate mutating func countEverything() {
    switch batch.contents {
    case .responses(var sequences):
      for i in sequences.indices {
        lengthen(&sequences[i].oldLogp, .oldLogp, i)
        lengthen(&sequences[i].refLogp, .refLogp, i)
        lengthen(&sequences[i].logp, .logp, i)
        lengthen(&sequences[i].value, .value, i)
        lengthen(&sequences[i].oldValue, .oldValue, i)
      }
      batch.contents = .responses(sequences)
    case .groups(var groups):
      for i in groups.sequences.indices {
        lengthen(&groups.sequences[i].oldLogp, .oldLogp, i)
        lengthen(&groups.sequences[i].logp, .logp, i)
        if var reference = groups.sequences[i].refLogp {
          lengthen(&reference, .refLogp, i)
          groups.sequences[i].refLogp = reference
        }
        groups.sequences[i].lossMask = nil
      }
      batch.contents = .groups(groups)
    case .pairs(var pairs):
      for i in pairs.indices {
        lengthen(&pairs[i].chosen.logp, .chosenLogp, i)
        lengthen(&pairs[i].rejected.logp, .rejectedLogp, i)
        if var reference = pairs[i].chosen.refLogp {
          lengthen(&reference, .chosenRefLogp, i)
          pairs[i].chosen.refLogp = reference
        }
        if var reference = pairs[i].rejected.refLogp {
          lengthen(&reference, .rejectedRefLogp, i)
          pairs[i].rejected.refLogp = reference
        }
      }
      batch.contents = .pairs(pairs)
    default: break  // no exercise has these
    }
  }

  private func lengthen(_ row: inout [Double], _ quantity: Quantity, _ i: Int) {
    while row.count < width { row.append(filler(quantity, i, row.count)) }
  }
}
