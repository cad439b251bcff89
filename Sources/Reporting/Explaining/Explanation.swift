import Autodiff
public import Documents
import Formulas
import Objectives
public import Recording
import Simulation

/// The texts of `explain`, `why` and `verify`, all read off the tape.
public struct Explanation {
  let trace: Trace
  let beat: Int

  /// What is said is said as of a beat.
  public init(trace: Trace, beat: Int) { (self.trace, self.beat) = (trace, beat) }

  // MARK: explain

  /// What a term is, how it was computed, what it feeds, and its gradient.
  public func explain(_ term: Int) -> StyledText {
    var text = StyledText()
    let record = trace.terms[term]
    let name = trace.text(term)
    text.add(name, .heading)
    let meaning = ": " + trace.glossary.entries[record.key.name].meaning
    text.line(wrap(meaning, indent: 2, from: NumberText.width(name)))
    addFormula(of: term, named: name, to: &text)
    if record.computedNode != nil, let node = record.computedNode {
      text.line("  set by you; the run computed \(NumberText.short(trace.tape.scalar(node).value))", .changed)
    }
    text.line("  recorded at \(place(term))\(tokenNote(term))", .dim)
    addUses(of: term, to: &text)
    addGradient(of: term, to: &text)
    return text
  }

  private func addFormula(of term: Int, named name: String, to text: inout StyledText) {
    let indent = String(repeating: " ", count: min(NumberText.width(name), 24))
    let note = trace.originNote(of: term, at: beat).map { "   (\($0))" } ?? ""
    guard let formula = trace.formulaText(of: term, as: .unicode) else {
      let (value, origin) = ("  \(name) = \(fullText(term))", "(not computed: \(trace.originText(of: term)))")
      let isOneLine = NumberText.width(value) + 2 + NumberText.width(origin) + note.count <= 80
      text.add(value + (isOneLine ? "  " : "\n    ") + origin)
      text.line(note, .dim)
      return
    }
    let column = indent.count + 5
    if let general = trace.statedFormula(of: term)?.text(as: .unicode, in: trace.glossary) {
      text.line("  " + shortFormula(general, indent: column, from: 2))
    }
    text.line("  \(name) = \(shortFormula(formula, indent: column, from: NumberText.width(name) + 5))")
    if let substituted = trace.substitutedText(of: term, as: .unicode),
      substituted != NumberText.short(trace.value(term)), substituted != formula
    {
      text.line("  \(indent) = \(shortFormula(substituted, indent: column, from: column))")
    }
    text.add("  \(indent) \(trace.isRoundingNoise(term) ? "" : "= ")\(fullText(term))")
    text.line(note, .dim)
  }

  /// A term's formula to be copied: in general, and with names and numbers put in.
  public func latex(_ term: Int) throws(ExpressionError) -> StyledText {
    guard let formula = trace.formulaText(of: term, as: .latex) else {
      throw ExpressionError("\(trace.text(term)) was not computed: it has no formula")
    }
    var text = StyledText()
    if let general = trace.statedFormula(of: term)?.text(as: .latex, in: trace.glossary) { text.line(general) }
    let value = trace.valueText(of: term, as: .latex)
    let numbers = trace.substitutedText(of: term, as: .latex).map { $0 == value ? [] : [$0] } ?? []
    text.line(([trace.name(of: term, as: .latex), formula] + numbers + [value]).joined(separator: " = "))
    return text
  }

  /// A formula in three lines at most, which is as much as one reads; the rest is cut off.
  private func shortFormula(_ formula: String, indent: Int, from start: Int) -> String {
    let lines = wrap(formula, indent: indent, from: start).split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count > 3 else { return lines.joined(separator: "\n") }
    let last = lines[2].prefix(through: lines[2].lastIndex(of: " ") ?? lines[2].startIndex)
    return (lines.prefix(2) + [last + "…"]).joined(separator: "\n")
  }

  private func fullText(_ term: Int) -> String {
    let value = trace.value(term)
    if let word = trace.glossary.valueText(of: trace.terms[term].key.name, value) { return "«\(word)»" }
    let (short, full) = (NumberText.short(value), NumberText.full(value))
    if trace.isRoundingNoise(term) { return "≈ 0  (\(full))" }
    return short == full ? full : "\(short)  (\(full))"
  }

  private func addUses(of term: Int, to text: inout StyledText) {
    let uses = users(of: term)
    guard !uses.isEmpty else { return }
    let shown = uses.prefix(4).joined(separator: ", ")
    text.line("  " + wrap("feeds \(shown)\(uses.count > 4 ? " and \(uses.count - 4) more" : "")", indent: 2))
  }

  /// The names of the terms that are computed from this one directly, until it is recorded anew.
  private func users(of term: Int) -> [String] {
    let end = trace.occurrences(of: trace.terms[term].key).first { $0 > term } ?? trace.terms.count
    var isNamed: Set<TermKey> = []
    return TermUses(trace)[term].filter { $0 < end && isNamed.insert(trace.terms[$0].key).inserted }
      .map { trace.text($0) }
  }

  private func addGradient(of term: Int, to text: inout StyledText) {
    guard let differentiation = trace.differentiation(for: term, at: beat) else { return }
    let gradient = differentiation.gradient[trace.scalar(term)]
    let loss = trace.text(differentiation.term)
    let loops = trace.stage(ofBeat: trace.terms[differentiation.term].beat).loops.text
    let place = loops.isEmpty ? loss : "\(loss) of \(loops)"
    let start = "  grad = \(NumberText.short(gradient))"
    text.add(start, gradient == 0 ? .clipped : .plain)
    let sense =
      switch gradient {
      case 0: "(\(place) does not depend on it here: `why \(trace.text(term))`)"
      case ..<0: "(raising it lowers \(place))"
      case 0...: "(raising it raises \(place))"
      default: "(\(place) has no derivative by it here)"
      }
    text.line("  " + wrap(sense, indent: 9, from: start.count + 2))
    if let note = limitNote(differentiation, term, gradient) { text.line("  " + wrap(note, indent: 9), .changed) }
  }

  /// That other programs have NaN where the gradient is a limit, if it is so.
  private func limitNote(_ differentiation: Trace.Differentiation, _ term: Int, _ gradient: Double) -> String? {
    let loss = trace.scalar(differentiation.term)
    guard gradient.isFinite, trace.tape.unguardedGradient(of: loss)[trace.scalar(term)].isNaN else { return nil }
    return "PyTorch has NaN here: 0 × ∞ in a branch that carries nothing. This is the limit."
  }

  // MARK: why

  /// The paths by which the loss reaches a term, largest first, and where paths are cut.
  public func why(_ term: Int) -> StyledText {
    var text = StyledText()
    let name = trace.text(term)
    guard let differentiation = trace.differentiation(for: term, at: beat) else {
      text.line("No loss is computed from \(name), so there is no gradient to explain.")
      return text
    }
    let paths = Paths(from: differentiation.term, to: term, in: trace)
    let gradient = differentiation.gradient[trace.scalar(term)]
    let loops = trace.stage(ofBeat: trace.terms[differentiation.term].beat).loops.text
    text.add("grad(\(name)) = \(NumberText.short(gradient))", .heading)
    text.line("  in \(trace.text(differentiation.term))\(loops.isEmpty ? "" : " of \(loops)")")
    addOpenPaths(paths, to: &text)
    addCuts(paths, to: &text)
    if paths.open.isEmpty, paths.closed.isEmpty {
      text.line("  Nothing leads from \(trace.text(differentiation.term)) to it: it does not take part here.")
    }
    return text
  }

  private func addOpenPaths(_ paths: Paths, to text: inout StyledText) {
    let shown = paths.open.prefix(6)
    for path in shown {
      text.add(NumberText.alignedRight(NumberText.short(path.derivative), to: 12) + "  ")
      text.line(wrap(path.terms.map { trace.text($0) }.joined(separator: " ← "), indent: 14))
    }
    let rest = paths.open.dropFirst(shown.count)
    if !rest.isEmpty {
      let sum = rest.reduce(0) { $0 + $1.derivative }
      text.line("  and \(rest.count) smaller paths, together \(NumberText.short(sum))", .dim)
    }
    for (operation, name) in [(Operation.min, "minimum"), (.max, "maximum")]
    where paths.open.contains(where: { isHalved($0, by: operation) }) {
      text.line("  (where the two sides of a \(name) are equal, each carries half)", .dim)
    }
    if paths.isTruncated { text.line("  (there are more paths than are followed here)", .dim) }
  }

  /// Whether a path goes through one of two equal sides of a minimum or a maximum.
  private func isHalved(_ path: Paths.Path, by operation: Operation) -> Bool {
    path.terms.contains { term in
      let scalar = trace.scalar(term)
      let operands = trace.tape.operands(of: scalar)
      return trace.tape.operation(of: scalar) == operation && operands[0].value == operands[1].value
    }
  }

  private func addCuts(_ paths: Paths, to text: inout StyledText) {
    var sentences: [String] = []
    for path in paths.closed {
      guard let edge = path.cut else { continue }
      let sentence = cutSentence(edge)
      if !sentences.contains(sentence) { sentences.append(sentence) }
    }
    guard !sentences.isEmpty else { return }
    text.line("  cut: \(paths.closed.count) path\(paths.closed.count == 1 ? " carries" : "s carry") nothing", .clipped)
    for sentence in sentences.prefix(8) { text.line("  ✂ " + wrap(sentence, indent: 4), .clipped) }
    if sentences.count > 8 { text.line("  … and \(sentences.count - 8) more cuts", .dim) }
  }

  private func cutSentence(_ edge: TermEdge) -> String {
    let (from, to) = (trace.text(edge.from), trace.text(edge.to))
    let arrow = "\(from) ← \(to): "
    guard let cut = edge.cut else { return arrow + "the derivative is 0 here: a factor is 0" }
    let (value, taken) = (NumberText.short(cut.value), NumberText.short(cut.taken))
    return switch cut.operation {
    case .min: arrow + "min takes \(taken), the smaller one, not \(value)"
    case .relu: arrow + "max takes 0, not \(value)"
    case .max: arrow + "max takes \(taken), the larger one, not \(value)"
    case .clip where cut.isBorder: arrow + "it sets a border of a clip that the clipped number does not reach"
    case .clip: arrow + "\(value) is beyond the border and clipped to \(taken)"
    default: arrow + "held constant by a stop-gradient"
    }
  }

  // MARK: verify

  /// A central difference beside the gradient.
  public func verify(_ term: Int) -> StyledText {
    var text = StyledText()
    let name = trace.text(term)
    guard let differentiation = trace.differentiation(for: term, at: beat) else {
      text.line("No loss is computed from \(name), so there is no gradient to verify.")
      return text
    }
    let check = trace.finiteDifference(of: differentiation.term, by: term)
    let gradient = differentiation.gradient[trace.scalar(term)]
    let loss = trace.text(differentiation.term)
    text.line("  \(loss) at \(name) + h   \(NumberText.full(check.above))", .dim)
    text.line("  \(loss) at \(name) − h   \(NumberText.full(check.below))", .dim)
    text.line("  difference / 2h     \(NumberText.full(check.derivative))   h = \(NumberText.short(check.step))")
    text.line("  grad(\(name))   \(NumberText.full(gradient))")
    let comparison = GradientComparison(gradient, check, value: trace.value(differentiation.term))
    if let error = comparison.error { text.line("  relative difference \(NumberText.short(error, digits: 2))") }
    text.line("  " + wrap(comparison.verdict, indent: 2), comparison.agrees ? .positive : .clipped)
    if let note = limitNote(differentiation, term, gradient) { text.line("  " + wrap(note, indent: 2), .changed) }
    return text
  }

  // MARK: places

  public func place(_ term: Int) -> String {
    let beat = trace.terms[term].beat
    let stage = trace.stage(ofBeat: beat)
    return "beat \(beat), \(trace.placeText(of: stage))"
  }

  private func tokenNote(_ term: Int) -> String {
    let key = trace.terms[term].key
    guard let token = trace.tokenText(of: key, at: trace.terms[term].beat) else { return "" }
    let isPair = trace.quantity(of: term).description.axes.first == .pair
    let noun = isPair ? "pair" : trace.words.example
    return ", \(trace.words.step) «\(token.visible)» of \(noun) \(key.i)"
  }
}
