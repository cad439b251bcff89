import Autodiff
import Documents
import Objectives
import Plots
import Recording
import Simulation

/// The responses of an iteration, each a row: its prompt, its tokens with reward and advantage, what it earned.
///
/// What has not been computed at the position is not there. A token bears ✂ if it was clipped in its latest minibatch. Of
/// many responses those are drawn that the policy learns from.
struct TrajectoryDiagram {
  private let trace: Trace
  private let beat: Int
  private let samples: IterationSamples
  private let sequences: [Int]
  /// Whether others are left out because their advantages are all 0.
  private let isSelected: Bool

  private static let sequenceLimit = 8
  private static let tokenLimit = 9

  /// Whether anything was sampled, by the run or by the trainer whose batch it is.
  static func isPossible(_ trace: Trace) -> Bool {
    trace.terms.contains { $0.key.name == Quantity.oldLogp.rawValue }
  }

  /// Nil as long as nothing is sampled.
  init?(_ trace: Trace, at beat: Int) {
    let samples = IterationSamples(of: trace, at: beat)
    guard !samples.sequences.isEmpty else { return nil }
    self.trace = trace
    self.beat = beat
    self.samples = samples
    let chosen = Self.chosen(samples, in: trace, at: beat)
    sequences = chosen.sequences
    isSelected = chosen.isSelected
  }

  /// As many sequences as there is room for: around the one that the beat is about, or else those that are learned from.
  private static func chosen(
    _ samples: IterationSamples, in trace: Trace, at beat: Int
  ) -> (sequences: [Int], isSelected: Bool) {
    let all = samples.sequences
    guard all.count > sequenceLimit else { return (all, false) }
    let current = trace.beats[beat].terms.first { trace.quantity(of: $0).description.axes.first == .sequence }
    if let place = current.flatMap({ term in all.firstIndex(of: trace.terms[term].key.i) }) {
      let start = min(place / sequenceLimit * sequenceLimit, all.count - sequenceLimit)
      return (Array(all[start..<(start + sequenceLimit)]), false)
    }
    let isLearned = all.map { i in
      (0..<samples.tokenCount(i)).contains { t in samples.advantage(i, t).map { trace.value($0) != 0 } ?? false }
    }
    let (telling, others) = (all.indices.filter { isLearned[$0] }, all.indices.filter { !isLearned[$0] })
    let places = (telling + others).prefix(sequenceLimit).sorted()
    return (places.map { all[$0] }, !telling.isEmpty && places != Array(0..<sequenceLimit))
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
            DOTLine("\(trace.words.example) \(i)", size: 10, color: Ink.muted),
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
    if let earned = earned(i) { append(addEarned(earned, to: &graph)) }
  }

  /// Of a long response the middle is left out.
  private func isLeftOut(_ t: Int, of count: Int) -> Bool {
    count > Self.tokenLimit && t >= Self.tokenLimit - 2 && t < count - 2
  }

  private func addToken(_ i: Int, _ t: Int, to graph: inout DOTGraph) -> String {
    let id = "token[\(i),\(t)]"
    let advantage = samples.advantage(i, t)
    let isPassedOver = samples.isPassedOver(i, t)
    let sign = isPassedOver ? nil : advantage.flatMap { trace.mark(of: $0) }
    let isClipped = !isPassedOver && samples.isClipped(i, t)
    let text = trace.tokenText(i, t, at: beat) ?? ""
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

  /// What the whole response or episode earned.
  private func earned(_ i: Int) -> Int? { term(.reward, i) ?? term(.episodeReturn, i) ?? term(.score, i) }

  private func addEarned(_ term: Int, to graph: inout DOTGraph) -> String {
    let id = trace.text(term)
    let entry = trace.glossary.entries[trace.terms[term].key.name]
    graph.node(
      id,
      [
        ("id", "\(id)"), ("shape", "box"), ("style", "filled"), ("fillcolor", "\(Ink.ghost)"), ("color", "\(Ink.text)"),
        ("tooltip", "\(id): \(entry.meaning)"),
        (
          "label",
          .lines(
            DOTLine(entry.name, size: 10, color: Ink.muted),
            DOTLine(NumberText.short(trace.value(term), digits: 3), size: 14, bold: true))
        ),
      ])
    return id
  }

  private var title: (name: String, value: DOTValue) {
    var parts = samples.iteration.map { ["iteration \($0)"] } ?? []
    let hidden = samples.sequences.count - sequences.count
    if hidden > 0 {
      let choice = isSelected ? ", those with an advantage first" : ""
      parts.append(
        "\(sequences.count) of \(samples.sequences.count) \(trace.glossary.hasActions ? "episodes" : "responses")\(choice)"
      )
    }
    return Caption.title(["Trajectories", parts.joined(separator: " · "), legend])
  }

  /// What the letters and signs mean that are in the picture.
  private var legend: String {
    var (hasReward, marks) = (false, [Mark]())
    var hasAdvantage = false
    for i in sequences {
      for t in 0...samples.tokenCount(i) {
        if term(.reward, i, t) != nil { hasReward = true }
        guard let advantage = samples.advantage(i, t) else { continue }
        hasAdvantage = true
        if samples.isPassedOver(i, t) { continue }
        if let mark = trace.mark(of: advantage) { marks.append(mark) }
        if samples.isClipped(i, t) { marks.append(.clipped) }
      }
    }
    let letters = (hasReward ? ["R reward"] : []) + (hasAdvantage ? ["A advantage"] : [])
    let signs = [Mark.positive, .negative, .clipped].filter { marks.contains($0) }.map { mark in
      "\(mark.symbol) \(mark.meaning)" + (mark == .clipped ? " in its latest minibatch" : "")
    }
    return (letters + signs).joined(separator: " · ")
  }
}
