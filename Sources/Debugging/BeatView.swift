import Documents
import Formulas
import Objectives
import Recording
import Reporting
import Simulation

extension Session {
  /// The position: the opening, a stage as a whole, or a beat.
  ///
  /// - Parameter isIntroduced: Whether it was just said what the stage is for.
  func view(isIntroduced: Bool) -> StyledText {
    switch position {
    case .opening: greeting
    case .overview(let stage): overview(of: stage)
    case .beat: beatView(isIntroduced: isIntroduced)
    }
  }

  /// The current beat: its place, its response, its sentence, and its terms with their formulas.
  private func beatView(isIntroduced: Bool) -> StyledText {
    let current = trace.beats[beat]
    let stage = trace.stages[current.stage]
    var text = StyledText()
    text.add("\(trace.placeText(of: stage))", .heading)
    let number = beat - stage.beats.lowerBound + 1
    text.line(" · beat \(beat) · \(number) of \(stage.beats.count)", .dim)
    let purpose = trace.purpose(of: stage)
    if number == 1, !isIntroduced, !purpose.isEmpty { text.line(wrap(purpose, indent: 0), .dim) }
    text.add(responseOfBeat())
    text.line(wrap(Narration.sentence(for: beat, in: trace), indent: 0))
    let all = Array(current.terms)
    text.add(matrix(all) ?? row(all) ?? terms(all))
    return text
  }

  /// Terms of several names for one row of a table of parameters: a line for each column, the names side by side.
  private func row(_ terms: [Int]) -> StyledText? {
    guard terms.count > 12, let first = terms.first else { return nil }
    let row = trace.terms[first].key.i
    var names: [Int] = []
    for term in terms where !names.contains(trace.terms[term].key.name) { names.append(trace.terms[term].key.name) }
    guard names.count > 1, terms.allSatisfy({ trace.terms[$0].key.i == row && trace.terms[$0].key.j >= 0 }) else {
      return nil
    }
    let firstKey = trace.terms[first].key
    let word = trace.glossary.indexTexts(firstKey)[0]
    var table = TextTable(header: ["[\(word),…]"] + names.map { trace.glossary.entries[$0].name }, alignedLeft: 1)
    for term in terms where trace.terms[term].key.name == firstKey.name {
      let column = trace.terms[term].key.j
      let cells = names.map { name in
        terms.first { trace.terms[$0].key == TermKey(name: name, i: row, j: column) }.map { trace.shownValue($0) } ?? ""
      }
      table.add([trace.glossary.indexTexts(trace.terms[term].key)[1]] + cells)
    }
    return table.text
  }

  /// Many terms of one name with two words as indices, as a table; nil for any others.
  private func matrix(_ terms: [Int]) -> StyledText? {
    guard terms.count > 12, let first = terms.first else { return nil }
    let name = trace.terms[first].key.name
    let labels = trace.glossary.entries[name].labels
    guard labels.count == 2, let rows = labels[0], let columns = labels[1],
      terms.allSatisfy({ trace.terms[$0].key.name == name })
    else { return nil }
    var table = TextTable(header: [trace.glossary.entries[name].name] + columns, alignedLeft: 1)
    var cells: [Int: [String]] = [:]
    for term in terms {
      let key = trace.terms[term].key
      cells[key.i, default: columns.map { _ in "" }][key.j] = NumberText.fixed(trace.value(term), decimals: 2)
    }
    for row in rows.indices {
      if let values = cells[row] { table.add([rows[row]] + values) }
    }
    return table.text
  }

  /// Terms with value and formula, one a line; rows of a table of parameters side by side.
  func terms(_ terms: [Int], limit: Int = 12) -> StyledText {
    var text = StyledText()
    let shown = terms.prefix(limit)
    let width = shown.map { NumberText.width(trace.text($0)) }.max() ?? 0
    let values = shown.map { trace.shownValue($0) }
    let valueWidth = values.map { NumberText.width($0) }.max() ?? 0
    for (term, value) in zip(shown, values) {
      text.add("  " + NumberText.alignedLeft(trace.text(term), to: width) + "  ")
      text.add(NumberText.alignedRight(value, to: valueWidth), style(of: term))
      if trace.terms[term].computedNode != nil {
        text.line("  set by you", .changed)
      } else if let formula = trace.formulaText(of: term, as: .unicode) {
        text.line("  = " + shortened(formula, to: 80 - width - valueWidth - 8), .dim)
      } else {
        text.line()
      }
    }
    if terms.count > limit { text.line("  … and \(terms.count - limit) more: p \(patternText(terms))", .dim) }
    return text
  }

  /// The sign of an advantage and the clip have a mark of their own in every view.
  private func style(of term: Int) -> StyledText.Style {
    switch trace.quantity(of: term) {
    case .advantage, .rawAdvantage: trace.value(term) > 0 ? .positive : trace.value(term) < 0 ? .negative : .plain
    case .token: .token
    default: .plain
    }
  }

  private func shortened(_ text: String, to width: Int) -> String {
    text.count <= width ? text : String(text.prefix(max(8, width - 1))) + "…"
  }

  /// A pattern that covers the beat's last kind of term, `policy.step[was,*]`.
  private func patternText(_ terms: [Int]) -> String {
    guard let last = terms.last else { return "" }
    let key = trace.terms[last].key
    guard key.j >= 0 else { return trace.text(last) }
    return trace.glossary.text(TermPattern(name: key.name, indices: [key.i, nil]))
  }

  /// The beats of the current stage, or all stages; the current one is marked.
  func list(isWhole: Bool) -> StyledText {
    isWhole ? listOfStages() : listOfBeats()
  }

  private func listOfBeats() -> StyledText {
    let stage = trace.stages[trace.beats[shownBeat].stage]
    let window = windowed(stage.beats, around: shownBeat, size: 15)
    var text = StyledText()
    text.line(trace.placeText(of: stage), .heading)
    if window.lowerBound > stage.beats.lowerBound { text.line("     … from beat \(stage.beats.lowerBound)", .dim) }
    for number in window {
      let mark = position == .beat(number) ? "➤" : " "
      let sentence = shortened(Narration.sentence(for: number, in: trace), to: 70)
      text.line(
        "\(mark)" + NumberText.alignedRight("\(number)", to: 6) + "  " + sentence,
        position == .beat(number) ? .heading : .plain)
    }
    if window.upperBound < stage.beats.upperBound { text.line("     … to beat \(stage.beats.upperBound - 1)", .dim) }
    return text
  }

  private func listOfStages() -> StyledText {
    let current = position == .opening ? -1 : trace.beats[shownBeat].stage
    var text = StyledText()
    var previous: Trace.LoopPosition?
    var column = 0
    for (number, stage) in trace.stages.enumerated() {
      if previous != stage.loops {
        if previous != nil { text.line() }
        text.add(NumberText.alignedLeft(label(of: stage.loops), to: 11), .dim)
        column = 11
        previous = stage.loops
      }
      let entry = " \(number == current ? "➤" : "")\(stage.name):\(stage.beats.lowerBound)"
      if column + NumberText.width(entry) > 80 {
        text.add("\n" + String(repeating: " ", count: 11))
        column = 11
      }
      text.add(entry, number == current ? .heading : .plain)
      column += NumberText.width(entry)
    }
    text.line()
    return text
  }

  /// A part of the loops, as `goto` takes it; a number by itself would be a beat.
  private func label(of loops: Trace.LoopPosition) -> String {
    if loops.iteration == nil { return trace.stages.contains { $0.loops.iteration != nil } ? "before" : "" }
    return loops.epoch == nil ? "iteration \(loops.text)" : loops.text
  }

  private func windowed(_ range: Range<Int>, around center: Int, size: Int) -> Range<Int> {
    guard range.count > size else { return range }
    let start = min(max(range.lowerBound, center - size / 2), range.upperBound - size)
    return start..<start + size
  }

  /// “beats 332 to 341”, or “beat 332” where a stage has only that.
  func beatsText(of stage: Trace.StageRun) -> String {
    stage.beats.count == 1
      ? "beat \(stage.beats.lowerBound)" : "beats \(stage.beats.lowerBound) to \(stage.beats.upperBound - 1)"
  }

  /// The position, and the responses of this iteration with their scores.
  func whereAmI() -> StyledText {
    let stage = trace.stages[trace.beats[shownBeat].stage]
    let place =
      switch position {
      case .opening: "start, before \(trace.beats.count) beats"
      case .overview: "overview of \(trace.placeText(of: stage)), \(beatsText(of: stage)) of \(trace.beats.count)"
      case .beat(let beat): "beat \(beat) of \(trace.beats.count), \(trace.placeText(of: stage))"
      }
    var text = StyledText()
    text.line(place + (overrides.isEmpty ? "" : ", \(overrides.count) what-if set"), .heading)
    text.add(responses())
    return text
  }
}

extension Trace {
  /// The value of a quantity of this iteration's samples; nil where it belongs to an earlier iteration's.
  func sampleValue(_ quantity: Quantity, _ i: Int, _ j: Int, at beat: Int) -> Double? {
    guard let term = term(TermKey(quantity, i, j), at: beat),
      stage(ofBeat: terms[term].beat).loops.iteration == sampleIteration(at: beat)
    else { return nil }
    return value(term)
  }

  /// The tokens of a response of this iteration, as far as they are sampled.
  func tokens(of i: Int, at beat: Int) -> [String] {
    if i < givenTokens.count { return givenTokens[i] }
    var tokens: [String] = []
    while sampleValue(.token, i, tokens.count, at: beat) != nil, let text = tokenText(i, tokens.count, at: beat) {
      tokens.append(text)
    }
    return tokens
  }
}
