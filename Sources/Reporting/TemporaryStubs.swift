public import Recording
public import Simulation

public enum Narration { public static func sentence(for beat: Int, in trace: Trace) -> String { "SENTENCE." } }
public enum TraceJSON { public static func text(_ trace: Trace, source: Source) -> String { "" } }
public struct DiagramReference {}
public struct MarkdownTrace {
  public static func document(_ trace: Trace, source: Source, diagrams: [DiagramReference]) -> String { "" }
}
