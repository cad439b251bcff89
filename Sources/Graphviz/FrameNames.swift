/// The names of the frames (clusters) of a drawing above the arrows.
///
/// Graphviz draws frames with their names first, and arrows across them, which would strike the names out.
enum FrameNames {
  /// An SVG whose frames' names come last, each with a margin that covers what is below it.
  static func raised(_ svg: String) -> String {
    var lines: [Substring] = []
    var names: [String] = []
    var depth = 0
    for line in svg.split(separator: "\n", omittingEmptySubsequences: false) {
      if depth > 0 || line.hasPrefix(#"<g id="clust"#) { depth += line.hasPrefix("<g ") ? 1 : line == "</g>" ? -1 : 0 }
      if depth > 0, line.hasPrefix("<text ") {
        names.append(##"<text paint-order="stroke" stroke="#ffffff" stroke-width="4""## + line.dropFirst(5))
      } else {
        lines.append(line)
      }
    }
    guard !names.isEmpty, let end = lines.lastIndex(of: "</g>") else { return svg }
    lines.insert(contentsOf: [#"<g class="cluster">"#] + names.map { Substring($0) } + ["</g>"], at: end)
    return lines.joined(separator: "\n")
  }
}
