public import Recording
public import Simulation
public struct DiagramReference { public init(stage: String?, title: String, file: String) {} }
public struct MarkdownTrace { public static func document(_ trace: Trace, source: Source, diagrams: [DiagramReference]) -> String { "" } }
