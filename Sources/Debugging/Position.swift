import Documents
public import Recording
public import Reporting

/// The reading of positions: a beat's number, `iteration/epoch/minibatch`, a stage's name, `start` or `end`.
public enum Position {
  /// Which beat of a minibatch or stage is meant: the first, to step on from, or the last, when all of it is recorded.
  public enum Edge: Sendable { case first, last }

  /// The beat that a text names, seen from a beat.
  ///
  /// `1/0/1` is that minibatch, `clip` the next stage of that name (or, after the last, the first), and `1/0/1 clip` that
  /// stage in that minibatch.
  public static func parse(
    _ text: String, in trace: Trace, from beat: Int, edge: Edge = .first
  ) throws(ExpressionError) -> Int {
    let words = text.split(separator: " ").map { String($0) }
    switch words.count {
    case 1: return try parse(word: words[0], in: trace, from: beat, edge)
    case 2:
      let loops = try loops(words[0], in: trace)
      let stage = trace.stages.first { $0.name == words[1] && loops.contains($0.loops) }
      guard let stage else {
        let isElsewhere = trace.stages.contains { $0.name == words[1] }
        throw isElsewhere
          ? ExpressionError("there is no stage \(words[1]) in \(words[0]); goto \(words[1]) finds the next one")
          : unknown(words[1], in: trace)
      }
      return stage.beats.at(edge)
    default:
      throw ExpressionError(
        "a position is a beat, iteration/epoch/minibatch or a stage: goto 120, goto 1/0/0, goto clip")
    }
  }

  private static func parse(
    word: String, in trace: Trace, from beat: Int, _ edge: Edge
  ) throws(ExpressionError) -> Int {
    if word == "start" { return 0 }
    if word == "end" { return trace.beats.count - 1 }
    if let number = Int(word) {
      guard trace.beats.indices.contains(number) else {
        throw ExpressionError("there is no beat \(number): the recording has beats 0 to \(trace.beats.count - 1)")
      }
      return number
    }
    if word.contains("/" as Character) {
      let loops = try loops(word, in: trace)
      let stages = trace.stages.filter { loops.contains($0.loops) }
      return (edge == .first ? stages[0] : stages[stages.count - 1]).beats.at(edge)
    }
    let stages = trace.stages.filter { $0.name == word }
    guard let first = stages.first else { throw unknown(word, in: trace) }
    return (stages.first { $0.beats.lowerBound > beat } ?? first).beats.at(edge)
  }

  /// The part of the loops that a text names, which the recording has.
  private static func loops(_ text: String, in trace: Trace) throws(ExpressionError) -> Trace.LoopPosition {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int(String($0)) }
    guard (1...3).contains(parts.count), parts.allSatisfy({ $0 != nil }) else {
      throw ExpressionError("«\(text)» is not iteration/epoch/minibatch, such as 0/1/0")
    }
    let wanted = Trace.LoopPosition(
      iteration: parts[0], epoch: parts.count > 1 ? parts[1] : nil, minibatch: parts.count > 2 ? parts[2] : nil)
    guard trace.stages.contains(where: { wanted.contains($0.loops) }) else {
      let last = trace.stages.last { $0.loops.minibatch != nil }?.loops.text ?? "0"
      throw ExpressionError("there is no \(text) in the recording; the last minibatch is \(last)")
    }
    return wanted
  }

  private static func unknown(_ word: String, in trace: Trace) -> ExpressionError {
    var names: [String] = []
    for stage in trace.stages where !names.contains(stage.name) { names.append(stage.name) }
    let near = nearestNames(to: word, among: names)
    let hint =
      near.isEmpty ? "the stages are \(names.joined(separator: ", "))" : "did you mean \(near.joined(separator: ", "))?"
    return ExpressionError("there is no stage \(word) in the recording; \(hint)")
  }
}

extension Range<Int> {
  fileprivate func at(_ edge: Position.Edge) -> Int { edge == .first ? lowerBound : upperBound - 1 }
}

extension Trace.LoopPosition {
  /// Whether another position lies within this one, whose inner loops may be left open.
  func contains(_ other: Trace.LoopPosition) -> Bool {
    (iteration == nil || iteration == other.iteration) && (epoch == nil || epoch == other.epoch)
      && (minibatch == nil || minibatch == other.minibatch)
  }
}
