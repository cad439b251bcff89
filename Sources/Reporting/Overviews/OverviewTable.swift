import Documents
import Objectives
import Plots
import Recording
import Simulation

/// The rows of a stage, in at most 80 columns: responses by tokens, states by tokens, or one row each.
public struct OverviewTable: Sendable {
  public let header: [String]
  public let rows: [[String]]
  /// How many columns are aligned left.
  public let alignedLeft: Int
  /// The row with the most telling number, if it is one of these.
  public let tellingRow: Int?
  /// What the table leaves out, and what its marks say.
  public let notes: [String]

  static let rowLimit = 8
  /// How many columns a table of parameters has.
  private static let columnLimit = 8

  init?(of subject: OverviewSubject) {
    guard let focus = subject.focus, let first = focus.terms.first, !subject.isBlank else { return nil }
    let table: OverviewTable? =
      switch subject.axes(first) {
      case [.sequence, .token], [.pair, .token]: Self.tokens(subject, focus)
      case [.sequence], [.pair], [.group]: Self.records(subject, focus)
      case [.previousToken, .nextToken], [.group, .vocabulary]: Self.matrix(subject, focus.terms)
      case [.vocabulary]: Self.matrix(subject, focus.terms)
      case [.step]: Self.learned(subject)
      default: Self.values(subject)
      }
    guard let table, !table.rows.isEmpty else { return nil }
    self = table
  }

  private init(
    header: [String], rows: [[String]], alignedLeft: Int = 1, tellingRow: Int? = nil, notes: [String?] = []
  ) {
    self.header = header
    self.rows = rows
    self.alignedLeft = alignedLeft
    self.tellingRow = tellingRow
    self.notes = notes.compactMap { $0 }
  }

  // MARK: Responses by tokens

  private struct TokenCell {
    let row: Int
    let column: Int
    let token: String
    let value: String
    let mark: String
    let distance: Double
  }

  /// A row for each response, or for each of a pair, a column for each token: the token, its number, and its mark.
  private static func tokens(_ subject: OverviewSubject, _ focus: StageFocus) -> OverviewTable {
    let special = subject.special
    var names: [String] = []
    var cells: [TokenCell] = []
    for term in focus.terms {
      let key = subject.trace.terms[term].key
      let name = rowName(subject, term)
      let row = names.firstIndex(of: name) ?? names.count
      if row == names.count { names.append(name) }
      cells.append(
        TokenCell(
          row: row, column: key.j, token: subject.shortToken(of: term), value: subject.shown(term),
          mark: subject.mark(of: term), distance: special.contains(term) ? .infinity : subject.distance(of: term, focus)
        ))
    }
    let (shown, note) = rows(names.count, cells.map { ($0.row, $0.distance) })
    cells.removeAll { !shown.contains($0.row) }
    let tokenWidth = cells.map { NumberText.width($0.token) }.max() ?? 0
    let valueWidth = cells.map { NumberText.width($0.value) }.max() ?? 0
    let nameWidth = names.map { NumberText.width($0) }.max() ?? 0
    let room = max(1, (80 - 2 - nameWidth) / (tokenWidth + valueWidth + 5))
    let center = subject.tellingTerm(focus).map { subject.trace.terms[$0].key.j } ?? 0
    let columns = window(cells, around: center, room: room)
    let rows = shown.map { row in
      [names[row]]
        + columns.map { column in
          cells.first { $0.row == row && $0.column == column }.map { cell in
            NumberText.alignedLeft(cell.token, to: tokenWidth) + " "
              + NumberText.alignedRight(cell.value, to: valueWidth) + NumberText.alignedLeft(cell.mark, to: 1)
          } ?? ""
        }
    }
    let all = (cells.map { $0.column }.max() ?? 0) + 1
    return OverviewTable(
      header: [""] + columns.map { "\($0)" }, rows: rows, alignedLeft: 1 + columns.count,
      tellingRow: subject.tellingTerm(focus).flatMap { names.firstIndex(of: rowName(subject, $0)) }
        .flatMap { shown.firstIndex(of: $0) },
      notes: [
        note, leftOut(columns.count, of: all, subject.trace.words.step + "s"), legend(cells.map { $0.mark }, focus),
      ])
  }

  private static func rowName(_ subject: OverviewSubject, _ term: Int) -> String {
    let i = subject.trace.terms[term].key.i
    switch subject.trace.quantity(of: term) {
    case .chosenLogp, .chosenRefLogp: return "\(i) chosen"
    case .rejectedLogp, .rejectedRefLogp: return "\(i) rejected"
    default: return "\(i)"
    }
  }

  /// The columns that fit, around the most telling one.
  private static func window(_ cells: [TokenCell], around center: Int, room: Int) -> [Int] {
    let last = cells.map { $0.column }.max() ?? 0
    guard last >= room else { return Array(0...last) }
    let start = min(max(0, center - room / 2), last + 1 - room)
    return Array(start..<(start + room))
  }

  /// The rows that are shown, in order: all, or those with the numbers that are farthest from their rest.
  private static func rows(
    _ count: Int, _ cells: [(row: Int, distance: Double)]
  ) -> (shown: [Int], note: String?) {
    var farthest = [Double](repeating: -.infinity, count: count)
    for cell in cells { farthest[cell.row] = max(farthest[cell.row], cell.distance) }
    let shown = mostTelling(farthest, limit: rowLimit)
    // Where all rows are alike, the first ones are shown.
    let isEven = shown.count < count && farthest.allSatisfy { $0 == farthest[0] }
    return (shown, isEven ? "… the first \(shown.count) of \(count) rows" : leftOut(shown.count, of: count, "rows"))
  }

  /// What the marks say that a table has: an advantage that is still to be scaled or whitened promises nothing.
  private static func legend(_ marks: [String], _ focus: StageFocus) -> String? {
    let isRaw = focus.quantities == [.rawAdvantage]
    let shown: [(mark: Mark, meaning: String)] = [
      (.positive, isRaw ? "above 0" : Mark.positive.meaning), (.negative, isRaw ? "below 0" : Mark.negative.meaning),
      (.clipped, Mark.clipped.meaning),
    ]
    let used = shown.filter { marks.contains($0.mark.symbol) }
    return used.isEmpty ? nil : used.map { "\($0.mark.symbol) \($0.meaning)" }.joined(separator: ", ")
  }

  // MARK: One row each

  /// A row for each response, pair or group, a column for each of the stage's quantities as far as they fit.
  private static func records(_ subject: OverviewSubject, _ focus: StageFocus) -> OverviewTable {
    let trace = subject.trace
    let axes = subject.axes(focus.terms[0])
    let alike = subject.members.filter { subject.axes($0) == axes }
    var indices: [Int] = []
    for term in alike where !indices.contains(trace.terms[term].key.i) { indices.append(trace.terms[term].key.i) }
    let special = subject.special
    let (places, note) = rows(
      indices.count,
      focus.terms.compactMap { term in
        indices.firstIndex(of: trace.terms[term].key.i).map {
          ($0, special.contains(term) ? .infinity : focus.distance(of: term))
        }
      }
    )
    let shown = places.map { indices[$0] }
    let texts = shown.map { trace.isOfPlace(focus.terms[0]) ? "" : subject.text(of: $0, axes) }
    let quantities = fitting(subject, alike, focus, room: 76 - (texts.map { NumberText.width($0) }.max() ?? 0))
    let rows = zip(shown, texts).map { i, text in
      [subject.trace.glossary.indexTexts(TermKey(quantities[0], i)).first ?? "\(i)", text]
        + quantities.map { quantity in
          alike.last { trace.quantity(of: $0) == quantity && trace.terms[$0].key.i == i }.map {
            trace.shownValue($0) + (subject.mark(of: $0).isEmpty ? "" : " " + subject.mark(of: $0))
          } ?? ""
        }
    }
    let names = quantities.map { trace.glossary.entries[$0.rawValue].name }
    return OverviewTable(
      header: [
        "", texts.allSatisfy { $0.isEmpty } ? "" : axes == [.group] ? "rewards" : axes == [.pair] ? "chosen" : "",
      ] + names, rows: rows, alignedLeft: 2,
      tellingRow: subject.tellingTerm(focus).flatMap { shown.firstIndex(of: trace.terms[$0].key.i) },
      notes: [note])
  }

  /// The focus, and the other quantities from the last one on, as many as there is room for.
  private static func fitting(
    _ subject: OverviewSubject, _ terms: [Int], _ focus: StageFocus, room: Int
  ) -> [Quantity] {
    var all: [Quantity] = []
    for term in terms where !all.contains(subject.trace.quantity(of: term)) {
      all.append(subject.trace.quantity(of: term))
    }
    var kept = all.filter { focus.quantities.contains($0) }
    func width(_ quantities: [Quantity]) -> Int {
      quantities.reduce(0) { $0 + 2 + max(9, subject.trace.glossary.entries[$1.rawValue].name.count) }
    }
    for quantity in all.reversed() where !kept.contains(quantity) && width(kept + [quantity]) <= room {
      kept.append(quantity)
    }
    return all.filter { kept.contains($0) }
  }

  // MARK: Parameters

  /// A row for each state, or one for all of a vocabulary; rows in which nothing moves are left out.
  private static func matrix(_ subject: OverviewSubject, _ terms: [Int]) -> OverviewTable? {
    let trace = subject.trace
    guard let first = terms.first, let focus = StageFocus(nil, members: first..<(first + 1), in: trace) else {
      return nil
    }
    let labels = trace.glossary.entries[trace.terms[first].key.name].labels
    let isVector = labels.count == 1
    let columns = (isVector ? labels[0] : labels[1]) ?? []
    var latest: [TermKey: Int] = [:]
    for term in terms { latest[trace.terms[term].key] = term }
    let count = isVector ? 1 : (terms.map { trace.terms[$0].key.i }.max() ?? 0) + 1
    func term(_ row: Int, _ column: Int) -> Int? {
      let name = trace.terms[first].key.name
      return latest[isVector ? TermKey(name: name, i: column) : TermKey(name: name, i: row, j: column)]
    }
    let moving = (0..<count).filter { row in
      columns.indices.contains { column in term(row, column).map { focus.distance(of: $0) != 0 } ?? false }
    }
    if moving.isEmpty { return nil }
    let (places, note) = rows(
      moving.count,
      moving.enumerated().flatMap { place, row in
        columns.indices.map { column in (place, term(row, column).map { focus.distance(of: $0) } ?? 0) }
      }
    )
    let shown = places.map { moving[$0] }
    let wide = mostTelling(
      columns.indices.map { column in
        shown.reduce(0.0) { farthest, row in max(farthest, term(row, column).map { focus.distance(of: $0) } ?? 0) }
      }, limit: columnLimit)
    let decimals = self.decimals(shown.flatMap { row in wide.compactMap { term(row, $0) } }, in: trace)
    let table = shown.map { row in
      [isVector ? "" : labels[0]?[row] ?? "\(row)"]
        + wide.map { column in term(row, column).map { text($0, decimals, in: trace) } ?? "" }
    }
    let still = count - moving.count
    return OverviewTable(
      header: [isVector ? "" : subject.rowTitle] + wide.map { columns[$0] }, rows: table,
      tellingRow: isVector
        ? nil
        : subject.focus.flatMap { subject.tellingTerm($0) }.flatMap { shown.firstIndex(of: trace.terms[$0].key.i) },
      notes: [
        note, leftOut(wide.count, of: columns.count, "columns"),
        still == 0 ? nil : "… \(still == 1 ? "one row has" : "\(still) rows have") nothing but 0 or no change",
      ])
  }

  /// So many that the largest number has three digits; what is smaller is small.
  private static func decimals(_ terms: [Int], in trace: Trace) -> Int {
    let largest = terms.reduce(0.0) { $1 < 0 ? $0 : max($0, trace.value($1).magnitude) }
    var (decimals, size) = (2, largest)
    while decimals < 12, size > 0, size < 1 {
      size *= 10
      decimals += 1
    }
    return decimals
  }

  private static func text(_ term: Int, _ decimals: Int, in trace: Trace) -> String {
    trace.value(term) == 0 || trace.isRoundingNoise(term) || trace.value(term).magnitude >= 1e4
      ? trace.shownValue(term) : NumberText.fixed(trace.value(term), decimals: decimals)
  }

  /// What steps of learning have made: the last parameters of the stage.
  private static func learned(_ subject: OverviewSubject) -> OverviewTable? {
    let logits = subject.terms(.referenceLogit, .policyLogit)
    if !logits.isEmpty { return matrix(subject, logits) }
    return weights(subject)
  }

  private static func weights(_ subject: OverviewSubject) -> OverviewTable? {
    matrix(subject, subject.terms(.rewardWeight))
  }

  // MARK: Single numbers

  private static func values(_ subject: OverviewSubject) -> OverviewTable {
    let trace = subject.trace
    let single = subject.members.filter {
      trace.terms[$0].key.indices.isEmpty || trace.quantity(of: $0) == .metric
    }
    let rows = single.prefix(2 * rowLimit).map { [trace.text($0), trace.shownValue($0)] }
    return OverviewTable(header: ["", ""], rows: Array(rows))
  }
}

extension OverviewSubject {
  func shown(_ term: Int) -> String { trace.shownValue(decisive(term)) }

  /// What the rows of a matrix are.
  var rowTitle: String {
    let isOfGroups = focus.map { axes($0.terms[0]).first == .group } ?? false
    return isOfGroups ? "" : narrator.hasActions ? "in" : "after"
  }

  /// A clip, or else the sign of the advantage, the term's own or that of its token.
  func mark(of term: Int) -> String {
    if kind == .clip, trace.isPassedOver(term) { return "" }
    if let mark = trace.mark(of: term), [.clipped, .positive, .negative].contains(mark) { return mark.symbol }
    guard kind == .clip else { return "" }
    let key = trace.terms[term].key
    let beat = trace.terms[term].beat
    let advantage =
      trace.term(TermKey(.advantage, key.i, key.j), at: beat) ?? trace.term(TermKey(.advantage, key.i), at: beat)
    return advantage.flatMap { trace.mark(of: $0)?.symbol } ?? ""
  }

  /// A token as a table has room for it.
  func shortToken(of term: Int) -> String {
    let (key, beat) = (trace.terms[term].key, trace.terms[term].beat)
    // In a slot behind the response may have stood a token of an iteration before.
    let isSlot = axes(term) == [.sequence, .token] && trace.otherToken(of: key, at: beat) == nil
    if isSlot, narrator.isSlot(key.i, key.j) { return "" }
    let text = (trace.tokenText(of: key, at: beat) ?? "").visible
    return NumberText.width(text) <= 10 ? text : String(text.prefix(9)) + "…"
  }

  /// What stands beside a row's number: the response, the chosen one of a pair, or the rewards of a group.
  func text(of i: Int, _ axes: [Quantity.Axis]) -> String {
    if axes == [.group] {
      guard let mean = terms(.groupMean).first(where: { trace.terms[$0].key.i == i }) else { return "" }
      let rewards = trace.computedInputs(of: mean)
      return rewards.prefix(6).map { trace.shownValue($0) }.joined(separator: " ") + (rewards.count > 6 ? " …" : "")
    }
    if axes == [.pair], let chosen = trace.words(ofPair: i, isRejected: false, at: narrator.beat) {
      return chosen.prefix(6).map { $0.visible }.joined(separator: " ").end(columns: 28)
    }
    var words: [String] = []
    switch focus.map({ trace.quantity(of: $0.terms[0]) }) {
    // Numbers of another text than the response.
    case .mismatchedLogRatio:
      while words.count < 6, let word = trace.mismatchedToken(i, words.count, at: narrator.beat) { words.append(word) }
    case .baselineReward: words = Array(trace.greedyTokens(i, at: narrator.beat).prefix(6))
    default: words = response(i)
    }
    return words.map { $0.visible }.joined(separator: " ").end(columns: 28)
  }

  /// The first words of a response.
  private func response(_ i: Int) -> [String] {
    var words: [String] = []
    while words.count < 6, !narrator.isSlot(i, words.count),
      let word = trace.tokenText(i, words.count, at: narrator.beat)
    {
      words.append(word)
    }
    return words
  }
}
