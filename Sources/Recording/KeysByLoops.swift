// Which terms there are at one place in the loops.

extension Trace {
  /// The keys of a name's terms that were recorded at one place in the loops, each once.
  func keys(ofName name: Int, in loops: LoopPosition) -> [TermKey] {
    keysByLoops.extend(over: self)
    return keysByLoops.keys(ofName: name, in: loops)
  }

  /// The samples that the terms at one place in the loops are about.
  ///
  /// - Parameters:
  ///   - axis: What counts them.
  ///   - loops: That place.
  func samples(of axis: Int, in loops: LoopPosition) -> Set<Int> {
    keysByLoops.extend(over: self)
    return keysByLoops.samples(of: axis, in: loops)
  }

  /// The latest place in the loops where a name has a term with these indices, as far as they are known.
  func latestLoops(ofName name: Int, _ numbers: [Int?], before term: Int) -> LoopPosition? {
    for run in stages[...beats[terms[term].beat].stage].reversed() {
      for key in keys(ofName: name, in: run.loops)
      where zip(key.indices, numbers).allSatisfy({ $1 == nil || $0 == $1 }) {
        return run.loops
      }
    }
    return nil
  }

  /// Where in the loops a term was recorded.
  func recordedLoops(of term: Int) -> LoopPosition { stage(ofBeat: terms[term].beat).loops }
}

/// What was recorded at each place in the loops; gathered once for a recording, when it is asked for.
///
/// Each term is found by number and hashed nowhere: a page asks anew whenever a slider moves.
struct KeysByLoops {
  private var places: [Trace.LoopPosition: Int] = [:]
  /// By place and name, each key once.
  private var keys: [[[TermKey]]] = []
  /// By place and axis, the first indices of all names that the axis counts.
  private var samples: [[Set<Int>]] = []
  private var count = 0

  func keys(ofName name: Int, in loops: Trace.LoopPosition) -> [TermKey] {
    places[loops].map { keys[$0].indices.contains(name) ? keys[$0][name] : [] } ?? []
  }

  func samples(of axis: Int, in loops: Trace.LoopPosition) -> Set<Int> {
    places[loops].map { samples[$0].indices.contains(axis) ? samples[$0][axis] : [] } ?? []
  }

  mutating func extend(over trace: Trace) {
    var (loops, place) = (nil as Trace.LoopPosition?, 0)
    while count < trace.terms.count {
      let own = trace.recordedLoops(of: count)
      if own != loops { (loops, place) = (own, number(of: own, in: trace.glossary)) }
      let end = trace.beats[trace.terms[count].beat].terms.upperBound
      for term in count..<end {
        // A place in the loops is passed once: what was recorded there before is the last with this key.
        if let last = trace.preceding(term), trace.recordedLoops(of: last) == own { continue }
        let key = trace.terms[term].key
        keys[place][key.name].append(key)
        if let axis = trace.glossary.entries[key.name].axes.first { samples[place][axis].insert(key.i) }
      }
      count = end
    }
  }

  private mutating func number(of loops: Trace.LoopPosition, in glossary: Glossary) -> Int {
    if let known = places[loops] { return known }
    places[loops] = keys.count
    keys.append([[TermKey]](repeating: [], count: glossary.entries.count))
    samples.append([Set<Int>](repeating: [], count: glossary.axes.count))
    return keys.count - 1
  }
}
