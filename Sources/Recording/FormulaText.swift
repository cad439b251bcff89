import Documents
public import Formulas

extension Trace {
  /// The right-hand side of a term's formula with names: `exp(log_ratio[0,2])`.
  ///
  /// Sums and means of more than four operands are shortened: `mean(a, b, …, z; 21 terms)`. Nil for a term that was not
  /// computed.
  public func formulaText(of term: Int, as notation: Notation) -> String? {
    text(of: term, as: notation, isSubstituted: false)
  }

  /// The same with numbers put in: `exp(0.3012)`.
  public func substitutedText(of term: Int, as notation: Notation) -> String? {
    text(of: term, as: notation, isSubstituted: true)
  }

  /// A term's name in formulas: `ratio[0,2]`, or `r_{0,2}` in LaTeX.
  public func name(of term: Int, as notation: Notation) -> String {
    switch notation {
    case .unicode: text(term)
    case .latex: glossary.latex(terms[term].key)
    case .mathML: MathML.element(glossary.latex(terms[term].key))
    }
  }

  /// A number as formulas show it: four significant digits and a proper minus sign.
  public func valueText(of term: Int, as notation: Notation) -> String {
    Formula.term(term).text(in: notation, RecordedNames(trace: self, term: term, shows: .values))
  }

  /// A term's formula in one short line, with names that bear no indices: `exp(log_ratio)`, `−mean₁₁(objective)`.
  ///
  /// Operands that look alike are written once, with how many there are. Nil for a term that was not computed.
  public func formulaCaption(of term: Int) -> String? {
    formula(of: term, longest: 4)?.caption(RecordedNames(trace: self, term: term, shows: .namesAlone))
  }

  private func text(of term: Int, as notation: Notation, isSubstituted: Bool) -> String? {
    formula(of: term, longest: 4)?.text(
      in: notation, RecordedNames(trace: self, term: term, shows: isSubstituted ? .values : .names))
  }
}

/// The leaves of a recorded formula: terms by their names, or by their values.
private struct RecordedNames: FormulaNames {
  enum Shown { case names, namesAlone, values }

  let trace: Trace
  /// The term whose formula it is.
  let term: Int
  let shows: Shown

  func leaf(_ formula: Formula, in notation: Notation) -> LeafText {
    guard case .term(let input) = formula else { return .name("?") }
    let key = trace.terms[input].key
    switch shows {
    case .names:
      let isEarlier = trace.age(of: input, at: term) > 0
      guard notation == .latex else {
        let name = trace.glossary.text(key)
        return .name(isEarlier ? "before(" + name + ")" : name)
      }
      let name = trace.glossary.latex(key)
      return .name(isEarlier ? LaTeX.marked(name, "\\text{before}") : name)
    case .namesAlone: return .name(trace.glossary.entries[key.name].name)
    case .values:
      let value = trace.value(input)
      guard let word = trace.glossary.valueText(of: key.name, value) else {
        return .number(value, NumberText.plain(value))
      }
      return .word(notation == .latex ? word : Glossary.quotedIfNeeded(word))
    }
  }

  func bound(_ letters: [Letter], part: Int?, in notation: Notation) -> [String] { [] }

  func constant(_ x: Double) -> String { NumberText.constant(x) }
}
