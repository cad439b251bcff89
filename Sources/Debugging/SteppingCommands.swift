import Documents
import Recording
import Reporting

extension Session {
  /// Moves by beats, as far as there are any.
  mutating func step(by count: Int) throws(ExpressionError) -> Reply {
    let last = trace.beats.count - 1
    if count > 0, beat == last { throw ExpressionError("this is the last beat; `back` goes back") }
    if count < 0, beat == 0 { throw ExpressionError("this is the first beat; `step` goes forward") }
    return arrive(at: min(max(0, beat + count), last))
  }

  /// Moves to the first beat of a later or an earlier stage.
  mutating func moveStage(by count: Int) throws(ExpressionError) -> Reply {
    let stage = trace.beats[beat].stage
    let last = trace.stages.count - 1
    if count > 0, stage == last { throw ExpressionError("this is the last stage; `previous` goes back") }
    if count < 0, stage == 0, beat == 0 { throw ExpressionError("this is the first stage; `next` goes forward") }
    let target = min(max(0, stage + count), last)
    return arrive(at: trace.stages[target].beats.lowerBound)
  }

  mutating func goTo(_ text: String) throws(ExpressionError) -> Reply {
    guard !text.isEmpty else { throw ExpressionError("say where: goto 120, goto 1/0/0, goto clip, goto end") }
    return arrive(at: try Position.parse(text, in: trace, from: beat))
  }

  /// Goes on until a breakpoint's condition holds in a beat, or to the end of the recording.
  mutating func run(forward: Bool) throws(ExpressionError) -> Reply {
    if breakpoints.isEmpty { throw ExpressionError("there is no breakpoint; set one first: break clipped") }
    var position = beat
    while true {
      position += forward ? 1 : -1
      guard trace.beats.indices.contains(position) else {
        var reply = StyledText("no breakpoint is met any more; here is the \(forward ? "end" : "start")\n", .dim)
        reply.add(arrive(at: forward ? trace.beats.count - 1 : 0).text)
        return Reply(reply)
      }
      if let met = breakpoints.first(where: { $0.condition.holds(in: trace, during: position) }) {
        var reply = StyledText("breakpoint \(met.number): \(met.text)\n", .heading)
        reply.add(arrive(at: position).text)
        return Reply(reply)
      }
    }
  }

  mutating func setBreakpoint(_ text: String) throws(ExpressionError) -> Reply {
    if text.isEmpty { return Reply(listOfStops()) }
    let condition = try Expression(parsing: text, glossary: trace.glossary)
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
    let expression = try Expression(parsing: text, glossary: trace.glossary)
    let number = nextStopNumber
    let watch = Watch(number: number, text: text, expression: expression, last: values(of: expression, text))
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
      return Reply(StyledText("removed \(count) breakpoint\(count == 1 ? "" : "s") and watches\n"))
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

  /// Moves to a beat and shows it, with what has changed among the watches.
  mutating func arrive(at target: Int) -> Reply {
    beat = target
    var text = view()
    for index in watches.indices {
      let now = values(of: watches[index].expression, watches[index].text)
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

  /// The named values of an expression now; none where it cannot be answered yet.
  func values(of expression: Expression, _ text: String) -> [(name: String, value: Double)] {
    guard let value = try? expression.evaluate(in: trace, at: beat) else { return [] }
    return switch value {
    case .number(let number): [(name: text, value: number)]
    case .list(let elements): elements.map { (name: $0.name, value: $0.value) }
    }
  }
}
