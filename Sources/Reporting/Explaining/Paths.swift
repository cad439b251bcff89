import Recording

/// The paths from a loss to a term, and the gradient that each carries.
struct Paths {
  /// One way, from the loss down to the term.
  struct Path {
    let terms: [Int]
    /// The product of the derivatives along it.
    let derivative: Double
    /// The first edge on it that stops the gradient.
    let cut: TermEdge?
  }

  /// The paths that carry a gradient, largest first.
  private(set) var open: [Path] = []
  /// The paths that carry nothing.
  private(set) var closed: [Path] = []
  /// Whether there were more paths than are worth counting.
  private(set) var isTruncated = false

  private static let limit = 20_000

  private let trace: Trace
  private let target: Int
  private var reaches: [Int: Bool] = [:]
  private var edges: [Int: [TermEdge]] = [:]

  init(from root: Int, to target: Int, in trace: Trace) {
    self.trace = trace
    self.target = target
    _ = leads(root)
    follow([root], derivative: 1, cut: nil)
    open.sort { $0.derivative.magnitude > $1.derivative.magnitude }
  }

  /// Whether a term leads to the target; an input always stands before what is computed from it.
  private mutating func leads(_ term: Int) -> Bool {
    if term == target { return true }
    if term < target { return false }
    if let known = reaches[term] { return known }
    let found = trace.edges(of: term)
    edges[term] = found
    var result = false
    for edge in found where leads(edge.to) { result = true }
    reaches[term] = result
    return result
  }

  private mutating func follow(_ path: [Int], derivative: Double, cut: TermEdge?) {
    guard open.count + closed.count < Self.limit else {
      isTruncated = true
      return
    }
    let last = path[path.count - 1]
    if last == target {
      let found = Path(terms: path, derivative: derivative, cut: cut)
      if derivative == 0 { closed.append(found) } else { open.append(found) }
      return
    }
    for edge in edges[last] ?? [] where edge.to == target || reaches[edge.to] == true {
      follow(
        path + [edge.to], derivative: derivative * edge.derivative,
        cut: cut ?? (edge.derivative == 0 ? edge : nil))
    }
  }
}
