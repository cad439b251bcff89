public import Recording
public import Simulation

public enum Narration { public static func sentence(for beat: Int, in trace: Trace) -> String { "SENTENCE." } }
public struct DiagramNameError: Error { public let message: String }
public enum Diagrams {
  public static func names(for trace: Trace) -> [String] { ["pipeline"] }
  public static func dot(_ what: String, trace: Trace, source: Source, at beat: Int) throws(DiagramNameError) -> String
  { "" }
}
public enum TraceJSON { public static func text(_ trace: Trace, source: Source) -> String { "" } }
public struct DiagramReference {}
public struct MarkdownTrace {
  public static func document(_ trace: Trace, source: Source, diagrams: [DiagramReference]) -> String { "" }
}
