import Formulas
import Objectives
import Recording
import Simulation

extension MarkdownTrace {
  mutating func writeIterationIntroduction() {
    let (i, t) = selection.example
    let narrator = Narrator(trace: trace, beat: lastBeat(of: shown))
    let prompt =
      i < trace.prompts.count && !trace.prompts[i].isEmpty ? trace.promptLink + Markdown.code(trace.prompts[i]) : ""
    let noun = trace.words.example
    let text = trace.rejectedTokens.isEmpty ? "" : "whose chosen response is "
    var sentence =
      "All examples follow \(trace.words.step) \(t) of \(noun) \(i), " + text + Markdown.text(narrator.response(i))
      + prompt + "."
    if stages == nil, shown.minibatch != nil, hasOtherMinibatches {
      sentence +=
        " Of the iteration's minibatches, " + Markdown.code(shown.text)
        + ", the last one, is shown \(trace.words.step) by \(trace.words.step); "
        + "[the others](#\(Markdown.anchor(minibatchesTitle))) follow."
    }
    page.paragraph(sentence)
    if let remark = selection.remark { page.paragraph(remark) }
  }

  func lastBeat(of loops: Trace.LoopPosition) -> Int {
    trace.stages.last { $0.loops == loops }.map { $0.beats.upperBound - 1 } ?? trace.beats.count - 1
  }

  mutating func writeStage(_ section: StageSection) {
    page.heading(3, section.title)
    page.paragraph(Markdown.text(trace.purpose(of: section.runs[0])))
    writeFormulas(section)
    writeExamples(section)
    if section.title == section.name { writeDiagrams(of: section.name) }  // once, where a stage comes again
    writeTables(of: section)
  }

  private mutating func writeFormulas(_ section: StageSection) {
    let terms = section.runs.flatMap { run in run.beats.flatMap { Array(trace.beats[$0].terms) } }
    let formulas = StageFormulas(trace, terms: terms)
    for statement in formulas.statements { page.formula(statement.text(as: .latex, in: trace.glossary)) }
    if formulas.definitions.isEmpty { return }
    let items = formulas.definitions.map { definition in
      let meaning =
        switch definition.kind {
        case .term(let name): Markdown.code(name)
        case .option(let name, let value): Markdown.code(name) + " = " + Markdown.code(value)
        case .words(let words): Markdown.text(words)
        }
      return Markdown.math(definition.latex) + " is " + meaning
    }
    page.paragraph("Here " + items.joined(separator: ", ") + ".")
  }

  // MARK: Examples

  private mutating func writeExamples(_ section: StageSection) {
    var items: [String] = []
    for beat in exampleBeats(section) {
      items.append(Markdown.text(Narration.sentence(for: beat, in: trace)))
      for term in exampleTerms(beat) {
        if let equation = Self.equation(term, in: trace) {
          items[items.count - 1] += "\n  - " + Markdown.math(equation)
        }
      }
    }
    page.list(items)
  }

  /// The beats of the example's token, those without an index, and of rows the one with the largest number.
  private func exampleBeats(_ section: StageSection) -> [Int] {
    var beats: [Int] = []
    var row: (beat: Int, size: Double)?
    var step: Int?
    for beat in section.runs.flatMap({ Array($0.beats) }) {
      let first = trace.beats[beat].terms.lowerBound
      let key = trace.terms[first].key
      switch trace.quantity(of: first).description.axes.first {
      case .sequence, .pair:
        if key.i == selection.example.i, key.j < 0 || key.j == selection.example.t { beats.append(beat) }
      case .previousToken:
        let size = trace.beats[beat].terms.reduce(0) { max($0, rowSize($1)) }
        if size > row?.size ?? -1 { row = (beat, size) }
      case .step, .vocabulary: step = beat
      case .metric, nil: beats.append(beat)
      default: break
      }
    }
    return (step.map { [$0] } ?? []) + (row.map { [$0.beat] } ?? []) + beats
  }

  /// The quantity by which rows of a table of parameters are compared.
  private func rowSize(_ term: Int) -> Double {
    switch trace.quantity(of: term) {
    case .policyGradient, .policyStep, .exactGradient, .referenceLogit, .rewardWeight:
      return trace.value(term).magnitude
    // In an update, the logits are beside their steps.
    case .policyLogit:
      return trace.stage(ofBeat: trace.terms[term].beat).loops.iteration == nil ? trace.value(term).magnitude : 0
    case .probabilityAfter:
      let key = trace.terms[term].key
      let before = trace.value(.probabilityBefore, key.i, key.j, at: trace.terms[term].beat) ?? 0
      return (trace.value(term) - before).magnitude
    default: return 0
    }
  }

  /// The terms of a beat whose formulas are worth reading: of a row, those of the column with the largest number.
  private func exampleTerms(_ beat: Int) -> [Int] {
    let terms = trace.beats[beat].terms
    switch trace.quantity(of: terms.lowerBound).description.axes.first {
    case .metric: return []
    case .previousToken, .vocabulary: break
    default: return Array(terms)
    }
    var largest: Int?
    for term in terms where rowSize(term) > largest.map({ rowSize($0) }) ?? 0 { largest = term }
    guard let largest else { return [] }
    let key = trace.terms[largest].key
    return terms.filter { trace.terms[$0].key.i == key.i && trace.terms[$0].key.j == key.j }
  }

  /// `name = formula = numbers = value`; nil for a term that was not computed, or whose formula fills lines.
  ///
  /// Of a long sum, the first and last numbers would say nothing. A term computed from its own old value gets an arrow.
  static func equation(_ term: Int, in trace: Trace) -> String? {
    guard let formula = trace.formulaText(of: term, as: .latex), formula.utf8.count <= 220,
      let numbers = trace.substitutedText(of: term, as: .latex), trace.terms[term].computedNode == nil
    else { return nil }
    let value = trace.valueText(of: term, as: .latex)
    let key = trace.terms[term].key
    let isUpdate = trace.inputs(of: term).contains { trace.terms[$0].key == key }
    let isLong = trace.inputs(of: term).count > 4
    let sides =
      (formula == value ? [] : [formula]) + (isLong || numbers == value || numbers == formula ? [] : [numbers]) + [
        value
      ]
    return trace.name(of: term, as: .latex) + (isUpdate ? " \\leftarrow " : " = ") + sides.joined(separator: " = ")
  }
}
