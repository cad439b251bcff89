import Autodiff
import Documents
import Objectives
import Plots
import Recording
import Simulation

/// The policy's transition probabilities before and at a position, as a graph from token to token.
///
/// Before is where the iteration began; if nothing has moved since then, where an earlier one began. Drawn are the
/// transitions that are likely enough before or after, from the states to which the prompts lead.
struct PolicyDiagram {
  private let trace: Trace
  private let words: [String]
  private let table: PolicyTable
  /// What the states are called, the end included.
  private let states: [String]
  private let space: StateSpace?
  private let process: DecisionProcess?
  private let beat: Int
  /// The probabilities, and the beat of the former ones.
  private let before, after: [[Double]]
  private let start: Int

  /// A step from one token to the next.
  private struct Transition {
    let from: Int
    let to: Int
    let token: Int
    let before: Double
    let after: Double

    var largest: Double { max(before, after) }
  }

  private static let edgeLimit = 22
  /// Whether whole distributions are known, which they are not in a batch.
  static func isPossible(_ trace: Trace) -> Bool {
    trace.terms.contains { $0.key.name == Quantity.policyLogit.rawValue }
  }

  /// Nil where whole distributions are not known, as in a batch, or not known yet.
  init?(_ trace: Trace, source: Source, at beat: Int) {
    let table = PolicyTable(trace, source: source)
    let after = table.probabilities(at: beat)
    guard !after.isEmpty else { return nil }
    let starts = table.starts(before: beat).lazy.map { (beat: $0, rows: table.probabilities(at: $0)) }
    let former = starts.first { Self.differ($0.rows, after) } ?? starts.first ?? (beat, after)
    (self.beat, self.after, before, start) = (beat, after, former.rows, former.beat)
    if case .scenario(let scenario) = source { process = scenario.decisions } else { process = nil }
    let name = Quantity.policyLogit.rawValue
    self.trace = trace
    self.table = table
    words = table.words
    let names = trace.glossary.entries[name].labels[0] ?? []
    if case .scenario(let scenario) = source, scenario.decisions == nil {
      let space = StateSpace(scenario.world)
      self.space = space
      states = names.prefix(space.count) + words.suffix(1)
    } else {
      space = nil
      states = names
    }
  }

  /// Whether one sees a difference between two policies.
  private static func differ(_ a: [[Double]], _ b: [[Double]]) -> Bool {
    zip(a, b).contains { rows in zip(rows.0, rows.1).contains { text($0) != text($1) } }
  }

  var dot: String {
    if let process {
      return ActionDiagram(process, trace).dot(before: before, after: after, at: beat, since: since)
    }
    let starts = table.starts
    let all = reachable(
      zip(before, after).enumerated().map { a, rows in
        zip(rows.0, rows.1).enumerated().map {
          Transition(from: a, to: state(after: $0, from: a), token: $0, before: $1.0, after: $1.1)
        }
      }, from: starts)
    let threshold = threshold(for: all)
    let shown = reachable(grouped(all.filter { $0.largest >= threshold }, count: before.count), from: starts)

    var graph = DOTGraph(
      "policy",
      [
        ("rankdir", "LR"), ("ranksep", "0.9"), ("nodesep", "0.35"),
        title(shown, leftOut: all.count - shown.count, threshold: threshold),
      ])
    for state in drawnStates(shown, starts) { addState(state, isStart: starts.contains(state), to: &graph) }
    for transition in shown { add(transition, to: &graph) }
    return graph.text
  }

  private func state(after token: Int, from state: Int) -> Int {
    space?.state(after: token, from: state) ?? states.count - 1
  }

  // MARK: Choosing what to draw

  /// The least probability that leaves no more transitions than can be followed by eye.
  private func threshold(for all: [Transition]) -> Double {
    for threshold in [0.02, 0.05, 0.1, 0.15, 0.2] where all.count(where: { $0.largest >= threshold }) <= Self.edgeLimit
    {
      return threshold
    }
    return 0.3
  }

  /// The transitions of the states that can be reached, in the order in which they are.
  private func reachable(_ rows: [[Transition]], from starts: [Int]) -> [Transition] {
    var open = starts
    var next = 0
    var found: [Transition] = []
    while next < open.count {
      let state = open[next]
      next += 1
      for transition in state < rows.count ? rows[state] : [] {
        found.append(transition)
        if !open.contains(transition.to), transition.largest >= 0.02 { open.append(transition.to) }
      }
    }
    return found
  }

  private func grouped(_ transitions: [Transition], count: Int) -> [[Transition]] {
    (0..<count).map { state in transitions.filter { $0.from == state } }
  }

  private func drawnStates(_ shown: [Transition], _ starts: [Int]) -> [Int] {
    var states = starts
    for transition in shown where !states.contains(transition.to) { states.append(transition.to) }
    return states
  }

  // MARK: Drawing

  private func addState(_ state: Int, isStart: Bool, to graph: inout DOTGraph) {
    let isEnd = state == states.count - 1
    var lines = [DOTLine(DOTEscape.token(states[state]), size: 16, bold: true)]
    if isStart { lines.append(DOTLine("a prompt ends here", size: 10, color: Ink.muted)) }
    graph.node(
      states[state],
      [
        ("id", "state \(states[state])"), ("label", .lines(lines)), ("shape", isEnd ? "box" : "ellipse"),
        ("style", "filled"), ("fillcolor", "\(isStart || isEnd ? Ink.ghost : Ink.paper)"),
        ("peripheries", isEnd ? "2" : "1"), ("penwidth", isStart ? "2.5" : "1"),
      ])
  }

  private func add(_ transition: Transition, to graph: inout DOTGraph) {
    let (before, after) = (Self.text(transition.before), Self.text(transition.after))
    // What one cannot see in the numbers is no change.
    let mark: Mark? = before == after ? nil : transition.after > transition.before ? .positive : .negative
    let id = trace.glossary.text(TermKey(.probabilityAfter, transition.from, transition.token))
    graph.edge(
      states[transition.from], states[transition.to],
      [
        ("id", "\(id)"), ("label", "\(mark.map { "\(before) → \(after) \($0.symbol)" } ?? after)"),
        ("color", "\(mark?.color ?? Ink.line)"), ("fontcolor", "\(mark?.color ?? Ink.muted)"),
        ("penwidth", "\(NumberText.fixed(0.6 + 5 * transition.after, decimals: 1))"), ("fontsize", "12"),
        ("tooltip", "\(states[transition.from]) → \(states[transition.to]): \(before) before, \(after) after"),
      ])
  }

  private static func text(_ probability: Double) -> String { NumberText.fixed(probability, decimals: 2) }

  /// What the probabilities are compared with; empty where nothing has moved yet.
  private var since: String {
    guard Self.differ(before, after) else { return "" }
    let iteration = trace.stage(ofBeat: start).loops.iteration
    return iteration.map { "since iteration \($0) began" } ?? "since the beginning"
  }

  private func title(
    _ shown: [Transition], leftOut: Int, threshold: Double
  ) -> (name: String, value: DOTValue) {
    let changes = shown.map { (Self.text($0.before), Self.text($0.after), $0.after > $0.before) }.filter {
      $0.0 != $0.1
    }
    let signs =
      (changes.contains { $0.2 } ? ["\(Mark.positive.symbol) more likely"] : [])
      + (changes.contains { !$0.2 } ? ["\(Mark.negative.symbol) less likely"] : [])
    let rest =
      leftOut == 0 ? [] : ["\(Caption.count(leftOut, "transition")) below \(NumberText.full(threshold)) left out"]
    return Caption.title([
      "Policy: the probability of each next token",
      [Caption.position(of: beat, in: trace), since].filter { !$0.isEmpty }.joined(separator: " · "),
      (signs + rest).joined(separator: " · "),
    ])
  }
}
