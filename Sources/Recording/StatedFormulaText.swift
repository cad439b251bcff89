import Documents
public import Formulas

extension StatedFormula {
  /// `A_{i,t} = …`, in the terminal's notation with the names one types.
  public func text(as notation: Notation, in glossary: Glossary) -> String {
    switch notation {
    case .unicode: equation(.unicode, glossary) + (conditionText(glossary).map { "  (" + $0 + ")" } ?? "")
    case .latex: equation(.latex, glossary) + (conditionLaTeX(glossary).map { " \\quad " + $0 } ?? "")
    case .mathML: MathML.element(text(as: .latex, in: glossary))
    }
  }

  /// The formula without the condition under which it holds.
  public func equation(_ notation: Notation, _ glossary: Glossary) -> String {
    let names = names(glossary)
    let left = Formula.quantity(name, general.left, age: .age(0)).text(in: notation, names)
    let sign = !isUpdate ? " = " : notation == .latex ? " \\leftarrow " : " ← "
    return left + sign + right.formula.text(in: notation, names, isGeneral: true) + withText(notation, names)
  }

  private func withText(_ notation: Notation, _ names: GeneralNames) -> String {
    var text = ""
    for (number, part) in right.parts.enumerated() {
      let name = Formula.abbreviation(number, part.letters).text(in: notation, names)
      let equation = name + " = " + part.formula.text(in: notation, names, isGeneral: true)
      if notation == .latex {
        text += " \\quad " + (number == 0 ? "\\text{with } " : "") + equation
      } else {
        text += (number == 0 ? " with " : ", ") + equation
      }
    }
    return text
  }

  private func names(_ glossary: Glossary) -> GeneralNames { GeneralNames(self, glossary) }

  /// Whether the right side holds the left side's own earlier value.
  public var isUpdate: Bool { general.updates(name) }

  /// Where the formula holds; nil where it does for all terms of its name.
  private func conditionText(_ glossary: Glossary) -> String? {
    guard case .sign(let leaf, let sign)? = condition else { return conditionWords(glossary) }
    return "where " + leaf.text(in: .unicode, names(glossary)) + " " + sign.text(.unicode)
  }

  private func conditionLaTeX(_ glossary: Glossary) -> String? {
    if case .kind(let name, let letter) = condition {
      return "\\text{if } " + letters[letter] + LaTeX.text(" is " + name)
    }
    guard case .sign(let leaf, let sign)? = condition else { return conditionWords(glossary).map { LaTeX.text($0) } }
    return "\\text{where } " + leaf.text(in: .latex, names(glossary)) + " " + sign.text(.latex)
  }

  private func conditionWords(_ glossary: Glossary) -> String? {
    let steps = general.left.first { glossary.axes[$0.axis].kind == .steps }
    let step = steps.map { glossary.axes[$0.axis].noun } ?? "step"
    return switch condition {
    case .lastStep: "at the last \(step)"
    case .notLastStep: "before the last \(step)"
    case .firstStep: "at the first \(step)"
    case .notFirstStep: "after the first \(step)"
    case .share(let count, let all): "in \(count) of \(all)"
    case .kind(let name, let letter): "if \(letters[letter]) is \(name)"
    case .sign, nil: nil
    }
  }
}

extension StatedFormula.Sign {
  fileprivate func text(_ notation: Notation) -> String {
    let isLaTeX = notation == .latex
    return switch self {
    case .positive: isLaTeX ? "\\gt 0" : "> 0"
    case .negative: isLaTeX ? "\\lt 0" : "< 0"
    case .zero: "= 0"
    case .notPositive: isLaTeX ? "\\le 0" : "≤ 0"
    case .notNegative: isLaTeX ? "\\ge 0" : "≥ 0"
    case .notZero: isLaTeX ? "\\ne 0" : "≠ 0"
    }
  }
}

/// The leaves of a general formula: names with letters for indices.
public struct GeneralNames: FormulaNames {
  private let glossary: Glossary
  private let letters: LetterNames
  private let parts: [SumPart]

  public init(_ statement: StatedFormula, _ glossary: Glossary) {
    self.glossary = glossary
    letters = statement.letters
    parts = statement.parts
  }

  public func leaf(_ formula: Formula, in notation: Notation) -> LeafText {
    let isLaTeX = notation == .latex
    switch formula {
    case .quantity(let name, let indices, let age):
      return .name(aged(quantity(name, indices, isLaTeX: isLaTeX), age, isLaTeX: isLaTeX))
    case .symbol(let number, let places):
      guard let symbol = glossary.symbol(number) else { return .name("?") }
      let indices = places.map { name($0, isLaTeX: isLaTeX) ?? text($0) }
      return .name(isLaTeX ? LaTeX.indexed(symbol.latex, indices) : bracketed(symbol.text, indices))
    case .abbreviation(let number, let letters):
      let names = isLaTeX ? ["x", "\\xi", "\\zeta"] : ["x", "y", "z"]
      let name = names[min(number, names.count - 1)]
      let indices = letters.map { self.letters[$0] }
      return .name(isLaTeX ? LaTeX.indexed(name, indices) : bracketed(name, indices))
    default: return .name("?")
    }
  }

  private func quantity(_ name: Int, _ indices: [FormulaIndex], isLaTeX: Bool) -> String {
    let entry = glossary.entries[name]
    if let index = indices.first, glossary.axes[index.axis].kind == .names, let number = index.fixed {
      let key = TermKey(name: name, i: number)
      return isLaTeX ? glossary.latex(key) : glossary.text(key)
    }
    let words = indices.enumerated().map { place, index in
      guard glossary.axes[index.axis].kind == .names, let number = index.fixed, let names = entry.labels[place],
        number < names.count
      else { return text(index) }
      return isLaTeX ? LaTeX.text(names[number]) : names[number]
    }
    return isLaTeX ? LaTeX.indexed(entry.latex, words) : bracketed(entry.name, words)
  }

  /// What an index of an axis of names stands for, as the quantities with that axis have it.
  private func name(_ index: FormulaIndex, isLaTeX: Bool) -> String? {
    guard glossary.axes[index.axis].kind == .names, let number = index.fixed else { return nil }
    let lists = glossary.entries.compactMap { entry in
      entry.axes.firstIndex(of: index.axis).flatMap { entry.labels[$0] }
    }
    guard let names = lists.first, number < names.count else { return nil }
    return isLaTeX ? LaTeX.text(names[number]) : names[number]
  }

  /// An earlier value of a name: the one before the updates in between.
  private func aged(_ name: String, _ age: FormulaIndex, isLaTeX: Bool) -> String {
    switch age.place {
    case .fixed(0): name
    case .fixed: isLaTeX ? LaTeX.marked(name, "\\text{before}") : "before(" + name + ")"
    case .letter(let letter, _):
      isLaTeX ? LaTeX.marked(name, "(" + letters[letter] + ")") : name + " at " + letters[letter]
    }
  }

  private func bracketed(_ name: String, _ indices: [String]) -> String {
    indices.isEmpty ? name : name + "[" + indices.joined(separator: ",") + "]"
  }

  private func text(_ index: FormulaIndex) -> String {
    switch index.place {
    case .fixed(let number): return "\(number)"
    case .letter(let letter, let plus):
      if plus == 0 { return letters[letter] }
      return letters[letter] + (plus > 0 ? "+\(plus)" : "-\(-plus)")
    }
  }

  public func bound(_ bound: [Letter], part: Int?, in notation: Notation) -> [String] {
    let names = bound.map { letters[$0] }
    guard let part else { return names }
    switch parts[part].choice {
    case .limited(let letter, let limit):
      return zip(bound, names).map { $0 == letter ? limited($1, limit, notation) : $1 }
    case .some(let number, let outer):
      let list = names.joined(separator: ",")
      let tuple = names.count == 1 ? list : "(" + list + ")"
      return [tuple + (notation == .latex ? " \\in " : " in ") + some(number, of: outer, isLaTeX: notation == .latex)]
    }
  }

  /// The name of a part that has no other: `M`, and then `M'`.
  public func some(_ number: Int, of outer: [Letter], isLaTeX: Bool) -> String {
    let name = (isLaTeX ? "\\mathcal{M}" : "M") + String(repeating: "'", count: number)
    let indices = outer.map { letters[$0] }
    return isLaTeX ? LaTeX.indexed(name, indices) : bracketed(name, indices)
  }

  private func limited(_ name: String, _ limit: SumPart.Limit, _ notation: Notation) -> String {
    let isLaTeX = notation == .latex
    let isIn = name + (isLaTeX ? " \\in " : " in ")
    switch limit {
    case .group(let group): return isIn + letters[group]
    case .groupOf(let own, let isWithout):
      let like = name + (isLaTeX ? " \\sim " : " like ") + letters[own]
      return isWithout ? like + ", " + limited(name, .except(own), notation) : like
    case .except(let own): return name + (isLaTeX ? " \\ne " : "≠") + letters[own]
    case .kind(let kind): return isLaTeX ? name + "\\text{ " + kind + "}" : kind + " " + name
    case .minibatch: return isIn + (isLaTeX ? "\\mathcal{B}" : "minibatch")
    case .below(let leaf): return name + (isLaTeX ? " \\lt " : "<") + leaf.text(in: notation, self)
    case .upTo(let leaf): return name + (isLaTeX ? " \\le " : "<=") + leaf.text(in: notation, self)
    case .members(let leaf): return isIn + leaf.text(in: notation, self)
    case .text(let text, let owner):
      return isIn + (isLaTeX ? LaTeX.indexed(text.latex, [letters[owner]]) : bracketed(text.name, [letters[owner]]))
    }
  }

  public func constant(_ x: Double) -> String { NumberText.constant(x) }
}
