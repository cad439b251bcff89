import Documents
import Objectives
import Recording
import Reporting
import Simulation

extension Session {
  /// Sets an option, or puts a number in place of a term, and runs again.
  mutating func set(_ text: String) throws(ExpressionError) -> Reply {
    guard let split = text.lastIndex(where: { $0 == " " || $0 == "=" }) else {
      throw ExpressionError("say what and to what: set cliprange 0.1, set score[1] 3")
    }
    let value = String(text[text.index(after: split)...]).trimmed
    var name = String(text[..<split]).trimmed
    if name.utf8.last == UInt8(ascii: "=") { name = String(name.dropLast()).trimmed }
    guard !name.isEmpty, !value.isEmpty else {
      throw ExpressionError("say what and to what: set cliprange 0.1, set score[1] 3")
    }
    return isOption(name) ? try setOption(name, to: value) : try setTerm(name, to: value)
  }

  func isOption(_ name: String) -> Bool { name == "seed" || Option.named(name, for: source.algorithm) != nil }

  private mutating func setOption(_ name: String, to value: String) throws(ExpressionError) -> Reply {
    var changed = source
    let old = source.text(ofOption: name)
    do throws(OptionError) {
      try changed.set(name, to: value)
    } catch {
      throw ExpressionError(error.message)
    }
    source = changed
    return runAgain("\(name): \(old) → \(changed.text(ofOption: name))")
  }

  private mutating func setTerm(_ name: String, to text: String) throws(ExpressionError) -> Reply {
    let override = try override(of: name, by: text)
    let key = override.key
    overrides.removeAll { $0.key == key && $0.occurrence == override.occurrence }
    overrides.append(override)
    let old = trace.occurrences(of: key)[override.occurrence]
    let explanation = Explanation(trace: trace, beat: beat)
    let (before, place) = (trace.shownValue(old), explanation.place(old))
    let after = trace.glossary.valueText(of: key.name, override.value) ?? NumberText.short(override.value)
    return runAgain("\(trace.glossary.text(key)): \(before) → \(after) at \(place)")
  }

  /// What puts a number in place of the term that is known here, or else of the first of that name.
  func override(of name: String, by text: String) throws(ExpressionError) -> Override {
    let key = try settableKey(name)
    let all = trace.occurrences(of: key)
    let occurrence = max(0, all.count { trace.terms[$0].beat <= beat } - 1)
    guard occurrence < all.count else { throw ExpressionError("\(name) is not recorded in this run") }
    return Override(key: key, occurrence: occurrence, value: try value(text, for: key))
  }

  private func settableKey(_ name: String) throws(ExpressionError) -> TermKey {
    do throws(TermTextError) {
      return try trace.glossary.key(parsing: name)
    } catch {
      let near = nearestNames(to: name, among: Option.all(for: source.algorithm).map { $0.name }, limit: 2)
      let options = near.isEmpty ? "" : "; an option with a similar name: \(near.joined(separator: ", "))"
      throw ExpressionError(error.message + options)
    }
  }

  private func value(_ text: String, for key: TermKey) throws(ExpressionError) -> Double {
    if let words = trace.glossary.valueLabels[key.name] {
      if let index = words.firstIndex(of: text) { return Double(index) }
      let kind = Quantity(rawValue: key.name)?.namesUsers ?? false ? "kind of users" : "token"
      if !words.isEmpty { throw ExpressionError("«\(text)» is not a \(kind): one of \(words.joined(separator: " "))") }
    }
    guard let value = NumberText.parse(text), value.isFinite else {
      throw ExpressionError("«\(text)» is not a finite number")
    }
    return value
  }

  /// Records again with what is set now, keeps the place, and says what moved.
  private mutating func runAgain(_ title: String) -> Reply {
    let before = trace
    replace(trace: source.record(overrides: overrides))
    var text = StyledText()
    text.line(title, .changed)
    text.add(Comparison(before, trace).text(limit: 8))
    return Reply(text)
  }

  /// Takes back every what-if.
  mutating func reset() -> Reply {
    source = originalSource
    overrides = []
    replace(trace: original)
    return Reply(StyledText("everything is as it was at the start\n"))
  }
}

/// A position by what is there, so that it is found again in another recording.
struct Place {
  private let position: Position
  private let stage: String
  private let loops: Trace.LoopPosition
  /// Which of the beats of that stage.
  private let offset: Int
  private let beat: Int

  init(_ position: Position, in trace: Trace) {
    self.position = position
    beat = position.opens(in: trace)
    let stage = trace.stage(ofBeat: beat)
    self.stage = stage.name
    loops = stage.loops
    offset = beat - stage.beats.lowerBound
  }

  func find(in trace: Trace) -> Position {
    if position == .opening { return .opening }
    let found = trace.stages.firstIndex { $0.name == stage && $0.loops == loops }
    switch (position, found) {
    case (.overview, let stage?): return .overview(stage)
    case (.beat, let stage?):
      let beats = trace.stages[stage].beats
      return .beat(min(beats.lowerBound + offset, beats.upperBound - 1))
    default: return .beat(min(beat, trace.beats.count - 1))
    }
  }
}

extension Source {
  /// An option's value as one types it.
  func text(ofOption name: String) -> String {
    if name == "seed", case .scenario(let scenario) = self { return "\(scenario.seed)" }
    guard let option = Option.named(name, for: algorithm) else { return "" }
    return settings[option].text
  }
}
