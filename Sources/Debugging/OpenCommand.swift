import Documents
import Objectives
import Recording
public import Reporting
public import Simulation

/// How a session finds what `open` names.
public typealias SourceOpening = (_ name: String) throws(ExpressionError) -> Source

extension Session {
  /// Finds the built-in scenarios, and nothing else: for where there are no files.
  public static func builtIn(_ name: String) throws(ExpressionError) -> Source {
    if let scenario = Scenario.builtIn.first(where: { $0.name == name }) { return .scenario(scenario) }
    let names = Scenario.builtIn.map { $0.name }
    let near = nearestNames(to: name, among: names, limit: 1).first
    let hint = near.map { "did you mean \($0)?" } ?? "they are \(names.joined(separator: ", "))"
    throw ExpressionError("there is no built-in scenario \(name.visible); \(hint)")
  }

  /// Begins anew with another source: `open grpo`, `open ppo cliprange=0.1 preset=trl`, `open step.batch.json`.
  mutating func open(_ text: String) throws(ExpressionError) -> Reply {
    let words = text.split(separator: " ").map { String($0) }
    guard let name = words.first else { throw ExpressionError("say what: open ppo, or open grpo beta=0.04") }
    var opened = try opening(name)
    do throws(OptionError) {
      try opened.change(words.dropFirst())
    } catch {
      throw ExpressionError(error.message)
    }
    self = Session(source: opened, opening: opening)
    var reply = StyledText()
    reply.line(wrap("\(opened.name.visible): \(opened.title.visible)", indent: 2))
    reply.line(extent, .dim)
    return Reply(reply)
  }

  /// The size of the recording.
  var extent: String {
    "\(trace.beats.count) beats in \(trace.stages.count) stages, \(trace.terms.count) terms"
  }
}

extension Source {
  /// Applies `preset=name` first and then each `option=value`.
  fileprivate mutating func change(_ words: ArraySlice<String>) throws(OptionError) {
    var assignments: [(name: String, text: String)] = []
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
      guard parts.count == 2 else {
        throw OptionError(message: "write option=value, such as cliprange=0.1, not «\(word.visible)»")
      }
      if parts[0] == "preset" {
        _ = try apply(Preset(named: parts[1]))
      } else {
        assignments.append((parts[0], parts[1]))
      }
    }
    try set(assignments)
  }
}
