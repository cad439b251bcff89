import CGraphviz
import Foundation
import Synchronization

/// A file format that a diagram can be drawn in.
public enum DiagramFormat: String, CaseIterable, Sendable {
  case svg, png, pdf
}

/// Draws DOT text as a picture.
///
///     let svg = try DiagramRenderer.render(dot: "digraph { logp -> ratio -> loss }", as: .svg)
///     // <svg width="…pt" height="…pt" viewBox="…" …
///
/// Any thread may call it at any time; Graphviz is not thread-safe, so callers take turns. Bytes differ between
/// machines, whose fonts and Graphviz versions differ: compare structure, not bytes.
public enum DiagramRenderer {
  /// Graphviz keeps its state in C globals, so there is one context for the whole process, and one lock.
  private static let context = Mutex(Context())

  private struct Context: ~Copyable {
    let pointer: OpaquePointer? = gvContext()
  }

  /// Lays out DOT text, with the `dot` engine if the graph asks for no other, and draws it.
  ///
  /// An SVG starts at its `<svg` element, so that it can be placed in a page as it is as well as written to a file.
  ///
  /// - Parameters:
  ///   - dot: One graph; whether text after it is an error depends on Graphviz's version. Bounding its layout time
  ///     (`nslimit`, `mclimit`, fewer nodes) is up to the caller.
  ///   - format: The format to draw it in.
  /// - Returns: The file's bytes.
  /// - Throws: A ``DiagramError`` if the text is not one well-formed graph, or if anything in it, such as an HTML
  ///   label, made Graphviz report an error.
  public static func render(dot: String, as format: DiagramFormat) throws(DiagramError) -> [UInt8] {
    // A C string ends at the first NUL: the rest would be dropped silently.
    guard !dot.utf8.contains(0) else { throw DiagramError("the DOT text contains a NUL character") }
    let bytes = try context.withLock { context throws(DiagramError) in
      guard let pointer = context.pointer else {
        throw DiagramError("it could not be started; is it installed (on Debian, apt install graphviz)?")
      }
      gradus_graphviz_reset_errors()
      let graph = try parse(dot)
      defer { agclose(graph) }
      return try draw(graph, as: format, in: pointer)
    }
    guard format == .svg else { return bytes }
    return Array(FrameNames.raised(FrameOrder.sorted(String(decoding: withoutProlog(bytes), as: UTF8.self))).utf8)
  }

  private static func parse(_ dot: String) throws(DiagramError) -> UnsafeMutablePointer<Agraph_t> {
    guard let graph = agmemread(dot) else {
      throw DiagramError(lastMessage() ?? "the DOT text contains no graph")
    }
    // Older versions (2.42) keep the rest of the graph's last line, and would read it as the start of the next text.
    var extra = 0
    while let leftover = agmemread("") {
      agclose(leftover)
      extra += 1
    }
    guard extra == 0, gradus_graphviz_failed() == 0 else {
      agclose(graph)
      throw DiagramError(lastMessage() ?? "the DOT text contains more than one graph")
    }
    return graph
  }

  private static func draw(
    _ graph: UnsafeMutablePointer<Agraph_t>, as format: DiagramFormat, in context: OpaquePointer
  ) throws(DiagramError) -> [UInt8] {
    // Also after a failed layout, which may be half done.
    defer { gvFreeLayout(context, graph) }
    guard gvLayout(context, graph, gradus_graphviz_layout(graph)) == 0 else {
      throw DiagramError(lastMessage() ?? "the diagram could not be laid out")
    }
    var data: UnsafeMutablePointer<CChar>?
    var length = 0
    let status = gradus_graphviz_render(context, graph, format.rawValue, &data, &length)
    defer { free(data) }
    // A malformed HTML label is reported but does not stop Graphviz, hence the second condition.
    guard status == 0, gradus_graphviz_failed() == 0, let data, length > 0 else {
      throw DiagramError(lastMessage() ?? "the diagram could not be drawn as \(format.rawValue)")
    }
    return [UInt8](UnsafeRawBufferPointer(start: data, count: length))
  }

  /// The last error that Graphviz reported, on one line.
  private static func lastMessage() -> String? {
    guard gradus_graphviz_failed() != 0, let text = aglasterr() else { return nil }
    defer { free(text) }
    var message = String(cString: text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for prefix in ["Error: ", "<stdin>: "] where message.hasPrefix(prefix) {
      message.removeFirst(prefix.count)
    }
    return message.isEmpty ? nil : message
  }

  /// Drops the XML declaration, the document type and the comment that names the Graphviz version.
  private static func withoutProlog(_ svg: [UInt8]) -> [UInt8] {
    let start = Array("<svg".utf8)
    guard let first = svg.indices.first(where: { svg[$0...].starts(with: start) }) else { return svg }
    return Array(svg[first...])
  }
}
