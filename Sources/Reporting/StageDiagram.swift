import Autodiff
import Objectives
import Plots
import Recording
import Simulation

/// The data flow of one stage with its numbers, for one sequence: quantities from top to bottom, tokens from left to right.
///
/// What other stages made is drawn pale. Where a position lies within the stage, what has not been computed yet has no
/// number, and the terms of the current beat have a thick border.
struct StageDiagram {
  let plan: StagePlan
  let trace: Trace
  /// Whether names, numbers and colours are left open, for the page to fill in; `StageShape` says how.
  private let isBlank: Bool
  /// Whether the title has the stage's general formulas.
  private let hasFormulas: Bool
  /// Whether it is for a slide: without columns it is so high there that it would be shrunk, and each value stands beside its name.
  private let isForSlide: Bool

  /// Nil if the recording has no such stage.
  init?(
    _ name: String, of trace: Trace, at beat: Int, isBlank: Bool = false, hasFormulas: Bool = false,
    isForSlide: Bool = false
  ) {
    guard let plan = StagePlan(name, of: trace, at: beat) else { return nil }
    self.plan = plan
    self.trace = trace
    self.isBlank = isBlank
    self.hasFormulas = hasFormulas
    self.isForSlide = isForSlide
  }

  private var isGrid: Bool { !plan.columns.isEmpty }

  var dot: String {
    var graph = DOTGraph(
      plan.run.name,
      [
        ("rankdir", isGrid ? "TB" : "LR"), ("ranksep", isGrid ? "0.35" : "0.7"),
        ("nodesep", isGrid ? "0.2" : isForSlide ? "0.06" : "0.15"),
      ] + (isBlank ? [] : [Caption.title(isForSlide ? shortTitleLines : titleLines, formulas: formulas)]))
    for cell in plan.cells.indices { add(cell, to: &graph) }
    if isGrid { addGrid(to: &graph) }
    for link in plan.links { add(link, to: &graph) }
    return graph.text
  }

  // MARK: Nodes and edges

  private func id(_ number: Int) -> String {
    if isBlank { return StageShape.nodeID(number) }
    let cell = plan.cells[number]
    switch cell.content {
    case .term(let term): return trace.text(term) + cell.suffix
    case .bundle(let text, _): return text + cell.suffix
    }
  }

  private func add(_ number: Int, to graph: inout DOTGraph) {
    let cell = plan.cells[number]
    if isBlank { return addBlank(number, to: &graph) }
    switch cell.content {
    case .term(let term):
      TermNode(
        trace: trace, term: term, weight: weight(of: term, in: cell), suffix: cell.suffix, isWide: isForSlide && !isGrid
      )
      .add(to: &graph, group: cell.column.map { "column \($0)" })
    case .bundle(let text, let terms):
      graph.node(
        id(number),
        [
          ("id", "\(id(number))"), ("fillcolor", "\(Ink.ghost)"), ("color", "\(Ink.faint)"),
          ("style", "rounded,filled,dashed"), ("tooltip", "\(trace.glossary.entries[cell.name].meaning)"),
          (
            "label",
            .lines(
              Caption.nameLines(text).map { DOTLine($0, size: 11, color: Ink.muted) }
                + [DOTLine(countText(of: terms.count, in: cell), size: 12, color: Ink.muted)])
          ),
        ])
    }
  }

  /// What a bundle of inputs says instead of a value.
  func countText(of terms: Int, in cell: StagePlan.Cell) -> String {
    let isRest = plan.cells.contains { $0.name == cell.name && !$0.isInput }
    return "\(terms) \(isRest ? "more" : "numbers")"
  }

  private func addBlank(_ number: Int, to graph: inout DOTGraph) {
    let cell = plan.cells[number]
    let name = StageShape.blankName(cell, in: trace)
    let value = StageShape.blankValue(cell, in: trace)
    var attributes: DOTGraph.Attributes = [
      ("id", "\(id(number))"), ("label", .lines(DOTLine(name, size: 11), DOTLine(value, size: 14, bold: true))),
    ]
    if let column = cell.column { attributes.append(("group", "column \(column)")) }
    graph.node(id(number), attributes)
  }

  func weight(of term: Int, in cell: StagePlan.Cell) -> TermNode.Weight {
    let beat = trace.terms[term].beat
    if cell.isInput { return beat > plan.beat ? .pending : .ghost }
    guard plan.run.beats.contains(plan.beat) else { return .normal }
    return beat == plan.beat ? .root : beat > plan.beat ? .pending : .normal
  }

  private func add(_ link: StagePlan.Link, to graph: inout DOTGraph) {
    var attributes: DOTGraph.Attributes = isBlank ? [("id", "\(StageShape.edgeID(link))")] : []
    if !isBlank { attributes += style(of: link) }
    let (from, to) = (plan.cells[link.from], plan.cells[link.to])
    // Within a row dot wants arrows from left to right; what flows backwards is written the other way round.
    if from.row == to.row, let a = from.column, let b = to.column, a > b {
      graph.edge(id(link.to), id(link.from), attributes + [("dir", "back")])
    } else {
      graph.edge(id(link.from), id(link.to), attributes)
    }
  }

  private func style(of link: StagePlan.Link) -> DOTGraph.Attributes {
    if link.isHint { return [("style", "dotted")] }
    guard let cut = link.cut else { return [] }
    let isClip = cut.operation != .stopGradient && !cut.isBorder
    return [("style", "dashed")] + (isClip ? [("color", "\(Mark.clipped.color)"), ("penwidth", "1.5")] : [])
  }

  // MARK: Rows and columns

  private func addGrid(to graph: inout DOTGraph) {
    let headers = plan.columns.map { "column \($0)" }
    for (number, (column, header)) in zip(plan.columns, headers).enumerated() {
      let label = self.label(ofColumn: column)
      let word = isBlank ? StageShape.blankWord : DOTEscape.token(label.word)
      graph.node(
        header,
        (isBlank ? [("id", "\(StageShape.columnID(number))")] : []) + [
          ("label", .lines(DOTLine(label.kind, size: 10, color: Ink.muted), DOTLine(word, size: 14, bold: true))),
          ("shape", "plaintext"), ("style", ""), ("margin", "0"),
          ("height", "0.1"), ("group", "\(header)"),
        ])
    }
    let rows = [headers.map { [$0] }] + StageGrid(plan).rows.map { row in row.map { cells in cells.map { id($0) } } }
    for row in rows {
      let present = row.flatMap { $0 }
      graph.sameRank(present)
      for (left, right) in zip(present, present.dropFirst()) { graph.edge(left, right, [("style", "invis")]) }
    }
    var above = rows[0]
    for (upper, lower) in zip(rows, rows.dropFirst()) {
      join(above, lower, in: &graph)
      // Where no column goes from one row to the next, nothing yet says which of them is above.
      if zip(upper, lower).allSatisfy({ $0.isEmpty || $1.isEmpty }), let top = upper.flatMap({ $0 }).first,
        let bottom = lower.flatMap({ $0 }).first
      {
        graph.edge(top, bottom, [("style", "invis")])
      }
      for (column, cells) in lower.enumerated() where !cells.isEmpty { above[column] = cells }
    }
  }

  /// Keeps columns straight, from what is lowest in each to its cells in the next row. Several cells stand below one that is
  /// held between the first and the last of them.
  private func join(_ upper: [[String]], _ lower: [[String]], in graph: inout DOTGraph) {
    for (above, below) in zip(upper, lower) {
      guard let top = above.first, let bottom = below.first else { continue }
      let straight: DOTGraph.Attributes = [("style", "invis"), ("weight", "8")]
      graph.edge(top, bottom, straight)
      if above.count > 1 || below.count > 1 { graph.edge(above[above.count - 1], below[below.count - 1], straight) }
    }
  }

  /// What stands above a column.
  func label(ofColumn column: Int) -> (word: String, kind: String) {
    switch plan.columnAxis {
    case .token:
      isBehindTheEnd(column)
        ? ("–", "after the last \(trace.words.step)")
        : (plan.subject.map { tokenText($0, column) } ?? "", "\(trace.words.step) \(column)")
    case .nextToken:
      (trace.glossary.entries[Quantity.policyLogit.rawValue].labels[1]?[column] ?? "", "next \(trace.words.step)")
    case .previousToken:
      (
        trace.glossary.entries[Quantity.policyLogit.rawValue].labels[0]?[column] ?? "",
        trace.glossary.hasActions ? "state" : "after"
      )
    case .vocabulary: (trace.glossary.entries[Quantity.rewardWeight.rawValue].labels[0]?[column] ?? "", "token")
    case .group: (groupName(column), "group")
    case .pair: ("\(column)", "pair")
    case .sequence: ("\(column)", trace.words.example)
    case .step: ("\(column)", "step")
    default: ("\(column)", "")
    }
  }

  private func groupName(_ group: Int) -> String { trace.glossary.indexTexts(TermKey(.groupMean, group))[0] }

  /// Whether a column is that of the state or the reward after the sequence's last token.
  private func isBehindTheEnd(_ t: Int) -> Bool {
    let beat = min(plan.beat, plan.run.beats.upperBound - 1)
    guard plan.axis == .sequence, let i = plan.subject, otherToken(ofColumn: t, at: beat) == nil else { return false }
    if trace.givenTokens.indices.contains(i) { return t >= trace.givenTokens[i].count }
    // As long as it is being sampled, another token may follow.
    guard let end = trace.term(TermKey(.isComplete, i), at: beat),
      trace.stage(ofBeat: trace.terms[end].beat).loops.iteration == plan.run.loops.iteration
    else { return false }
    return trace.tokenText(i, t, at: beat) == nil
  }

  /// A token; of a pair, that of the chosen and that of the rejected response, where they differ.
  private func tokenText(_ i: Int, _ t: Int) -> String {
    let beat = min(plan.beat, plan.run.beats.upperBound - 1)
    guard plan.axis == .pair, let words = trace.words(ofPair: i, isRejected: true, at: beat) else {
      return otherToken(ofColumn: t, at: beat) ?? trace.tokenText(i, t, at: beat) ?? ""
    }
    let chosen = trace.words(ofPair: i, isRejected: false, at: beat) ?? []
    let (text, rejected) = (t < chosen.count ? chosen[t] : "", t < words.count ? words[t] : "")
    return text == rejected ? text : "\(text.isEmpty ? "–" : text) | \(rejected.isEmpty ? "–" : rejected)"
  }

  /// What stands above a column whose numbers are of another text than the response.
  private func otherToken(ofColumn column: Int, at beat: Int) -> String? {
    guard plan.axis != .pair else { return nil }
    for cell in plan.cells where cell.column == column && !cell.isInput {
      guard case .term(let term) = cell.content, let other = trace.otherToken(of: trace.terms[term].key, at: beat)
      else {
        continue
      }
      return other ?? "?"
    }
    return nil
  }

  // MARK: Title

  /// A headline, and what is to be said below it.
  var titleLines: [String] {
    let purpose = trace.purpose(of: plan.run)
    let position = [
      Caption.position(of: plan.run.beats.lowerBound, in: trace),
      plan.isEarlier ? "since then nothing happens here" : "",
    ]
    var marks: [String] = []
    if plan.links.contains(where: { $0.cut != nil }) { marks.append("dashed: no gradient passes") }
    if plan.cells.contains(where: { $0.isInput }) { marks.append("pale: from another stage or before") }
    return [
      plan.run.name, purpose, (position + [subjectText] + leftOut).filter { !$0.isEmpty }.joined(separator: " · "),
      (throughout + marks).joined(separator: " · "),
    ]
  }

  /// The same without the purpose, which is said beside the slide.
  private var shortTitleLines: [String] { titleLines.enumerated().filter { $0.offset != 1 }.map { $0.element } }

  private var formulas: [String] {
    hasFormulas ? Caption.formulas(of: Caption.terms(of: plan.run, at: plan.beat, in: trace), in: trace) : []
  }

  /// Numbers that every column uses, for which arrows would only be in the way.
  private var throughout: [String] {
    plan.throughout.filter { trace.terms[$0].beat <= plan.beat }.map { term in
      "everywhere: \(trace.text(term)) = \(trace.labelText(term))"
    }
  }

  private var subjectText: String {
    guard let subject = plan.subject else { return "" }
    switch plan.axis {
    case .sequence:
      let prompt = subject < trace.prompts.count ? trace.prompts[subject] : ""
      return "\(trace.words.example) \(subject), after “\(DOTEscape.token(prompt, limit: 120))”"
    case .previousToken:
      let words = trace.glossary.entries[Quantity.policyLogit.rawValue].labels[0] ?? []
      return subject < words.count ? "after “\(DOTEscape.token(words[subject]))”" : ""
    case .pair:
      let texts = [false, true].map { isRejected in
        let words = trace.words(
          ofPair: subject, isRejected: isRejected, at: min(plan.beat, plan.run.beats.upperBound - 1))
        return DOTEscape.token((words ?? []).joined(separator: " "), limit: 120)
      }
      return "pair \(subject)" + (texts[0].isEmpty ? "" : ", “\(texts[0])” over “\(texts[1])”")
    case .group: return "group “\(DOTEscape.token(groupName(subject)))”"
    default: return "step \(subject)"
    }
  }

  private var leftOut: [String] {
    var parts: [String] = []
    let nouns: (subject: String, column: String) =
      switch plan.axis {
      case .previousToken: ("state", trace.words.step)
      case .step: ("step", "pair")
      case .group: ("group", "token")
      case .vocabulary: ("token", "token")
      default: (plan.axis == .pair ? "pair" : trace.words.example, trace.words.step)
      }
    if plan.subjectCount > 1 {
      parts.append("\(Caption.count(plan.subjectCount - 1, "more " + nouns.subject)) like this")
    }
    let hidden = plan.columnCount - plan.columns.count
    if hidden > 0 {
      let noun =
        switch plan.columnAxis {
        case .step: "step"
        case .group: "group"
        case .sequence: "response"
        default: nouns.column
        }
      parts.append(Caption.count(hidden, "more " + noun) + " left out")
    }
    return parts
  }
}
