import Documents
import Objectives
public import Recording
public import Simulation

/// What is wrong with the name of a diagram, and what it could be.
public struct DiagramNameError: Error, Equatable, Sendable {
  public let message: String

  public init(message: String) { self.message = message }
}

/// Every diagram of a recording, as text in Graphviz's language.
///
/// A name is one of `pipeline`, `trajectories`, `policy`, a stage such as `gae`, or a term such as `objective[0,2]`, whose
/// computation is then drawn. Where two of these have one name the former counts; `stage:` and `term:` before the name ask
/// for the latter.
public enum Diagrams {
  /// The names that can be drawn, apart from those of terms.
  public static func names(for trace: Trace) -> [String] {
    var names = ["pipeline"]
    if TrajectoryDiagram.isPossible(trace) { names.append("trajectories") }
    if PolicyDiagram.isPossible(trace) { names.append("policy") }
    for stage in trace.stages {
      let name = names.contains(stage.name) && stage.name == "policy" ? "stage:policy" : stage.name
      if !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// The diagram with a name, as of a beat.
  public static func dot(
    _ what: String, trace: Trace, source: Source, at beat: Int
  ) throws(DiagramNameError) -> String {
    switch what {
    case "pipeline": return PipelineDiagram(trace, source, at: beat).dot
    case "trajectories":
      guard TrajectoryDiagram.isPossible(trace) else {
        throw DiagramNameError(message: "there are no trajectories to draw: nothing is sampled here")
      }
      return TrajectoryDiagram(trace, at: beat).dot
    default: break
    }
    if what == "policy", let diagram = PolicyDiagram(trace, source: source) { return diagram.dot(source, at: beat) }
    if what.hasPrefix("term:") { return try computation(String(what.dropFirst(5)), trace: trace, at: beat) }
    let stageName = what.hasPrefix("stage:") ? String(what.dropFirst(6)) : what
    if let stage = StageDiagram(stageName, of: trace, at: beat) { return stage.dot }
    if stageName != what || !isTermText(what, in: trace) { throw unknown(stageName, in: trace) }
    return try computation(what, trace: trace, at: beat)
  }

  private static func computation(_ text: String, trace: Trace, at beat: Int) throws(DiagramNameError) -> String {
    let key: TermKey
    do { key = try trace.glossary.key(parsing: text) } catch { throw DiagramNameError(message: error.message) }
    guard let term = trace.term(key, at: beat) ?? trace.occurrences(of: key).first else {
      throw unrecorded(key, in: trace)
    }
    return ComputationDiagram(of: term, in: trace, at: beat).dot
  }

  /// Whether a text can only be meant as a term.
  private static func isTermText(_ text: String, in trace: Trace) -> Bool {
    text.utf8.contains { "[(".utf8.contains($0) } || trace.glossary.index(ofName: text) != nil
  }

  private static func unknown(_ what: String, in trace: Trace) -> DiagramNameError {
    let names = names(for: trace)
    let near = nearestNames(to: what, among: names + trace.glossary.entries.map { $0.name }, limit: 3)
    let advice =
      near.isEmpty
      ? "it is one of \(names.joined(separator: ", ")), or a term" : "did you mean \(near.joined(separator: ", "))?"
    return DiagramNameError(message: "there is no diagram \(what); \(advice)")
  }

  private static func unrecorded(_ key: TermKey, in trace: Trace) -> DiagramNameError {
    let text = trace.glossary.text(key)
    var siblings: [String] = []
    for term in trace.terms.indices where trace.terms[term].key.name == key.name && siblings.count < 200 {
      let sibling = trace.text(term)
      if !siblings.contains(sibling) { siblings.append(sibling) }
    }
    if siblings.isEmpty {
      return DiagramNameError(message: "\(trace.glossary.entries[key.name].name) is not recorded in this run")
    }
    let near = nearestNames(to: text, among: siblings, limit: 3)
    let others = near.isEmpty ? Array(siblings.prefix(3)) : near
    return DiagramNameError(message: "\(text) is not recorded; there is \(others.joined(separator: ", "))")
  }
}
