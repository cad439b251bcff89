// Which terms there are at one place in the loops.

extension Trace {
  /// The keys of a name's terms that were recorded at one place in the loops, each once.
  func keys(ofName name: Int, in loops: LoopPosition) -> [TermKey] {
    keysByLoops.extend(over: self)
    return keysByLoops.keys[KeysByLoops.Place(loops: loops, number: name)] ?? []
  }

  /// The samples that the terms at one place in the loops are about.
  ///
  /// - Parameters:
  ///   - axis: What counts them.
  ///   - loops: That place.
  func samples(of axis: Int, in loops: LoopPosition) -> Set<Int> {
    keysByLoops.extend(over: self)
    return keysByLoops.samples[KeysByLoops.Place(loops: loops, number: axis)] ?? []
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
struct KeysByLoops {
  struct Place: Hashable {
    let loops: Trace.LoopPosition
    /// A name or an axis.
    let number: Int
  }

  /// The keys of a name, each once.
  private(set) var keys: [Place: [TermKey]] = [:]
  /// The first indices of all names that an axis counts.
  private(set) var samples: [Place: Set<Int>] = [:]
  private var count = 0

  mutating func extend(over trace: Trace) {
    while count < trace.terms.count {
      let first = trace.terms[count]
      let end = trace.beats[first.beat].terms.upperBound
      let loops = trace.recordedLoops(of: count)
      for term in count..<end {
        // A place in the loops is passed once: what was recorded there before is the last with this key.
        if let last = trace.preceding(term), trace.recordedLoops(of: last) == loops { continue }
        let key = trace.terms[term].key
        keys[Place(loops: loops, number: key.name), default: []].append(key)
        if let axis = trace.glossary.entries[key.name].axes.first {
          samples[Place(loops: loops, number: axis), default: []].insert(key.i)
        }
      }
      count = end
    }
  }
}
