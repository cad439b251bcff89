import Documents
import Formulas
import Objectives
import Recording
import Simulation

extension MarkdownTrace {
  /// How many rows a table has before it is folded.
  private static let openRows = 8

  mutating func writeTables(of section: StageSection) {
    let terms = section.runs.flatMap { $0.beats.flatMap { Array(trace.beats[$0].terms) } }
    var shapes: [[Quantity.Axis]] = []
    for term in terms {
      let axes = trace.quantity(of: term).description.axes
      if !shapes.contains(axes) { shapes.append(axes) }
    }
    defer { if section.name == Stage.loss.name { writeTokenGradients() } }
    for axes in shapes {
      let members = terms.filter { trace.quantity(of: $0).description.axes == axes }
      switch axes {
      case [.sequence, .token]:
        // Of GRPO, a reward and an advantage count for a whole response.
        let ofResponses = members.filter { trace.terms[$0].key.j < 0 }
        let ofTokens = members.filter { trace.terms[$0].key.j >= 0 }
        if !ofResponses.isEmpty { writeResponses(ofResponses) }
        if !ofTokens.isEmpty { writeTokens(ofTokens, section) }
      case [.sequence]: writeResponses(members)
      case [.previousToken, .nextToken]: writeMatrices(members)
      case [.step, .pair]: writePairs(members)
      case [.metric], []: page.table(values(members))
      default: writeRows(members)
      }
    }
  }

  // MARK: Tokens and responses

  /// How the loss of the minibatch that is shown depends on what policy and critic say of each token.
  private mutating func writeTokenGradients() {
    let learned = trace.learnedByToken.filter { $0.description.axes.first == .sequence }
    var table = MarkdownTable(
      [trace.exampleTitle, "t", trace.stepTitle], numbers: learned.map { Markdown.code("grad(\($0.name))") })
    var near = table
    let end = lastBeat(of: shown)
    for run in trace.stages where run.loops == shown && run.name == Stage.policy.name {
      for term in run.beats.flatMap({ Array(trace.beats[$0].terms) }) where trace.quantity(of: term) == .logp {
        let (key, beat) = (trace.terms[term].key, run.beats.upperBound - 1)
        guard selection.contains(key.i, key.j) else { continue }
        let row =
          ["\(key.i)", "\(key.j)", Markdown.code(trace.tokenText(key.i, key.j, at: beat) ?? "")]
          + learned.map { quantity in
            let own = trace.term(TermKey(quantity, key.i, key.j), at: end)
            return own.flatMap { gradients[$0] }.map { Markdown.number($0) } ?? ""
          }
        table.rows.append(row)
        if selection.isNearExample(key.i, key.j) { near.rows.append(row) }
      }
    }
    if table.rows.isEmpty { return }
    page.paragraph("How this loss depends on each \(trace.words.step):")
    page.table(near)
    if table.rows.count > near.rows.count {
      page.details(
        (selection.remark == nil ? "All " : "") + Self.count(table.rows.count, trace.words.step), [table])
    }
  }

  /// One row per token; the example's response in view, the others a click away.
  private mutating func writeTokens(_ terms: [Int], _ section: StageSection) {
    let table = TokenTable(trace, terms, besides: Self.besides(section.name), selection)
    if table.keys.count <= Self.openRows {
      page.table(table.rows { _ in true })
    } else {
      page.table(table.rows { selection.isNearExample($0.i, $0.t) })
      page.details(
        (selection.remark == nil ? "All " : "") + Self.count(table.keys.count, trace.words.step),
        [table.rows { _ in true }])
    }
  }

  /// What else one wants to see beside a stage's own numbers.
  private static func besides(_ stage: String) -> [Quantity] {
    switch stage {
    case Stage.reference.name: [.oldLogp]
    case Stage.klPenalty.name: [.oldLogp, .refLogp]
    case Stage.gae.name: [.reward, .oldValue]
    case Stage.whiten.name: [.rawAdvantage]
    case Stage.policy.name: [.oldLogp, .oldValue]
    case Stage.ratio.name: [.oldLogp, .logp]
    case Stage.clip.name: [.ratio, .advantage]
    case Stage.valueLoss.name: [.oldValue, .value, .returns]
    default: []
    }
  }

  private mutating func writeResponses(_ terms: [Int]) {
    let quantities = Self.quantities(terms, in: trace)
    var table = MarkdownTable(
      [trace.exampleTitle, trace.promptTitle, trace.textTitle], numbers: quantities.map { title($0) })
    var keys: [Int] = []
    for term in terms where !keys.contains(trace.terms[term].key.i) { keys.append(trace.terms[term].key.i) }
    for i in keys where selection.contains(response: i) {
      let own = terms.filter { trace.terms[$0].key.i == i }
      let narrator = Narrator(trace: trace, beat: trace.terms[own[0]].beat)
      let cells = quantities.map { quantity in
        own.last { trace.quantity(of: $0) == quantity }.map { trace.markdownValue(of: $0) } ?? ""
      }
      let prompt = i < trace.prompts.count && !trace.prompts[i].isEmpty ? Markdown.code(trace.prompts[i]) : ""
      let isPair = trace.quantity(of: own[0]).description.axes.first == .pair
      let chosen = isPair ? trace.words(ofPair: i, isRejected: false, at: narrator.beat) : nil
      let text = chosen?.joined(separator: " ") ?? String(narrator.response(i).dropFirst().dropLast())
      table.rows.append(["\(i)", prompt, Markdown.code(text)] + cells)
    }
    page.table(table)
  }

  // MARK: Tables of parameters

  /// Tables that one wants to see; others are folded.
  private static let shownMatrices: [Quantity] = [.policyGradient, .policyStep]

  /// A policy's table as such, one token by the other; probabilities before and after share their cells.
  private mutating func writeMatrices(_ terms: [Int]) {
    let quantities = Self.quantities(terms, in: trace)
    if quantities == [.probabilityBefore, .probabilityAfter] {
      page.paragraph(
        "The probability of each next \(trace.words.step), before → after; bold where it changed by a hundredth or more:"
      )
      page.table(changes(terms))
      return
    }
    for quantity in quantities {
      let table = matrix(terms.filter { trace.quantity(of: $0) == quantity })
      if Self.shownMatrices.contains(quantity) {
        page.paragraph(Markdown.code(name(of: quantity)) + ": " + Markdown.text(meaning(of: quantity)) + ".")
        page.table(table)
      } else {
        page.details(summary(quantity), [table])
      }
    }
  }

  /// One row per step, one column per preference pair.
  private mutating func writePairs(_ terms: [Int]) {
    for quantity in Self.quantities(terms, in: trace) {
      let own = terms.filter { trace.quantity(of: $0) == quantity }
      let pairs = own.reduce(0) { max($0, trace.terms[$1].key.j + 1) }
      var table = MarkdownTable(["Step"], numbers: (0..<pairs).map { "pair \($0)" })
      for term in own {
        let key = trace.terms[term].key
        if table.rows.count == key.i { table.rows.append(["\(key.i)"]) }
        table.rows[key.i].append(Markdown.number(trace.value(term)))
      }
      page.details(summary(quantity), [table])
    }
  }

  private func summary(_ quantity: Quantity) -> String {
    "<code>\(name(of: quantity))</code>: " + Markdown.text(meaning(of: quantity))
  }

  private func matrix(_ terms: [Int]) -> MarkdownTable {
    matrix(terms, by: trace.value) { term in Markdown.number(trace.value(term), digits: 3) }
  }

  private func changes(_ terms: [Int]) -> MarkdownTable {
    let after = terms.filter { trace.quantity(of: $0) == .probabilityAfter }
    func before(_ term: Int) -> Double {
      let key = trace.terms[term].key
      return trace.value(.probabilityBefore, key.i, key.j, at: trace.terms[term].beat) ?? 0
    }
    return changes(after, from: before)
  }

  func changes(_ terms: [Int], from before: (Int) -> Double) -> MarkdownTable {
    matrix(terms, by: { trace.value($0) - before($0) }, cell: { Self.change(before($0), trace.value($0)) })
  }

  /// `0.241 → 0.322`, bold where it is a hundredth or more.
  static func change(_ before: Double, _ after: Double) -> String {
    let texts = [NumberText.fixed(before, decimals: 3), NumberText.fixed(after, decimals: 3)]
    if texts[0] == texts[1] { return texts[0] }
    let text = texts.joined(separator: " → ")
    return (after - before).magnitude >= 0.01 ? "**\(text)**" : text
  }

  /// - Parameters:
  ///   - terms: The numbers, by row and column.
  ///   - number: By which number of a term its row and column are chosen, where not all can be shown.
  ///   - cell: How a term is written.
  func matrix(_ terms: [Int], by number: (Int) -> Double, cell: (Int) -> String) -> MarkdownTable {
    let labels = terms.first.map { trace.glossary.entries[trace.terms[$0].key.name].labels } ?? [nil, nil]
    let (states, words) = (labels[0] ?? [], labels[1] ?? [])
    var rows: [(state: Int, terms: [Int])] = []
    for term in terms {
      let state = trace.terms[term].key.i
      if rows.last?.state != state { rows.append((state, [])) }
      rows[rows.count - 1].terms.append(term)
    }
    let shown = rows.map { $0.terms.map(number) }.telling(rows: Self.tableRows, columns: Self.tableColumns)
    let corner = trace.glossary.hasActions ? "in" : "after"
    var table = MarkdownTable([corner], numbers: shown.columns.map { Markdown.code(words[$0]) })
    for (state, terms) in shown.rows.map({ rows[$0] }) {
      let name = Markdown.code(state < states.count ? states[state] : "\(state)")
      table.rows.append([name] + shown.columns.filter(terms.indices.contains).map { cell(terms[$0]) })
    }
    table.note = leftOut(shown, of: rows.count, words.count)
    return table
  }

  /// One row per index: a step, a token of the vocabulary, a state of the critic; the last of several values counts.
  private mutating func writeRows(_ terms: [Int]) {
    let quantities = Self.quantities(terms, in: trace)
    let axes = quantities[0].description.axes
    var latest: [TermKey: Int] = [:]
    var order: [Int] = []
    for term in terms {
      let key = trace.terms[term].key
      if key.name == quantities[0].rawValue, latest[key] == nil { order.append(term) }
      latest[key] = term
    }
    var table = MarkdownTable(axes.map { Self.title($0) }, numbers: quantities.map { title($0) })
    for term in order {
      let key = trace.terms[term].key
      let cells = quantities.map { quantity in
        latest[TermKey(quantity, key.i, key.j)].map { trace.markdownValue(of: $0) } ?? ""
      }
      table.rows.append(labels(of: term, axes) + cells)
    }
    if table.rows.count <= Self.openRows {
      page.table(table)
    } else {
      let names = quantities.map { "<code>\(name(of: $0))</code>" }.joined(separator: ", ")
      page.details("All \(table.rows.count) rows of \(names)", [table])
    }
  }

  /// A term's indices as cells.
  private func labels(of term: Int, _ axes: [Quantity.Axis]) -> [String] {
    zip(axes, trace.glossary.indexTexts(trace.terms[term].key)).map { axis, text in
      axis == .previousToken || axis == .vocabulary ? Markdown.code(text) : text
    }
  }

  /// Numbers without an index, and metrics.
  private func values(_ terms: [Int]) -> MarkdownTable {
    var table = MarkdownTable(["Term", "Meaning"], numbers: ["Value"])
    for term in terms {
      let quantity = trace.quantity(of: term)
      let meaning = quantity == .metric ? "" : Markdown.text(meaning(of: quantity))
      let symbol = quantity == .metric ? "" : " " + Markdown.math(trace.name(of: term, as: .latex))
      table.rows.append([Markdown.code(trace.text(term)) + symbol, meaning, trace.markdownValue(of: term)])
    }
    if terms.allSatisfy({ trace.quantity(of: $0) == .metric }) {
      var metrics = MarkdownTable(["Metric"], numbers: ["Value"])
      metrics.rows = table.rows.map { [$0[0], $0[2]] }
      return metrics
    }
    return table
  }

  // MARK: Titles

  static func quantities(_ terms: [Int], in trace: Trace) -> [Quantity] {
    var quantities: [Quantity] = []
    for term in terms {
      let quantity = trace.quantity(of: term)
      if !quantities.contains(quantity) { quantities.append(quantity) }
    }
    return quantities
  }

  /// A column's title: the name as one types it, and as formulas write it.
  static func title(_ quantity: Quantity, in trace: Trace) -> String {
    let entry = trace.glossary.entries[quantity.rawValue]
    return Markdown.code(entry.name) + " " + Markdown.math(entry.latex)
  }

  func title(_ quantity: Quantity) -> String { Self.title(quantity, in: trace) }

  /// A name as the algorithm has it.
  private func name(of quantity: Quantity) -> String { trace.glossary.entries[quantity.rawValue].name }

  /// What the algorithm means by a name.
  private func meaning(of quantity: Quantity) -> String { trace.glossary.entries[quantity.rawValue].meaning }

  private static func title(_ axis: Quantity.Axis) -> String {
    switch axis {
    case .previousToken: "after"
    case .vocabulary: "Token"
    case .step: "Step"
    case .pair: "Pair"
    case .sequence: "Response"
    case .token: "t"
    case .group: "Group"
    default: ""
    }
  }
}
