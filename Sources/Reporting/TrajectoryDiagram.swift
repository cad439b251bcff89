import Autodiff
import Documents
import Objectives
import Recording
import Simulation

/// The responses of an iteration, each a row: its prompt, its tokens with reward and advantage, its score.
///
/// What has not been computed at the position is not there. A token bears ✂ if it was clipped in its latest minibatch.
struct TrajectoryDiagram {
  private let trace: Trace
  private let samples: IterationSamples
  private let sequences: [Int]
  private let sequenceCount: Int

  private static let sequenceLimit = 8
  private static let tokenLimit = 9

  /// Whether anything was sampled, by the run or by the trainer whose batch it is.
  static func isPossible(_ trace: Trace) -> Bool {
    trace.terms.contains { $0.key.name == Quantity.oldLogp.rawValue }
  }

  init(_ trace: Trace, at beat: Int) {
    self.trace = trace
    samples = IterationSamples(of: trace, at: beat)
    sequenceCount = samples.sequences.count
    sequences = Self.page(of: samples.sequences, in: trace, at: beat)
  }

  /// As many sequences as there is room for, the current one among them.
  private static func page(of all: [Int], in trace: Trace, at beat: Int) -> [Int] {
    guard all.count > sequenceLimit else { return all }
    let current = trace.beats[beat].terms.first { trace.quantity(of: $0).description.axes.first == .sequence }
    let place = current.flatMap { term in all.firstIndex(of: trace.terms[term].key.i) } ?? 0
    let start = min(place / sequenceLimit * sequenceLimit, all.count - sequenceLimit)
    return Array(all[start..<(start + sequenceLimit)])
  }

  // MARK: Looking up

  private func term(_ quantity: Quantity, _ i: Int, _ j: Int = -1) -> Int? { samples.term(quantity, i, j) }

  // MARK: Drawing

  var dot: String {
    var graph = DOTGraph(
      "trajectories", [("rankdir", "LR"), ("ranksep", "0.25"), ("nodesep", "0.12"), title])
    for i in sequences { addRow(i, to: &graph) }
    graph.sameRank(sequences.map { "prompt[\($0)]" })
    for (upper, lower) in zip(sequences, sequences.dropFirst()) {
      graph.edge("prompt[\(upper)]", "prompt[\(lower)]", [("style", "invis")])
    }
    return graph.text
  }

  private func addRow(_ i: Int, to graph: inout DOTGraph) {
    let prompt = i < trace.prompts.count ? trace.prompts[i] : ""
    graph.node(
      "prompt[\(i)]",
      [
        ("id", "prompt[\(i)]"), ("shape", "plaintext"), ("style", ""), ("tooltip", "\(prompt)"), ("group", "\(i)"),
        (
          "label",
          .lines(
            DOTLine("sequence \(i)", size: 10, color: Ink.muted),
            DOTLine(DOTEscape.token(prompt, limit: 24), size: 13))
        ),
      ])
    var previous = "prompt[\(i)]"
    func append(_ id: String) {
      graph.edge(previous, id, [("weight", "9")])
      previous = id
    }
    let count = samples.tokenCount(i)
    for t in 0..<count {
      if isLeftOut(t, of: count) {
        if !isLeftOut(t - 1, of: count) { append(addGap(i, count - Self.tokenLimit, to: &graph)) }
        continue
      }
      append(addToken(i, t, to: &graph))
    }
    if let slot = term(.reward, i, count) { append(addEmptySlot(slot, to: &graph)) }
    if let score = term(.score, i) { append(addScore(score, to: &graph)) }
  }

  /// Of a long response the middle is left out.
  private func isLeftOut(_ t: Int, of count: Int) -> Bool {
    count > Self.tokenLimit && t >= Self.tokenLimit - 2 && t < count - 2
  }

  private func addToken(_ i: Int, _ t: Int, to graph: inout DOTGraph) -> String {
    let id = "token[\(i),\(t)]"
    let advantage = samples.advantage(i, t)
    let sign = advantage.flatMap { trace.mark(of: $0) }
    let isClipped = samples.isClipped(i, t)
    let text = trace.tokenText(i, t, at: samples.beats.upperBound) ?? ""
    var lines = [DOTLine(DOTEscape.token(text) + (isClipped ? " " + Mark.clipped.symbol : ""), size: 14, bold: true)]
    if let reward = term(.reward, i, t) {
      lines.append(DOTLine("R " + NumberText.short(trace.value(reward), digits: 3), size: 11, color: Ink.muted))
    }
    if let advantage {
      let number = NumberText.short(trace.value(advantage), digits: 3)
      lines.append(DOTLine("A \(number)" + (sign.map { " " + $0.symbol } ?? ""), size: 12, color: sign?.color))
    }
    var attributes: DOTGraph.Attributes = [
      ("id", "\(id)"), ("label", .lines(lines)), ("tooltip", "\(tooltip(i, t, text: text))"), ("group", "\(i)"),
      ("fillcolor", "\(sign?.fill ?? Ink.paper)"),
      ("color", "\(isClipped ? Mark.clipped.color : sign?.color ?? Ink.line)"),
    ]
    if isClipped { attributes += [("penwidth", "2.5"), ("style", "rounded,filled,dashed")] }
    graph.node(id, attributes)
    return id
  }

  private func tooltip(_ i: Int, _ t: Int, text: String) -> String {
    let numbers = [Quantity.oldLogp, .reward, .advantage, .ratio, .objective].compactMap { quantity in
      term(quantity, i, t).map { "\(trace.text($0)) = \(NumberText.short(trace.value($0)))" }
    }
    return ([text] + numbers).joined(separator: " · ")
  }

  /// A step after the last token, where some conventions let the score land.
  private func addEmptySlot(_ reward: Int, to graph: inout DOTGraph) -> String {
    let id = trace.text(reward)
    graph.node(
      id,
      [
        ("id", "\(id)"), ("style", "rounded,dashed"),
        (
          "label",
          .lines(
            DOTLine("empty slot", size: 11, color: Ink.muted),
            DOTLine("R " + NumberText.short(trace.value(reward), digits: 3), size: 11, color: Ink.muted))
        ),
      ])
    return id
  }

  private func addGap(_ i: Int, _ count: Int, to graph: inout DOTGraph) -> String {
    let id = "more tokens of \(i)"
    graph.node(
      id,
      [
        ("id", "\(id)"), ("shape", "plaintext"), ("style", ""), ("group", "\(i)"),
        ("label", .lines(DOTLine("… \(count) more …", size: 11, color: Ink.muted))),
      ])
    return id
  }

  private func addScore(_ score: Int, to graph: inout DOTGraph) -> String {
    let id = trace.text(score)
    graph.node(
      id,
      [
        ("id", "\(id)"), ("shape", "box"), ("style", "filled"), ("fillcolor", "\(Ink.ghost)"), ("color", "\(Ink.text)"),
        ("tooltip", "\(id): \(Quantity.score.description.meaning)"),
        (
          "label",
          .lines(
            DOTLine("score", size: 10, color: Ink.muted),
            DOTLine(NumberText.short(trace.value(score), digits: 3), size: 14, bold: true))
        ),
      ])
    return id
  }

  private var title: (name: String, value: DOTValue) {
    let iteration = trace.stage(ofBeat: samples.beats.lowerBound).loops.iteration
    var parts = iteration.map { ["iteration \($0)"] } ?? []
    let hidden = sequenceCount - sequences.count
    if hidden > 0 { parts.append("\(Caption.count(hidden, "more sequence")) left out") }
    let legend = [Mark.positive, .negative, .clipped].map { "\($0.symbol) \($0.meaning)" }.joined(separator: "  ")
    return Caption.title([
      "Trajectories", parts.joined(separator: " · "),
      "R reward · A advantage · \(legend) in its latest minibatch",
    ])
  }
}
