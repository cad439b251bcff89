import Autodiff
import Debugging
import Documents
import Formulas
import Objectives
import Plots
import Recording
import Reporting
import Simulation

/// A term of the position's beat, with everything that a page shows of it.
struct TermView {
  private let pane: Pane
  private let term: Int
  /// Where a beat has very many terms of one kind, formulas would only be in the way.
  private let hasFormula: Bool

  static func all(of pane: Pane) -> [TermView] {
    let terms = pane.session.trace.beats[pane.session.shownBeat].terms
    // A batch records thousands of numbers in one beat.
    let shown = Array(terms.prefix(400))
    return order(shown, in: pane).map { TermView(pane: pane, term: $0, hasFormula: terms.count <= 40) }
  }

  /// Where a clip binds, what no gradient reaches comes first: it is what the beat is about.
  private static func order(_ terms: [Int], in pane: Pane) -> [Int] {
    let trace = pane.session.trace
    guard terms.contains(where: { trace.mark(of: $0) == .clipped }) else { return terms }
    let isCut = { (term: Int) in pane.memory.gradients[term] == 0 }
    return terms.filter(isCut) + terms.filter { !isCut($0) }
  }

  func write(to json: inout JSONWriter) {
    let trace = pane.session.trace
    let record = trace.terms[term]
    let value = trace.value(term)
    let entry = trace.glossary.entries[record.key.name]
    json.member("id", term)
    json.member("name", entry.name)
    json.member("text", trace.text(term))
    json.member("indices", strings: trace.glossary.indexTexts(record.key))
    json.member("value", number: value)
    json.member("valueText", trace.displayText(term))
    json.member("word", trace.glossary.valueText(of: record.key.name, value))
    json.member("token", trace.tokenText(of: record.key, at: pane.session.shownBeat))
    json.member("meaning", entry.meaning)
    writeFormula(to: &json)
    writeGradient(to: &json)
    json.member("mark", trace.mark(of: term))
    pane.writeFormerValue(of: term, to: &json)
    json.member("computed", record.computedNode.map { NumberText.display(trace.tape.scalar($0).value) })
    writeLinks(to: &json)
  }

  private func writeFormula(to json: inout JSONWriter) {
    let trace = pane.session.trace
    let formula = hasFormula ? trace.formulaText(of: term, as: .mathML) : nil
    json.member("symbol", hasFormula ? trace.name(of: term, as: .mathML) : nil)
    json.member("formula", formula)
    json.member("numbers", formula == nil ? nil : trace.substitutedText(of: term, as: .mathML))
    let isComputed = formula != nil || !hasFormula && trace.formula(of: term, longest: 4) != nil
    json.member("origin", isComputed ? nil : trace.originText(of: term))
  }

  private func writeGradient(to json: inout JSONWriter) {
    let gradient = pane.memory.gradients[term]
    json.member("gradient", number: gradient)
    json.member("gradientText", gradient.map { NumberText.display($0) })
    json.member("gradientNote", gradient.map { Self.note($0) })
  }

  private static func note(_ gradient: Double) -> String {
    if gradient.isNaN { return "not a number" }
    if gradient == 0 { return "the loss does not depend on it here" }
    return gradient < 0 ? "raising it lowers the loss" : "raising it raises the loss"
  }

  // MARK: Where it comes from, and what it feeds

  private static let linkLimit = 8

  private func writeLinks(to json: inout JSONWriter) {
    let trace = pane.session.trace
    let inputs = hasFormula ? trace.inputs(of: term) : []
    let feeds = hasFormula ? users : []
    json.member("from", Array(inputs.prefix(Self.linkLimit))) { writeLink($0, to: &$1) }
    json.member("fromMore", max(0, inputs.count - Self.linkLimit))
    json.member("feeds", Array(feeds.prefix(Self.linkLimit))) { writeLink($0, to: &$1) }
    json.member("feedsMore", max(0, feeds.count - Self.linkLimit))
  }

  /// The terms computed directly from this one, until it is recorded again.
  private var users: [Int] {
    let trace = pane.session.trace
    let end = trace.occurrences(of: trace.terms[term].key).first { $0 > term } ?? trace.terms.count
    var isNamed: Set<TermKey> = []
    return pane.memory.uses[term].filter { $0 < end && isNamed.insert(trace.terms[$0].key).inserted }
  }

  private func writeLink(_ other: Int, to json: inout JSONWriter) {
    let trace = pane.session.trace
    json.member("id", other)
    json.member("text", trace.text(other))
    let place = trace.terms[other].beat
    // What comes after the position has no number yet.
    json.member("valueText", place <= pane.session.shownBeat ? trace.displayText(other) : "·")
    json.member("at", place)
  }
}
