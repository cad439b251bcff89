import Autodiff
import Objectives
import Plots
import Recording
import Simulation

/// What to draw of a stage: the terms of one sequence, or of one state of the policy, and what they were computed from.
///
/// The sequence is the one that the beat is about; elsewhere the first whose numbers tell something. So is the run of the
/// stage: its last one up to the position, or from outside of that loop an earlier one, if the last shows nothing but zeros.
struct StagePlan {
  /// A node of the diagram.
  struct Cell {
    enum Content {
      case term(Int)
      /// Inputs that are too many to be drawn one by one.
      case bundle(text: String, terms: [Int])
    }

    var content: Content
    let name: Int
    /// Whether it comes from another stage.
    let isInput: Bool
    var column: Int?
    let suffix: String
    /// What stands in one row: the terms of one name, apart from inputs of that name.
    var row: Int { name * 2 + (isInput ? 0 : 1) }
  }

  /// A step of the data flow, by the numbers of two cells.
  struct Link {
    let from: Int
    let to: Int
    let cut: TermEdge.Cut?
    /// What is used without being part of the formula, as the random draw by the token that it picks.
    var isHint = false
  }

  let trace: Trace
  let beat: Int
  let run: Trace.StageRun
  /// Whether the runs of the stage between this one and the position show nothing but zeros.
  let isEarlier: Bool
  /// What the first index of the drawn terms counts, and which one was chosen.
  private(set) var axis: Quantity.Axis?
  private(set) var subject: Int?
  private(set) var subjectCount = 0
  /// What the second index counts, and which of them are drawn.
  private(set) var columnAxis: Quantity.Axis?
  private(set) var columns: [Int] = []
  private(set) var columnCount = 0
  private(set) var cells: [Cell] = []
  private(set) var links: [Link] = []

  private var cellOfTerm: [Int: Int] = [:]
  private var isSideBySide = false

  /// Numbers from elsewhere that are used in so many places that they are only told.
  private(set) var throughout: [Int] = []
  private var columnLimit = 6

  init?(_ stageName: String, of trace: Trace, at beat: Int) {
    let runs = trace.stages.filter { $0.name == stageName && $0.beats.lowerBound <= beat }
    guard let last = runs.last else { return nil }
    self.trace = trace
    self.beat = beat
    let isHere = last.beats.contains(beat) || last.loops == trace.stage(ofBeat: beat).loops
    let telling = isHere ? last : runs.reversed().first { Self.tells($0, in: trace) } ?? last
    run = telling
    isEarlier = telling.beats != last.beats
    var terms = Self.terms(of: run, in: trace)
    if run.name == Stage.rollout.name {
      // Which tokens come, and how many, is not known before they are sampled.
      terms = terms.clamped(to: 0..<trace.beats[min(beat, trace.beats.count - 1)].terms.upperBound)
    }
    chooseSubject(among: terms)
    let members = terms.filter { belongs($0) }
    chooseColumns(among: members)
    for term in members where column(of: term).map({ columns.contains($0) }) ?? true {
      add(term, isInput: false, column: column(of: term))
    }
    for cell in cells.indices { addInputs(of: cell) }
    tellWhatIsEverywhere()
  }

  private static func terms(of run: Trace.StageRun, in trace: Trace) -> Range<Int> {
    trace.beats[run.beats.lowerBound].terms.lowerBound..<trace.beats[run.beats.upperBound - 1].terms.upperBound
  }

  // MARK: Choosing a sequence and its tokens

  /// What a term's indices count; the advantage of GRPO has one index, that of PPO two.
  private func axes(_ term: Int) -> [Quantity.Axis] {
    Array(trace.quantity(of: term).description.axes.prefix(trace.terms[term].key.indices.count))
  }

  private mutating func chooseSubject(among terms: Range<Int>) {
    let isSubject: (Quantity.Axis) -> Bool = {
      $0 == .sequence || $0 == .previousToken || $0 == .step || $0 == .pair
    }
    let indexed = terms.filter { axes($0).first.map(isSubject) ?? false }
    let isOther: (Quantity.Axis) -> Bool = { $0 == .group || $0 == .vocabulary }
    guard let first = indexed.first ?? terms.first(where: { axes($0).first.map(isOther) ?? false }) else { return }
    axis = axes(first).first
    let alike = terms.filter { axes($0).first == axis }
    // What has no parts of its own is drawn side by side: steps, groups, the recorded scores of responses.
    isSideBySide =
      alike.allSatisfy { axes($0).count == 1 } && (axis == .step || axis == .vocabulary || hasFewInputs(alike))
    if isSideBySide { return }
    var subjects: [Int] = []
    for term in alike where subjects.last != trace.terms[term].key.i && !subjects.contains(trace.terms[term].key.i) {
      subjects.append(trace.terms[term].key.i)
    }
    subjectCount = subjects.count
    let current = alike.first { trace.terms[$0].beat == beat }.map { trace.terms[$0].key.i }
    subject = current ?? mostTelling(alike, standard: standardSubject(among: subjects))
  }

  /// Of the subjects whose result is not 0 the first with a number that is clipped, or else the standard one, or the first.
  private func mostTelling(_ terms: [Int], standard: Int?) -> Int? {
    let known = terms.filter { trace.terms[$0].beat <= beat }
    guard let result = known.last.map({ trace.terms[$0].key.name }) else { return standard }
    let telling = known.filter { trace.terms[$0].key.name == result && trace.isTelling($0) }.map {
      trace.terms[$0].key.i
    }
    let isOfSamples = axis == .sequence || axis == .pair
    let clipped = known.first { term in
      isOfSamples && trace.mark(of: term) == .clipped && telling.contains(trace.terms[term].key.i)
    }
    if let clipped { return trace.terms[clipped].key.i }
    return standard.flatMap { telling.contains($0) ? $0 : nil } ?? telling.first ?? standard
  }

  /// Whether the last quantity of a run is anywhere other than 0.
  private static func tells(_ run: Trace.StageRun, in trace: Trace) -> Bool {
    let terms = terms(of: run, in: trace)
    let result = terms.last { !trace.terms[$0].key.indices.isEmpty } ?? terms.last
    guard let name = result.map({ trace.terms[$0].key.name }) else { return false }
    return terms.contains { trace.terms[$0].key.name == name && trace.isTelling($0) }
  }

  /// Whether any number of a run is not 0.
  static func hasNumbers(_ run: Trace.StageRun, in trace: Trace) -> Bool {
    terms(of: run, in: trace).contains { trace.value($0) != 0 }
  }

  /// Whether one of the numbers that are known at the position is not 0.
  var showsSomething: Bool {
    cells.contains { cell in
      guard !cell.isInput, case .term(let term) = cell.content, trace.terms[term].beat <= beat else { return false }
      return trace.value(term) != 0
    }
  }

  private func hasFewInputs(_ terms: [Int]) -> Bool {
    let limit = axis == .group ? 2 : 0
    return terms.prefix(8).allSatisfy { trace.edges(of: $0).count <= limit }
  }

  /// The first sequence, the last step of learning, or the state in which the first prompt leaves the policy.
  private func standardSubject(among subjects: [Int]) -> Int? {
    guard axis == .previousToken else { return axis == .step ? subjects.last : subjects.first }
    let name = Quantity.policyLogit.rawValue
    let words = trace.glossary.entries[name].labels[0] ?? []
    return subjects.first { $0 < words.count && trace.prompts.first?.hasSuffix(words[$0]) ?? false } ?? subjects.first
  }

  private func belongs(_ term: Int) -> Bool {
    let axes = axes(term)
    if axes.isEmpty || axes.first == .metric { return true }
    guard axes.first == axis else { return false }
    return subject == nil || trace.terms[term].key.i == subject
  }

  /// The column of a term of this stage, or of one with the same indices.
  private func column(of term: Int) -> Int? {
    let key = trace.terms[term].key
    guard axes(term).first == axis, axis != nil else { return nil }
    guard let subject else { return isSideBySide ? key.i : nil }
    return key.i == subject && key.j >= 0 ? key.j : nil
  }

  private mutating func chooseColumns(among members: [Int]) {
    var all: [Int] = []
    for term in members {
      guard let column = column(of: term) else { continue }
      if columnAxis == nil { columnAxis = subject == nil ? axis : axes(term)[1] }
      if !all.contains(column) { all.append(column) }
    }
    all.sort()
    // A screen is about 1200 pixels wide, a letter 7.
    let letters = members.reduce(10) { max($0, column(of: $1) == nil ? 0 : min(30, trace.text($1).count)) }
    columnLimit = max(3, min(6, 1100 / (letters * 7 + 75)))
    columnCount = all.count
    guard all.count > columnLimit else {
      columns = all
      return
    }
    switch columnAxis {
    case .token: columns = page(of: all, around: members.first { trace.terms[$0].beat == beat }.flatMap(column(of:)))
    case .sequence: columns = page(of: all, around: firstOther(among: members))
    case .step: columns = (0..<columnLimit).map { all[$0 * (all.count - 1) / (columnLimit - 1)] }
    default: columns = largest(members, among: all)
    }
  }

  /// The first column whose number is not the one before.
  private func firstOther(among members: [Int]) -> Int? {
    let known = members.filter { trace.terms[$0].beat <= beat }
    return zip(known, known.dropFirst()).first { trace.value($0) != trace.value($1) }.flatMap { column(of: $1) }
  }

  /// So many columns that the current one is among them.
  private func page(of all: [Int], around current: Int?) -> [Int] {
    let place = current.flatMap { all.firstIndex(of: $0) } ?? 0
    let start = min(place / columnLimit * columnLimit, all.count - columnLimit)
    return Array(all[start..<(start + columnLimit)])
  }

  /// The columns in which most happens to the last quantity of the stage.
  private func largest(_ members: [Int], among all: [Int]) -> [Int] {
    guard let name = members.last(where: { column(of: $0) != nil }).map({ trace.terms[$0].key.name }) else {
      return all
    }
    var open: [(column: Int, size: Double)] = members.compactMap { term in
      guard trace.terms[term].key.name == name, let column = column(of: term) else { return nil }
      return (column, trace.terms[term].beat <= beat ? trace.change(term).magnitude : 0)
    }
    var chosen: [Int] = []
    while chosen.count < columnLimit, !open.isEmpty {
      var best = 0
      for place in open.indices where open[place].size > open[best].size { best = place }
      chosen.append(open.remove(at: best).column)
    }
    return chosen.sorted()
  }

  // MARK: Collecting what is drawn

  @discardableResult
  private mutating func add(_ term: Int, isInput: Bool, column: Int?) -> Int {
    let name = trace.terms[term].key.name
    let hasTwin = cells.contains {
      if case .term(let other) = $0.content { trace.terms[other].key == trace.terms[term].key } else { false }
    }
    cells.append(
      Cell(
        content: .term(term), name: name, isInput: isInput, column: column, suffix: hasTwin ? "~before" : ""))
    cellOfTerm[term] = cells.count - 1
    return cells.count - 1
  }

  private mutating func addInputs(of cell: Int) {
    guard case .term(let term) = cells[cell].content else { return }
    var names: [Int] = []
    var groups: [Int: [TermEdge]] = [:]
    for edge in trace.edges(of: term) {
      let name = trace.terms[edge.to].key.name
      if groups[name] == nil { names.append(name) }
      groups[name, default: []].append(edge)
    }
    // One node for one sequence has room for what it is made of; many side by side do not.
    let limit = subject != nil && columns.isEmpty ? 8 : 2
    for name in names {
      let edges = groups[name] ?? []
      let single = edges.count > limit ? edges.filter { isOwn($0.to) } : edges
      let rest = edges.count > limit ? edges.filter { !isOwn($0.to) } : []
      // What a choice takes is not known before it is made.
      let isKnown = trace.terms[term].beat <= beat
      for edge in single { links.append(Link(from: input(edge.to, of: cell), to: cell, cut: isKnown ? edge.cut : nil)) }
      guard !rest.isEmpty else { continue }
      let cut = isKnown && rest.allSatisfy { $0.cut != nil } ? rest[0].cut : nil
      links.append(Link(from: bundle(rest.map { $0.to }, column: cells[cell].column), to: cell, cut: cut))
    }
    for hint in hints(for: term) {
      links.append(Link(from: input(hint, of: cell), to: cell, cut: nil, isHint: true))
    }
  }

  /// Whether a term is drawn as one of this stage.
  private func isOwn(_ term: Int) -> Bool { cellOfTerm[term].map { !cells[$0].isInput } ?? false }

  private mutating func input(_ term: Int, of cell: Int) -> Int {
    if let known = cellOfTerm[term] { return known }
    let column = column(of: term).flatMap { columns.contains($0) ? $0 : nil }
    let isShared = trace.terms[term].key.indices.count < 2 && axes(term).first != .previousToken
    return add(term, isInput: true, column: column ?? (isShared ? nil : cells[cell].column))
  }

  /// The number of the bundle that stands for inputs; bundles of one name that overlap are one.
  private mutating func bundle(_ terms: [Int], column: Int?) -> Int {
    let text = bundleText(terms)
    var twins = 0
    for cell in cells.indices {
      guard case .bundle(text, let others) = cells[cell].content else { continue }
      if others.contains(where: { terms.contains($0) }) {
        cells[cell].content = .bundle(text: text, terms: others + terms.filter { !others.contains($0) })
        if cells[cell].column != column { cells[cell].column = nil }
        return cell
      }
      twins += 1
    }
    cells.append(
      Cell(
        content: .bundle(text: text, terms: terms), name: trace.terms[terms[0]].key.name, isInput: true,
        column: column, suffix: twins == 0 ? "" : "~\(twins + 1)"))
    return cells.count - 1
  }

  /// `policy.logit[was,*]`, or `objective[*,*]` where the first indices differ.
  private func bundleText(_ terms: [Int]) -> String {
    let first = trace.terms[terms[0]].key
    let word = trace.glossary.indexTexts(first).first.map { Glossary.quotedIfNeeded($0) } ?? "*"
    let isOneRow = terms.allSatisfy { trace.terms[$0].key.i == first.i }
    let indices = first.i < 0 ? "" : first.j < 0 ? "[*]" : isOneRow ? "[\(word),*]" : "[*,*]"
    return trace.glossary.entries[first.name].name + indices
  }

  private mutating func tellWhatIsEverywhere() {
    guard !columns.isEmpty else { return }
    let isEverywhere = cells.indices.map { cell in
      cells[cell].isInput && cells[cell].column == nil && links.count { $0.from == cell && !$0.isHint } > 3
    }
    guard isEverywhere.contains(true) else { return }
    var numbers: [Int] = []
    var kept: [Cell] = []
    for (cell, isHidden) in zip(cells, isEverywhere) {
      numbers.append(kept.count)
      if !isHidden { kept.append(cell) } else if case .term(let term) = cell.content { throughout.append(term) }
    }
    links = links.filter { !isEverywhere[$0.from] }.map { link in
      Link(from: numbers[link.from], to: numbers[link.to], cut: link.cut, isHint: link.isHint)
    }
    cells = kept
  }

  /// What decides a term without entering it as a number.
  private func hints(for term: Int) -> [Int] {
    let key = trace.terms[term].key
    switch trace.quantity(of: term) {
    case .token:
      return [Quantity.cumulativeLow, .draw, .cumulativeHigh].compactMap {
        trace.term(TermKey($0, key.i, key.j), at: run.beats.upperBound - 1)
      }
    case .policyGradient, .criticGradient, .rewardGradient:
      return trace.term(TermKey(.loss), at: trace.terms[term].beat).map { [$0] } ?? []
    default: return []
    }
  }
}

extension Trace {
  /// Whether a number is other than what it is as long as nothing has happened.
  fileprivate func isTelling(_ term: Int) -> Bool { change(term) != 0 }

  /// How far a number is from what it is as long as nothing has happened: from 0, of a ratio from 1, of a parameter from what it
  /// was before.
  fileprivate func change(_ term: Int) -> Double {
    switch quantity(of: term) {
    case .ratio, .clippedRatio, .boundedRatio, .ratioWeight, .sequenceRatio, .clippedSequenceRatio,
      .boundedSequenceRatio, .sequenceRatioWeight, .geometricRatio, .sequenceWeight, .gammaWeight, .samplingRatio,
      .samplingWeight, .samplingMask, .sequenceSamplingRatio, .sequenceSamplingWeight, .sequenceSamplingMask,
      .rejectionMask, .sequenceRejectionMask, .trustMask, .covarianceMask:
      value(term) - 1
    case .policyLogit, .referenceLogit, .teacherLogit, .criticValue, .rewardWeight:
      value(term) - (preceding(term).map { value($0) } ?? 0)
    default: value(term)
    }
  }
}
