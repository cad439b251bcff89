import Foundation
import Graphviz
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct RendererTests {
  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func drawsEveryNodeAndEdgeOfASVG() throws {
    let svg = text(
      try DiagramRenderer.render(dot: "digraph { logp -> ratio -> loss; value -> loss [label=\"½\"] }", as: .svg))
    #expect(svg.hasPrefix("<svg "))
    #expect(svg.hasSuffix("</svg>\n"))
    #expect(svg.components(separatedBy: "class=\"node\"").count - 1 == 4)
    #expect(svg.components(separatedBy: "class=\"edge\"").count - 1 == 3)
    #expect(svg.contains("<title>ratio</title>"))
    #expect(svg.contains(">½</text>"))
    #expect(!svg.contains("<!DOCTYPE"))
    #expect(svg.contains(",serif\""), "the family ends in a generic one, so that any machine can show it")
  }

  /// Their order would otherwise be that of addresses, which a program has anew each time.
  @Test func framesAreInOrder() throws {
    let frames = (0..<12).reversed().map {
      "subgraph cluster_\($0) { label=\"\($0)\"; a\($0); subgraph cluster_in\($0) { b\($0) } }"
    }
    let svg = text(try DiagramRenderer.render(dot: "digraph { \(frames.joined(separator: " ")) }", as: .svg))
    let numbers = svg.matches(of: /<g id="clust(\d+)" class="cluster">/).compactMap { Int($0.1) }
    #expect(numbers.count == 24 && numbers == numbers.sorted())
    #expect(svg.components(separatedBy: "<g ").count == svg.components(separatedBy: "</g>").count)
  }

  /// An arrow must not strike out a name.
  @Test func namesOfFramesComeAfterArrows() throws {
    let svg = text(
      try DiagramRenderer.render(
        dot: "digraph { subgraph cluster_a { label=outer; a; subgraph cluster_b { label=inner; b } } c -> a -> b }",
        as: .svg))
    let arrow = try #require(svg.range(of: "class=\"edge\"", options: .backwards))
    for name in ["outer", "inner"] {
      let places = svg.ranges(of: ">\(name)</text>")
      #expect(places.count == 1 && places[0].lowerBound > arrow.upperBound)
    }
    let parser = XMLParser(data: Data(svg.utf8))
    #expect(parser.parse())
  }

  @Test(arguments: [
    (DiagramFormat.svg, Array("<svg".utf8)), (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
    (.pdf, Array("%PDF-".utf8)),
  ])
  func startsAsItsFormatDoes(format: DiagramFormat, magic: [UInt8]) throws {
    let bytes = try DiagramRenderer.render(dot: "digraph { a -> b }", as: format)
    #expect(bytes.starts(with: magic))
    #expect(bytes.count > 200)
  }

  @Test(arguments: [
    ("digraph { a -> }", "syntax error in line 1 near '}'"),
    ("digraph {\n  a -> b", "syntax error in line 2"),
    ("", "the DOT text contains no graph"),
    ("digraph { a [label=<<table>>] }", "mismatched tag"),
    ("digraph { \0 }", "the DOT text contains a NUL character"),
  ])
  func saysWhatIsWrong(dot: String, message: String) throws {
    let error = #expect(throws: DiagramError.self) { try DiagramRenderer.render(dot: dot, as: .svg) }
    let said = try #require(error).message
    #expect(said.contains(message))
  }

  // Errors are sticky, and older versions keep what follows a graph: neither may reach the next diagram.
  @Test(arguments: [
    "digraph { a -> }", "digraph { a } digraph { b }", "digraph { a } ]", "digraph { a [label=<<b>>] }",
  ])
  func leavesNothingBehind(dot: String) throws {
    _ = try? DiagramRenderer.render(dot: dot, as: .svg)
    let next = text(try DiagramRenderer.render(dot: "digraph { healthy }", as: .svg))
    #expect(next.contains("<title>healthy</title>"))
    #expect(next.components(separatedBy: "class=\"node\"").count - 1 == 1)
  }

  @Test func aWarningIsNotAnError() throws {
    let svg = text(try DiagramRenderer.render(dot: "digraph { a [color=nosuchcolour, shape=nosuchshape] }", as: .svg))
    #expect(svg.contains("<title>a</title>"))
  }

  @Test func takesTurnsWhenCalledConcurrently() async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for index in 0..<50 {
        group.addTask {
          let format = DiagramFormat.allCases[index % 3]
          let bytes = try DiagramRenderer.render(dot: "digraph { a -> node\(index) -> c }", as: format)
          return format != .svg || String(decoding: bytes, as: UTF8.self).contains("<title>node\(index)</title>")
        }
      }
      for try await complete in group { #expect(complete) }
    }
  }

  @Test(arguments: [
    "<script>alert(1)</script>", "</text></svg><img src=x onerror=alert(1)>", "a & b &amp; \"c\"", "]]><!--",
  ])
  func aHostileLabelStaysText(label: String) throws {
    let quoted = label.replacingOccurrences(of: "\"", with: "\\\"")
    let svg = try DiagramRenderer.render(dot: "digraph { n [label=\"\(quoted)\"] }", as: .svg)
    let reader = LabelReader()
    let parser = XMLParser(data: Data(svg))
    parser.delegate = reader
    #expect(parser.parse())
    #expect(!reader.elements.contains("script") && !reader.elements.contains("img"))
    // Graphviz reads entities in a label, so `&amp;` is one ampersand.
    #expect(reader.label == label.replacingOccurrences(of: "&amp;", with: "&"))
  }
}

private final class LabelReader: NSObject, XMLParserDelegate {
  var elements: [String] = []
  var label = ""

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String] = [:]
  ) {
    elements.append(name)
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if elements.last == "text" { label += string.trimmingCharacters(in: .newlines) }
  }
}
