import Plots

/// A directed graph in Graphviz's language, written statement by statement; all user text is escaped.
///
///     var graph = DOTGraph("gae", [("rankdir", "LR")])
///     graph.node("a", [("label", "delta[0,1]")])
///     graph.edge("a", "b", [("style", "dashed")])
///     graph.text   // digraph "gae" { … }
struct DOTGraph {
  /// Attributes in the order in which they are written.
  typealias Attributes = [(name: String, value: DOTValue)]

  private let name: String
  private let attributes: Attributes
  private let nodeAttributes: Attributes
  private var lines: [String] = []
  private var indentation = "  "
  private(set) var nodeCount = 0
  private(set) var edgeCount = 0

  /// - Parameters:
  ///   - name: Its name.
  ///   - attributes: Those of the whole that are not the usual ones.
  ///   - nodes: Those of all nodes.
  init(_ name: String, _ attributes: Attributes = [], nodes: Attributes = []) {
    self.name = name
    self.attributes = attributes
    nodeAttributes = nodes
  }

  mutating func node(_ id: String, _ attributes: Attributes) {
    nodeCount += 1
    lines.append(indentation + Self.quoted(id) + Self.list(attributes))
  }

  mutating func edge(_ from: String, _ to: String, _ attributes: Attributes = []) {
    edgeCount += 1
    lines.append(indentation + Self.quoted(from) + " -> " + Self.quoted(to) + Self.list(attributes))
  }

  /// Keeps nodes on one rank, which is a row or a column.
  mutating func sameRank(_ ids: [String]) {
    guard ids.count > 1 else { return }
    let members = ids.map { Self.quoted($0) + ";" }.joined(separator: " ")
    lines.append(indentation + "{ rank=same; \(members) }")
  }

  /// Draws a frame around what is written inside.
  mutating func cluster(_ id: String, _ attributes: Attributes, _ content: (inout DOTGraph) -> Void) {
    lines.append(indentation + "subgraph \(Self.quoted("cluster_" + id)) {")
    indentation += "  "
    for attribute in attributes { lines.append(indentation + "\(attribute.name)=\(attribute.value.text)") }
    content(&self)
    indentation.removeLast(2)
    lines.append(indentation + "}")
  }

  /// The whole graph.
  var text: String {
    var text = "digraph \(Self.quoted(name)) {\n"
    text += "  graph" + Self.list(Self.graphDefaults + effort + attributes) + "\n"
    text += "  node" + Self.list(Self.nodeDefaults + nodeAttributes) + "\n"
    text += "  edge" + Self.list(Self.edgeDefaults) + "\n"
    for line in lines { text += line + "\n" }
    return text + "}\n"
  }

  /// Layout time explodes with size: beyond this one a slightly less tidy layout is worth the time.
  private var effort: Attributes {
    nodeCount > 40 || edgeCount > 60 ? [("nslimit", "2"), ("mclimit", "0.1")] : []
  }

  private static let fonts: DOTValue = "Helvetica,Arial,DejaVu Sans,sans-serif"

  private static let graphDefaults: Attributes = [
    ("fontname", fonts), ("fontsize", "14"), ("fontcolor", "\(Ink.text)"), ("bgcolor", "\(Ink.paper)"),
    ("pad", "0.2"), ("labelloc", "t"),
  ]
  private static let nodeDefaults: Attributes = [
    ("fontname", fonts), ("fontsize", "13"), ("fontcolor", "\(Ink.text)"), ("shape", "box"),
    ("style", "rounded,filled"), ("fillcolor", "\(Ink.paper)"), ("color", "\(Ink.line)"), ("margin", "0.1,0.05"),
    ("height", "0.3"),
  ]
  private static let edgeDefaults: Attributes = [
    ("fontname", fonts), ("fontsize", "11"), ("fontcolor", "\(Ink.muted)"), ("color", "\(Ink.line)"),
    ("arrowsize", "0.7"),
  ]

  private static func list(_ attributes: Attributes) -> String {
    if attributes.isEmpty { return "" }
    return " [" + attributes.map { "\($0.name)=\($0.value.text)" }.joined(separator: ", ") + "]"
  }

  private static func quoted(_ text: String) -> String { DOTValue(stringLiteral: text).text }
}
