/// The frames (clusters) of a drawing in the order of their numbers.
///
/// Graphviz draws frames that stand beside each other in the order of their addresses, so that the same graph would be other
/// bytes each time. An outer frame has a smaller number than those in it, so that these stay above it.
enum FrameOrder {
  private static let opening = #"<g id="clust"#

  /// An SVG with each row of frames in order; anything else as it is.
  static func sorted(_ svg: String) -> String {
    var lines: [Substring] = []
    var frames: [(number: Int, lines: [Substring])] = []
    var depth = 0
    for line in svg.split(separator: "\n", omittingEmptySubsequences: false) {
      if depth == 0, let number = number(of: line) {
        frames.append((number, []))
      } else if depth == 0 {
        lines += inOrder(frames) + [line]
        frames = []
        continue
      }
      frames[frames.count - 1].lines.append(line)
      depth += line.hasPrefix("<g ") ? 1 : line == "</g>" ? -1 : 0
    }
    return (lines + inOrder(frames)).joined(separator: "\n")
  }

  private static func inOrder(_ frames: [(number: Int, lines: [Substring])]) -> [Substring] {
    frames.sorted { $0.number < $1.number }.flatMap { $0.lines }
  }

  /// The number of a frame that begins in a line: 2 of `<g id="clust2" class="cluster">`.
  private static func number(of line: Substring) -> Int? {
    guard line.hasPrefix(opening) else { return nil }
    return Int(line.dropFirst(opening.count).prefix { $0.isNumber })
  }
}
