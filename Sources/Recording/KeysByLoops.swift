// Which terms there are at one place in the loops.

extension Trace {
  /// The keys of a name's terms that were recorded at one place in the loops, each once.
  func keys(ofName name: Int, in loops: LoopPosition) -> [TermKey] {
    keysByLoops.keys(name, stages.firstIndex { $0.loops == loops } ?? 0, in: self)
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

  /// Those members of a kind that the latest step was about, where it was about a part of all.
  func present(_ members: Set<Int>?, like axis: Int, before term: Int) -> Set<Int> {
    let loops = stage(ofBeat: terms[term].beat).loops
    var present: Set<Int> = []
    for run in stages where run.loops == loops {
      for beat in run.beats {
        for term in beats[beat].terms {
          let key = terms[term].key
          if glossary.entries[key.name].axes.first == axis, members?.contains(key.i) ?? true { present.insert(key.i) }
        }
      }
    }
    return present
  }
}

/// The keys of each name by the first stage of the same loops; gathered once for a recording, when it is asked for.
struct KeysByLoops {
  private var keys: [Int: [Int: [TermKey]]] = [:]
  private var count = 0

  mutating func keys(_ name: Int, _ stage: Int, in trace: Trace) -> [TermKey] {
    if count != trace.terms.count { gather(trace) }
    return keys[name]?[stage] ?? []
  }

  private mutating func gather(_ trace: Trace) {
    keys = [:]
    count = trace.terms.count
    var first: [(loops: Trace.LoopPosition, stage: Int)] = []
    var seen: [Int: Set<TermKey>] = [:]
    for (number, run) in trace.stages.enumerated() {
      let stage: Int
      if let known = first.last(where: { $0.loops == run.loops }) {
        stage = known.stage
      } else {
        stage = number
        first.append((run.loops, number))
      }
      for beat in run.beats {
        for term in trace.beats[beat].terms {
          let key = trace.terms[term].key
          guard seen[stage, default: []].insert(key).inserted else { continue }
          keys[key.name, default: [:]][stage, default: []].append(key)
        }
      }
    }
  }
}
