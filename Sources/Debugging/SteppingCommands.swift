import Documents
import Recording
import Reporting

extension Session {
  /// Moves by beats, as far as there are any; overviews lie between them and are passed over.
  mutating func step(by count: Int) throws(ExpressionError) -> Reply {
    let last = trace.beats.count - 1
    if count > 0, position == .beat(last) { throw ExpressionError("this is the last beat; `back` goes back") }
    if count < 0, position == .opening { throw ExpressionError("this is the start; `step` goes forward") }
    // From an overview, the next beat is the first of its stage, and the one before is that before the stage.
    let start: Int =
      switch position {
      case .opening: -1
      case .overview: shownBeat - (count > 0 ? 1 : 0)
      case .beat(let beat): beat
      }
    let target = start + count
    return arrive(at: target < 0 ? .opening : .beat(min(target, last)))
  }

  /// Moves to the overview of a later or an earlier stage; from within a stage, its own is the one before.
  mutating func moveStage(by count: Int) throws(ExpressionError) -> Reply {
    let last = trace.stages.count - 1
    let start: Int
    switch position {
    case .opening: start = -1
    case .overview(let stage): start = stage
    case .beat(let beat): start = trace.beats[beat].stage + (count < 0 ? 1 : 0)
    }
    if count > 0, start == last { throw ExpressionError("this is the last stage; `previous` goes back") }
    if count < 0, start < 0 { throw ExpressionError("this is the start; `next` goes forward") }
    let target = min(start + count, last)
    return arrive(at: target < 0 ? .opening : .overview(target))
  }

  mutating func goTo(_ text: String) throws(ExpressionError) -> Reply {
    guard !text.isEmpty else { throw ExpressionError("say where: goto 120, goto clip 1/0/0, goto clip, goto end") }
    return arrive(at: try Position(parsing: text, in: trace, from: shownBeat))
  }

  /// Goes on until a breakpoint's condition holds in a beat or a watch changes; where there are neither, to the next stage
  /// with something special.
  mutating func run(forward: Bool) throws(ExpressionError) -> Reply {
    if breakpoints.isEmpty, watches.isEmpty { return try runToTurn(forward: forward) }
    var beat: Int =
      switch position {
      case .opening: -1
      case .overview: shownBeat - (forward ? 1 : 0)
      case .beat(let beat): beat
      }
    while true {
      beat += forward ? 1 : -1
      guard trace.beats.indices.contains(beat) else {
        return ending(breakpoints.isEmpty ? "no watch changes any more" : "no breakpoint is met any more", forward)
      }
      if let met = breakpoints.first(where: { $0.condition.holds(in: trace, during: beat) }) {
        return arriving(.beat(beat), after: "breakpoint \(met.number): \(met.text)")
      }
      if let changed = watches.first(where: { isOther(values(of: $0.expression, $0.text, at: beat), $0.last) }) {
        return arriving(.beat(beat), after: "watch \(changed.number): \(changed.text)")
      }
    }
  }

  /// To the next overview that has something special to say.
  private mutating func runToTurn(forward: Bool) throws(ExpressionError) -> Reply {
    if position == (forward ? .beat(trace.beats.count - 1) : .opening) {
      throw ExpressionError(
        "this is the \(forward ? "end" : "start"); set a breakpoint, such as break ratio > 1.1, or go on elsewhere")
    }
    let here = position == .opening ? -1 : trace.beats[shownBeat].stage
    let stages = forward ? Array(trace.stages.indices.dropFirst(here + 1)) : Array((0..<max(0, here)).reversed())
    for stage in stages where StageOverview.turn(in: stage, of: trace) != nil {
      return arrive(at: .overview(stage))
    }
    return ending("nothing special comes any more", forward)
  }

  private mutating func ending(_ text: String, _ forward: Bool) -> Reply {
    var reply = StyledText("\(text); here is the \(forward ? "end" : "start")\n", .dim)
    reply.add(arrive(at: forward ? .beat(trace.beats.count - 1) : .opening).text)
    return Reply(reply)
  }

  private mutating func arriving(_ position: Position, after text: String) -> Reply {
    var reply = StyledText(text + "\n", .heading)
    reply.add(arrive(at: position).text)
    return Reply(reply)
  }

  private func isOther(_ now: [(name: String, value: Double)], _ last: [(name: String, value: Double)]) -> Bool {
    now.contains { new in
      !last.contains { $0.name == new.name && ($0.value == new.value || $0.value.isNaN && new.value.isNaN) }
    }
  }

  mutating func setBreakpoint(_ text: String) throws(ExpressionError) -> Reply {
    if text.isEmpty { return Reply(listOfStops()) }
    let condition = try expression(text)
    let number = nextStopNumber
    breakpoints.append(Breakpoint(number: number, text: text, condition: condition))
    let matches = trace.beats.indices.filter { condition.holds(in: trace, during: $0) }
    guard let first = matches.first else {
      return Reply(StyledText("breakpoint \(number): \(text), which holds nowhere in this recording\n"))
    }
    let count = matches.count == 1 ? "one beat" : "\(matches.count) beats, first at \(first)"
    return Reply(StyledText("breakpoint \(number): \(text), which holds in \(count)\n"))
  }

  mutating func watch(_ text: String) throws(ExpressionError) -> Reply {
    if text.isEmpty { return Reply(listOfStops()) }
    let expression = try self.expression(text)
    let number = nextStopNumber
    let watch = Watch(number: number, text: text, expression: expression, last: values(of: expression, text, at: beat))
    watches.append(watch)
    let now = watch.last.isEmpty ? "not recorded yet" : ""
    var reply = StyledText("watch \(number): \(text)\(now.isEmpty ? "" : ", " + now)\n")
    for (name, value) in watch.last.prefix(4) { reply.line("  \(name) = \(NumberText.short(value))") }
    return Reply(reply)
  }

  mutating func delete(_ text: String) throws(ExpressionError) -> Reply {
    if text.isEmpty {
      let count = breakpoints.count + watches.count
      breakpoints = []
      watches = []
      return Reply(StyledText("removed \(count) stop\(count == 1 ? "" : "s")\n"))
    }
    guard let number = Int(text) else { throw ExpressionError("«\(text)» is not a breakpoint's number") }
    let before = breakpoints.count + watches.count
    breakpoints.removeAll { $0.number == number }
    watches.removeAll { $0.number == number }
    if breakpoints.count + watches.count == before {
      throw ExpressionError("there is no breakpoint or watch \(number)")
    }
    return Reply(StyledText("removed \(number)\n"))
  }

  private var nextStopNumber: Int {
    (breakpoints.map { $0.number } + watches.map { $0.number }).reduce(0) { max($0, $1) } + 1
  }

  private func listOfStops() -> StyledText {
    var text = StyledText()
    for breakpoint in breakpoints { text.line("breakpoint \(breakpoint.number): \(breakpoint.text)") }
    for watch in watches { text.line("watch \(watch.number): \(watch.text)") }
    if text.isEmpty { text.line("there are none: break ratio > 1.2, watch mean(ratio)") }
    return text
  }

  /// Moves to a position and shows it, with what has changed among the watches.
  mutating func arrive(at target: Position) -> Reply {
    // An overview has said what its stage is for.
    let isIntroduced: Bool = if case .overview = position { true } else { false }
    position = target
    var text = view(isIntroduced: isIntroduced)
    for index in watches.indices {
      let now = values(of: watches[index].expression, watches[index].text, at: beat)
      for (name, value) in now {
        let old = watches[index].last.first { $0.name == name }?.value
        guard old != value else { continue }
        let before = old.map { NumberText.short($0) } ?? "(none)"
        text.line("  watch \(watches[index].number)  \(name): \(before) → \(NumberText.short(value))", .changed)
      }
      watches[index].last = now
    }
    return Reply(text)
  }

  /// The named values of an expression as of a beat; none where it cannot be answered yet.
  func values(of expression: Expression, _ text: String, at beat: Int) -> [(name: String, value: Double)] {
    guard let value = try? expression.evaluate(in: trace, at: beat) else { return [] }
    return switch value {
    case .number(let number): [(name: text, value: number)]
    case .list(let elements): elements.map { (name: $0.name, value: $0.value) }
    }
  }
}
