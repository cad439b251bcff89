import Autodiff
import Objectives
public import Recording
import Reporting
import Simulation

/// Several recordings of one source side by side, term by term; each differs from the others in some options.
///
///     gradus compare grpo --set loss_type=grpo --set loss_type=dr_grpo --set loss_type=dapo
public struct VariantComparison {
  public struct Variant {
    /// What distinguishes it: `dr_grpo`.
    public let label: String
    public let trace: Trace

    public init(_ label: String, _ trace: Trace) {
      self.label = label
      self.trace = trace
    }
  }

  /// A term with its value in every variant.
  struct Row {
    let key: TermKey
    let name: String
    /// Where it stands in the first variant that has it.
    let beat: Int
    let loops: String
    /// Nil where a variant has no such term.
    let values: [Double?]

    var isMoved: Bool { values.contains { !Self.isSame($0, values[0]) } }

    /// How far apart the values are, compared with their size.
    var spread: Double {
      let known = values.compactMap { $0 }.filter { !$0.isNaN }
      guard known.count == values.count, let low = known.min(), let high = known.max() else { return .infinity }
      let size = max(low.magnitude, high.magnitude)
      return size == 0 ? 0 : (high - low) / size
    }

    private static func isSame(_ x: Double?, _ y: Double?) -> Bool {
      guard let x, let y else { return x == nil && y == nil }
      return x == y || (x.isNaN && y.isNaN)
    }
  }

  /// The options that differ, joined: `loss_type`.
  public let options: String
  public let variants: [Variant]
  /// All terms that are not the same everywhere.
  let moved: [Row]

  /// - Parameters:
  ///   - options: The options that differ, joined.
  ///   - variants: At least two.
  public init(of options: String, _ variants: [Variant]) {
    self.options = options
    self.variants = variants
    var places: [TermPlace] = []
    var seen: Set<TermPlace> = []
    for variant in variants.dropFirst() {
      let comparison = Comparison(variants[0].trace, variant.trace)
      for change in comparison.changes {
        let place = comparison.place(of: change)
        if seen.insert(place).inserted { places.append(place) }
      }
    }
    moved = places.compactMap { Self.row($0, variants) }
  }

  private static func row(_ place: TermPlace, _ variants: [Variant]) -> Row? {
    let terms = variants.map { variant -> Int? in
      let all = variant.trace.occurrences(of: place.key)
      return place.occurrence < all.count ? all[place.occurrence] : nil
    }
    guard let owner = terms.firstIndex(where: { $0 != nil }), let term = terms[owner] else { return nil }
    let trace = variants[owner].trace
    let beat = trace.terms[term].beat
    return Row(
      key: place.key, name: trace.text(term), beat: beat, loops: trace.stage(ofBeat: beat).loops.text,
      values: zip(terms, variants).map { term, variant in term.map { variant.trace.value($0) } })
  }
}

/// A term by its key and how often that was recorded before.
struct TermPlace: Hashable {
  let key: TermKey
  let occurrence: Int
}

extension Comparison {
  /// Where a change is, the same in both recordings.
  func place(of change: Change) -> TermPlace {
    let (trace, term) = change.after.map { (after, $0) } ?? (before, change.before ?? 0)
    let key = trace.terms[term].key
    return TermPlace(key: key, occurrence: trace.occurrences(of: key).firstIndex(of: term) ?? 0)
  }
}

// MARK: - What is shown

extension VariantComparison {
  /// Rows under a heading.
  struct Section {
    let heading: String
    let rows: [Row]
  }

  /// The losses of the first update, what is logged at the end, and the terms that differ most.
  func sections(limit: Int) -> [Section] {
    let first = firstUpdate
    let losses = rows(upTo: first.end).filter { $0.loops == first.loops }
    let summary = rows(upTo: nil).filter { row in !losses.contains { $0.name == row.name && $0.beat == row.beat } }
    let shown = losses + summary
    let most = largestMoves(upTo: first.end).filter { row in !shown.contains { $0.name == row.name } }
    let at = first.loops.isEmpty ? "" : " (\(first.loops))"
    let rest = most.count > limit ? ": \(limit) of \(most.count) names" : ""
    return [
      Section(heading: "The first update\(at)\(hasSameSamples ? ", on the same samples" : "")", rows: losses),
      Section(heading: "Its gradients that differ most", rows: Array(gradients.prefix(min(limit, 6)))),
      Section(heading: "As of the end", rows: summary),
      Section(heading: "What differs most up to the first update\(rest)", rows: Array(most.prefix(limit))),
    ].filter { !$0.rows.isEmpty }
  }

  /// The derivatives of the first update's loss by the log-probabilities of tokens, where they differ; furthest first.
  var gradients: [Row] {
    let leaves: [Quantity] = [.logp, .chosenLogp, .rejectedLogp]
    let (trace, end) = (variants[0].trace, firstUpdate.end)
    let losses = variants.map { variant in
      variant.trace.differentiations.first { variant.trace.quantity(of: $0.term) == .loss }
    }
    guard let start = losses[0].map({ trace.firstTerm(ofUpdateWith: $0.term) }) else { return [] }
    var rows: [Row] = []
    for term in start..<trace.beats[end].terms.upperBound where leaves.contains(trace.quantity(of: term)) {
      let (key, beat) = (trace.terms[term].key, trace.terms[term].beat)
      let values = zip(variants, losses).map { variant, loss -> Double? in
        guard let loss, let leaf = variant.trace.occurrences(of: key).first(where: { $0 < loss.term }) else {
          return nil
        }
        return loss.gradient[variant.trace.scalar(leaf)]
      }
      let row = Row(
        key: key, name: "grad(\(trace.text(term)))", beat: beat, loops: firstUpdate.loops, values: values)
      if row.isMoved { rows.append(row) }
    }
    return rows.sorted { $0.range > $1.range }
  }

  /// Whether all variants learn from the same responses, at least at first.
  var hasSameSamples: Bool {
    let samples: [Quantity] = [.token, .oldLogp]
    return !moved.contains { row in
      row.beat <= firstUpdate.end && samples.contains { $0.rawValue == row.key.name }
    }
  }

  /// The last beat of the first update, which knows the gradient as well.
  private var firstUpdate: (end: Int, loops: String) {
    let trace = variants[0].trace
    guard let loss = trace.differentiations.first(where: { trace.quantity(of: $0.term) == .loss })?.term else {
      return (trace.beats.count - 1, "")
    }
    let start = trace.beats[trace.terms[loss].beat].stage
    let loops = trace.stages[start].loops
    var stage = start
    while stage + 1 < trace.stages.count, trace.stages[stage + 1].loops == loops { stage += 1 }
    return (trace.stages[stage].beats.upperBound - 1, loops.text)
  }

  /// Numbers without an index, and metrics, as of the first update or of the end.
  private func rows(upTo end: Int?) -> [Row] {
    var keys: [TermKey] = []
    var seen: Set<TermKey> = []
    for variant in variants {
      for term in variant.trace.terms where end.map({ term.beat <= $0 }) ?? true {
        let entry = variant.trace.glossary.entries[term.key.name]
        guard entry.labels.isEmpty || entry.name == "metric" else { continue }
        if seen.insert(term.key).inserted { keys.append(term.key) }
      }
    }
    return keys.compactMap { key in
      let terms = variants.map { $0.trace.term(key, at: end ?? $0.trace.beats.count - 1) }
      guard let owner = terms.firstIndex(where: { $0 != nil }), let term = terms[owner] else { return nil }
      let trace = variants[owner].trace
      let beat = trace.terms[term].beat
      return Row(
        key: key, name: trace.text(term), beat: beat, loops: trace.stage(ofBeat: beat).loops.text,
        values: zip(terms, variants).map { term, variant in term.map { variant.trace.value($0) } })
    }
  }

  /// For each name the term that moved furthest, those that differ most first.
  private func largestMoves(upTo end: Int) -> [Row] {
    var largest: [Row] = []
    var places: [Int: Int] = [:]
    for row in moved where row.beat <= end {
      guard let place = places[row.key.name] else {
        places[row.key.name] = largest.count
        largest.append(row)
        continue
      }
      if row.range > largest[place].range { largest[place] = row }
    }
    // Insertion keeps equally different names in the order of the recording.
    var sorted: [Row] = []
    for row in largest {
      sorted.insert(row, at: sorted.firstIndex { $0.spread < row.spread } ?? sorted.count)
    }
    return sorted
  }
}

extension Trace {
  /// The first term of the minibatch that a loss belongs to.
  fileprivate func firstTerm(ofUpdateWith loss: Int) -> Int {
    var stage = beats[terms[loss].beat].stage
    let loops = stages[stage].loops
    while stage > 0, stages[stage - 1].loops == loops { stage -= 1 }
    return beats[stages[stage].beats.lowerBound].terms.lowerBound
  }
}

extension VariantComparison.Row {
  /// The distance between the largest and the smallest value.
  fileprivate var range: Double {
    let known = values.compactMap { $0 }.filter { !$0.isNaN }
    guard let low = known.min(), let high = known.max() else { return 0 }
    return high - low
  }
}
