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
    var seen: [String] = []
    for stage in trace.stages where !seen.contains(stage.name) {
      seen.append(stage.name)
      let name = names.contains(stage.name) ? "stage:" + stage.name : stage.name
      if telling(stage.name, in: trace) != nil { names.append(name) }
    }
    return names
  }

  /// The first beat as of which a stage shows something other than zeros: the end of one of its runs.
  public static func telling(_ stage: String, in trace: Trace) -> Int? {
    for run in trace.stages where run.name == stage {
      let beat = run.beats.upperBound - 1
      if StagePlan.hasNumbers(run, in: trace), shows(stage, in: trace, at: beat) { return beat }
    }
    return nil
  }

  /// Whether the diagram of a stage shows something other than zeros as of a beat.
  public static func shows(_ stage: String, in trace: Trace, at beat: Int) -> Bool {
    StagePlan(stage, of: trace, at: beat)?.showsSomething ?? false
  }

  /// The diagram with a name, as of a beat.
  ///
  /// - Parameters:
  ///   - what: `pipeline`, `trajectories`, `policy`, a stage or a term.
  ///   - trace: The recording.
  ///   - source: What it was made from.
  ///   - beat: The beat as of which its numbers are.
  ///   - hasFormulas: Whether a stage and a term have their general formulas below the title, for a picture that stands
  ///     alone.
  public static func dot(
    _ what: String, trace: Trace, source: Source, at beat: Int, hasFormulas: Bool = false
  ) throws(DiagramNameError) -> String {
    switch what {
    case "pipeline": return PipelineDiagram(trace, source, at: beat).dot
    case "trajectories":
      guard TrajectoryDiagram.isPossible(trace) else {
        throw DiagramNameError(message: "there are no trajectories to draw: nothing is sampled here")
      }
      guard let diagram = TrajectoryDiagram(trace, at: beat) else {
        throw DiagramNameError(
          message: "nothing is sampled yet at beat \(beat): choose a position from \(Stage.rollout.name) on")
      }
      return diagram.dot
    default: break
    }
    if what == "policy", PolicyDiagram.isPossible(trace) {
      guard let diagram = PolicyDiagram(trace, source: source, at: beat) else {
        let first = trace.terms.first { $0.key.name == Quantity.policyLogit.rawValue }
        throw later("the policy", first?.beat ?? 0, at: beat, in: trace)
      }
      return diagram.dot
    }
    if what.hasPrefix("term:") {
      return try computation(String(what.dropFirst(5)), trace: trace, at: beat, hasFormulas)
    }
    let stageName = what.hasPrefix("stage:") ? String(what.dropFirst(6)) : what
    if let stage = StageDiagram(stageName, of: trace, at: beat, hasFormulas: hasFormulas) {
      guard stage.plan.showsSomething else { throw nothing(in: stage.plan) }
      return stage.dot
    }
    if let run = trace.stages.first(where: { $0.name == stageName }) {
      throw later(stageName, run.beats.lowerBound, at: beat, in: trace)
    }
    if stageName != what || !isTermText(what, in: trace) { throw unknown(stageName, in: trace) }
    return try computation(what, trace: trace, at: beat, hasFormulas)
  }

  /// The diagram with a name from top to bottom, for a window as narrow as a phone's; nil where it has no such form.
  ///
  /// - Parameters:
  ///   - what: Its name.
  ///   - trace: The recording.
  ///   - source: What it was made from.
  ///   - beat: The beat as of which it is drawn.
  public static func narrowDOT(_ what: String, trace: Trace, source: Source, at beat: Int) -> String? {
    what == "pipeline" ? PipelineDiagram(trace, source, at: beat, form: .narrow).dot : nil
  }

  /// The diagram with a name for a slide, with small text enlarged; nil where it has no such form.
  ///
  /// - Parameters:
  ///   - what: Its name.
  ///   - trace: The recording.
  ///   - source: What it was made from.
  ///   - beat: The beat as of which it is drawn.
  public static func slideDOT(_ what: String, trace: Trace, source: Source, at beat: Int) -> String? {
    if what == "pipeline" { return PipelineDiagram(trace, source, at: beat, form: .slide).dot }
    if what == "policy", PolicyDiagram.isPossible(trace) { return nil }
    let stage = what.hasPrefix("stage:") ? String(what.dropFirst(6)) : what
    return StageDiagram(stage, of: trace, at: beat, isForSlide: true)?.dot
  }

  private static func computation(
    _ text: String, trace: Trace, at beat: Int, _ hasFormulas: Bool
  ) throws(DiagramNameError) -> String {
    let key: TermKey
    do { key = try trace.glossary.key(parsing: text) } catch { throw DiagramNameError(message: error.message) }
    guard let term = trace.term(key, at: beat) else {
      guard let later = trace.occurrences(of: key).first else { throw unrecorded(key, in: trace) }
      throw self.later(text, trace.terms[later].beat, at: beat, in: trace)
    }
    return ComputationDiagram(of: term, in: trace, at: beat, hasFormulas: hasFormulas).dot
  }

  /// What a position does not know yet, and from where on it is there.
  private static func later(_ what: String, _ first: Int, at beat: Int, in trace: Trace) -> DiagramNameError {
    DiagramNameError(message: "\(what) is not there yet at beat \(beat): it comes at \(place(first, in: trace))")
  }

  /// A picture of zeros is not drawn; another position is named, if there is a better one.
  private static func nothing(in plan: StagePlan) -> DiagramNameError {
    let (trace, name) = (plan.trace, plan.run.name)
    let place = plan.run.loops.text.isEmpty ? "" : " in \(plan.run.loops.text)"
    let zeros = "every number of \(name)\(place) is 0"
    guard let beat = telling(name, in: trace) else {
      return DiagramNameError(message: zeros + ", always; draw one of \(names(for: trace).joined(separator: ", "))")
    }
    return DiagramNameError(message: zeros + "; it shows more at \(self.place(beat, in: trace))")
  }

  /// `0/0/1 clip, beat 246`.
  private static func place(_ beat: Int, in trace: Trace) -> String {
    let run = trace.stage(ofBeat: beat)
    return (run.loops.text.isEmpty ? "" : run.loops.text + " ") + "\(run.name), beat \(beat)"
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
