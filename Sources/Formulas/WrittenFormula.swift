extension Formula {
  /// The formula as a term's right-hand side.
  public func text<Names: FormulaNames>(in notation: Notation, _ names: Names, isGeneral: Bool = false) -> String {
    switch notation {
    case .unicode:
      FormulaWriter<UnicodeTypesetter, Names>(names: names, isGeneral: isGeneral).write(self).text
    case .latex: FormulaWriter<LaTeXTypesetter, Names>(names: names, isGeneral: isGeneral).write(self).text
    case .mathML: MathML.element(text(in: .latex, names, isGeneral: isGeneral))
    }
  }

  /// The same in one short line, for places that are too narrow for indices; the names should have none.
  public func caption<Names: FormulaNames>(_ names: Names) -> String {
    FormulaWriter<CaptionTypesetter, Names>(names: names).write(self).text
  }
}
