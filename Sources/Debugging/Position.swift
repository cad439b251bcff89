import Documents
public import Recording
public import Reporting

/// The reading of positions, in every form in which they are shown: `419`, `beat 419`, `clip`, `0/1/0`, `clip 0/1/0`,
/// `0/1/0 clip`, `gae 0`, `before sync`, `clip:419`, `iteration 1`, `start`, `end`.
///
/// A number by itself is a beat; beside a stage's name it is an iteration.
public enum Position: Equatable, Sendable {
  /// Before the first stage, where the world is introduced.
  case opening
  /// The overview of a stage, by its number, in which all of the stage is known.
  case overview(Int)
  case beat(Int)

  /// Which beat of a minibatch or stage is meant: the first, to step on from, or the last, when all of it is recorded.
  public enum Edge: Sendable { case first, last }

  /// The position that a text names, seen from a beat: of a stage or a part of the loops, the overview that opens it.
  ///
  /// A stage's name is the next stage of that name or, after the last, the first.
  public init(parsing text: String, in trace: Trace, from beat: Int) throws(ExpressionError) {
    switch try Self.find(text, in: trace, from: beat) {
    case .opening: self = .opening
    case .end: self = .beat(trace.beats.count - 1)
    case .beat(let beat): self = .beat(beat)
    case .stages(let stages): self = .overview(stages.lowerBound)
    }
  }

  /// The beat that a text names, for what knows no overviews.
  public static func parse(
    _ text: String, in trace: Trace, from beat: Int, edge: Edge = .first
  ) throws(ExpressionError) -> Int {
    switch try find(text, in: trace, from: beat) {
    case .opening: return 0
    case .end: return trace.beats.count - 1
    case .beat(let beat): return beat
    case .stages(let stages):
      return edge == .first
        ? trace.stages[stages.lowerBound].beats.lowerBound : trace.stages[stages.upperBound].beats.upperBound - 1
    }
  }

  /// The beat as of which numbers are known: an overview sees all of its stage.
  func asOf(in trace: Trace) -> Int {
    switch self {
    case .opening: 0
    case .overview(let stage): trace.stages[stage].beats.upperBound - 1
    case .beat(let beat): beat
    }
  }

  /// The beat that a page shows: of an overview, the one that follows it.
  func opens(in trace: Trace) -> Int {
    switch self {
    case .opening: 0
    case .overview(let stage): trace.stages[stage].beats.lowerBound
    case .beat(let beat): beat
    }
  }

  // MARK: Reading

  private enum Found {
    case opening, end
    case beat(Int)
    /// The first and the last stage that are meant.
    case stages(ClosedRange<Int>)
  }

  private static func find(_ text: String, in trace: Trace, from beat: Int) throws(ExpressionError) -> Found {
    let words = text.split { $0 == " " || $0 == "," || $0 == ":" }.map { String($0) }
    switch words.count {
    case 1: return try find(word: words[0], in: trace, from: beat)
    case 2...:
      // `beat 339, clip 0/0/1` and `clip:339` name the beat; the rest says what is there.
      if words[0] == "beat" || trace.stages.contains(where: { $0.name == words[0] }) && text.contains(":" as Character)
      {
        return .beat(try self.beat(words[1], in: trace))
      }
      if words.count == 2 { return try stages(words[0], words[1], in: trace) }
    default: break
    }
    throw ExpressionError(
      "a position is a beat, iteration/epoch/minibatch or a stage: goto 120, goto 1/0/0, goto clip, goto clip 1/0/0")
  }

  private static func find(word: String, in trace: Trace, from beat: Int) throws(ExpressionError) -> Found {
    if word == "start" || word == "world" { return .opening }
    if word == "end" { return .end }
    if word == "before", trace.stages[0].loops.iteration == nil {
      return .stages(try span(in: trace) { $0.iteration == nil })
    }
    if Int(word) != nil { return .beat(try self.beat(word, in: trace)) }
    if word.contains("/" as Character) {
      let loops = try loops(word, in: trace)
      return .stages(try span(in: trace) { loops.contains($0) })
    }
    let named = trace.stages.indices.filter { trace.stages[$0].name == word }
    guard let first = named.first else { throw unknown(word, in: trace) }
    let next = named.first { trace.stages[$0].beats.lowerBound > beat } ?? first
    return .stages(next...next)
  }

  private static func beat(_ word: String, in trace: Trace) throws(ExpressionError) -> Int {
    guard let number = Int(word), trace.beats.indices.contains(number) else {
      throw ExpressionError("there is no beat \(word): the recording has beats 0 to \(trace.beats.count - 1)")
    }
    return number
  }

  /// `clip 0/1/0` and the same the other way round, `gae 0`, `before sync`, `iteration 1`.
  private static func stages(_ first: String, _ second: String, in trace: Trace) throws(ExpressionError) -> Found {
    if first == "iteration" {
      let loops = try loops(second, in: trace)
      return .stages(try span(in: trace) { loops.contains($0) })
    }
    let isPlaceFirst =
      first == "before" || first.utf8.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
    let (place, name) = isPlaceFirst ? (first, second) : (second, first)
    let loops = place == "before" ? nil : try loops(place, in: trace)
    let isMeant = { (other: Trace.LoopPosition) in loops.map { $0.contains(other) } ?? (other.iteration == nil) }
    guard let stage = trace.stages.firstIndex(where: { $0.name == name && isMeant($0.loops) }) else {
      let isElsewhere = trace.stages.contains { $0.name == name }
      throw isElsewhere
        ? ExpressionError("there is no stage \(name) in \(place); goto \(name) finds the next one")
        : unknown(name, in: trace)
    }
    return .stages(stage...stage)
  }

  private static func span(
    in trace: Trace, where isMeant: (Trace.LoopPosition) -> Bool
  ) throws(ExpressionError) -> ClosedRange<Int> {
    guard let first = trace.stages.firstIndex(where: { isMeant($0.loops) }),
      let last = trace.stages.lastIndex(where: { isMeant($0.loops) })
    else { throw ExpressionError("there is no such part of the recording") }
    return first...last
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

extension Trace.LoopPosition {
  /// Whether another position lies within this one, whose inner loops may be left open.
  func contains(_ other: Trace.LoopPosition) -> Bool {
    (iteration == nil || iteration == other.iteration) && (epoch == nil || epoch == other.epoch)
      && (minibatch == nil || minibatch == other.minibatch)
  }
}
