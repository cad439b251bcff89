import Debugging
import Documents
import Formulas
import Objectives
import Recording
import Reporting
import Simulation

// What a page shows of a position.
extension Pane {
  var view: String {
    let (trace, beat) = (session.trace, session.shownBeat)
    let stage = trace.stage(ofBeat: beat)
    var json = JSONWriter()
    json.beginObject()
    json.member("at", beat)
    json.member("stage", trace.beats[beat].stage)
    json.member("place", place(of: stage))
    json.member("sentence", Narration.sentence(for: beat, in: trace))
    let formulas = StageFormulas(trace, of: stage, at: beat)
    let latex = formulas.statements.map { $0.text(as: .latex, in: trace.glossary) }
    json.member("what", strings: latex.map { MathML.element($0, isBlock: true) } + meanings(formulas.definitions))
    json.member("latex", strings: latex)
    json.member("terms", TermView.all(of: self)) { $0.write(to: &$1) }
    json.key("trajectory")
    TrajectoryView(of: self).write(to: &json)
    json.key("policy")
    writePolicy(to: &json)
    json.member("rewards", EditableReward.all(of: self)) { $0.write(to: &$1) }
    json.key("diagram")
    writeDiagram(to: &json)
    json.member("watches", session.watchTexts) { watch, json in
      json.member("text", watch.text)
      json.member("value", watch.value)
    }
    json.endObject()
    return json.text
  }

  /// What the symbols of general formulas mean.
  private func meanings(_ definitions: [StageFormulas.Definition]) -> [String] {
    definitions.map { definition in
      let meaning =
        switch definition.kind {
        case .term(let name): name
        case .option(let name, let value): name + " = " + value
        case .words(let words): words
        }
      return MathML.element(definition.latex + LaTeX.text(" is " + meaning))
    }
  }

  private func place(of stage: Trace.StageRun) -> String {
    let names = [
      ("iteration", stage.loops.iteration), ("epoch", stage.loops.epoch), ("minibatch", stage.loops.minibatch),
    ]
    return names.compactMap { name, number in number.map { "\(name) \($0)" } }.joined(separator: " · ")
  }

  /// A term's value before the what-ifs, if it was different.
  func was(_ term: Int) -> (value: Double, text: String)? {
    guard let partner = memory.pairing?[term] else { return nil }
    let before = session.originalTrace.value(partner)
    guard NumberText.differ(before, session.trace.value(term)) else { return nil }
    return (before, session.originalTrace.displayText(partner))
  }

  /// The member `was`, an object or null.
  func writeFormerValue(of term: Int, to json: inout JSONWriter) {
    json.key("was")
    guard let was = was(term) else { return json.null() }
    json.beginObject()
    json.member("value", number: was.value)
    json.member("text", was.text)
    json.endObject()
  }

  // MARK: Policy

  private func writePolicy(to json: inout JSONWriter) {
    let (trace, beat) = (session.trace, session.shownBeat)
    let table = PolicyTable(trace, source: session.source)
    let now = table.probabilities(at: beat)
    guard !now.isEmpty else { return json.null() }
    let start = table.iterationStart(beat)
    let before = table.probabilities(at: min(start, beat))
    // What it learns from is a teacher, or else what it is held to.
    let compared = trace.isRecorded(.teacherLogit) ? Quantity.teacherLogit : .referenceLogit
    let reference = table.probabilities(of: compared, at: beat)
    json.beginObject()
    let iteration = trace.stage(ofBeat: start).loops.iteration.map { "where iteration \($0) began" }
    json.member("title", "The policy now, and \(iteration ?? "at the beginning")")
    json.member("asks", trace.glossary.hasActions ? "What it does in" : "What comes after")
    json.member("compared", table.modelName(of: compared))
    json.member("columns", strings: table.words)
    json.member("current", sampledState(among: now.count) ?? Self.mostMoved(before, now, else: table.starts.first))
    json.member("rows", Array(now.indices)) { row, json in
      json.member("state", row < table.states.count ? table.states[row] : "\(row)")
      json.member("isStart", table.starts.contains(row))
      json.key("before")
      json.numbers(before[row])
      json.key("after")
      json.numbers(now[row])
      json.key("reference")
      if row < reference.count { json.numbers(reference[row]) } else { json.null() }
    }
    json.endObject()
  }

  /// The state in which the token was sampled that the position is about; of a whole response, its first token, and of a pair,
  /// that of the chosen response.
  private func sampledState(among states: Int) -> Int? {
    let (trace, beat) = (session.trace, session.shownBeat)
    let keys = trace.beats[beat].terms.map { trace.terms[$0].key }
    let wholes = keys.compactMap { key -> Int? in
      guard key.j < 0, let axes = Quantity(rawValue: key.name)?.description.axes else { return nil }
      if axes == [.sequence] { return key.i }
      return axes == [.pair] ? trace.sampledResponse(ofPair: key.i, isRejected: false, at: beat) ?? key.i : nil
    }
    return (keys + wholes.map { TermKey(.logp, $0, 0) }).lazy.compactMap { trace.sampledState(of: $0, at: beat) }
      .first { $0 < states }
  }

  /// The row that differs most between two tables of probabilities; `first` where none does.
  private static func mostMoved(_ before: [[Double]], _ after: [[Double]], else first: Int?) -> Int {
    // While the first policy is being recorded, its states come one by one.
    var (best, most) = (min(first ?? 0, after.count - 1), 1e-9)
    for (row, (x, y)) in zip(before, after).enumerated() {
      let distance = zip(x, y).reduce(0) { $0 + ($1.0 - $1.1).magnitude }
      if distance > most { (best, most) = (row, distance) }
    }
    return best
  }

  // MARK: Diagram

  /// The boxes and arrows of the position's stage, laid out here: for a shape of which the page has no drawing.
  var drawing: String {
    var json = JSONWriter()
    json.beginObject()
    json.member("shape", StageShape(of: session.trace, at: session.shownBeat).id)
    json.member("svg", StageLayout(of: session.trace, at: session.shownBeat)?.svg)
    json.endObject()
    return json.text
  }

  private func writeDiagram(to json: inout JSONWriter) {
    let (trace, beat) = (session.trace, session.shownBeat)
    guard let drawing = StageDrawing(of: trace, at: beat) else { return json.null() }
    json.beginObject()
    json.member("shape", StageShape(of: trace, at: beat).id)
    json.member("title", strings: drawing.title)
    json.member("nodes", drawing.nodes) { node, json in
      json.member("id", node.id)
      json.member("name", node.name)
      json.member("value", node.value)
      json.member("term", node.term.map { trace.text($0) })
      json.member("mark", node.mark)
      json.member("weight", node.weight)
      json.member("was", node.weight == "pending" ? nil : node.term.flatMap { self.was($0)?.text })
    }
    json.member("edges", drawing.edges) { edge, json in
      json.member("id", edge.id)
      json.member("style", edge.style)
    }
    json.endObject()
  }
}

extension Trace {
  /// A term's value in four digits with a proper minus sign, or the word that it stands for.
  func displayText(_ term: Int) -> String {
    glossary.valueText(of: terms[term].key.name, value(term)) ?? NumberText.display(value(term))
  }
}
