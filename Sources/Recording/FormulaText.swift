extension Trace {
  /// How a formula is written.
  public enum Notation: Sendable {
    /// For a terminal: `min(surrogate[0,2], clipped_surrogate[0,2])`.
    case unicode
    /// For Markdown, between `$` signs.
    case latex
    /// For a page: a whole `<math>` element.
    case mathML
  }

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
    switch notation {
    case .unicode: FormulaWriter<UnicodeTypesetter>(trace: self, isSubstituted: true).write(.term(term)).text
    case .latex: FormulaWriter<LaTeXTypesetter>(trace: self, isSubstituted: true).write(.term(term)).text
    case .mathML: MathML.element(valueText(of: term, as: .latex))
    }
  }

  private func text(of term: Int, as notation: Notation, isSubstituted: Bool) -> String? {
    guard let formula = formula(of: term, longest: 4) else { return nil }
    switch notation {
    case .unicode:
      return FormulaWriter<UnicodeTypesetter>(trace: self, isSubstituted: isSubstituted).writeRoot(formula).text
    case .latex:
      return FormulaWriter<LaTeXTypesetter>(trace: self, isSubstituted: isSubstituted).writeRoot(formula).text
    case .mathML:
      return text(of: term, as: .latex, isSubstituted: isSubstituted).map { MathML.element($0) }
    }
  }
}
