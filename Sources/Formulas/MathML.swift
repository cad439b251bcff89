/// Formulas for a page, set from the LaTeX that this package writes.
///
///     MathML.element("r_{0}")  // <math><msub><mi>r</mi><mn>0</mn></msub></math>
public enum MathML {
  /// A whole `<math>` element; `isBlock` gives it a line of its own.
  public static func element(_ latex: String, isBlock: Bool = false) -> String {
    let attribute = isBlock ? " display=\"block\"" : ""
    return "<math\(attribute)>" + text(LaTeXReader.nodes(of: latex)) + "</math>"
  }

  /// Whether a name is one symbol, whatever its accents, indices and exponents.
  static func isSingleSymbol(_ latex: String) -> Bool { LaTeXReader.nodes(of: latex).count == 1 }

  /// Whether a formula is higher than a line.
  static func isTall(_ latex: String) -> Bool { isTall(LaTeXReader.nodes(of: latex)) }

  private static func isTall(_ nodes: [MathNode]) -> Bool {
    nodes.contains { node in
      switch node {
      case .fraction: true
      case .group(let inner): isTall(inner)
      case .root(let inner): isTall([inner])
      case .scripts(let base, _, _), .under(let base, _): isTall([base])
      default: false
      }
    }
  }

  /// The nodes side by side, with the spaces that MathML does not give by itself.
  private static func text(_ nodes: [MathNode]) -> String {
    var result = ""
    for (place, node) in nodes.enumerated() {
      switch node {
      case .sign("−") where place > 0 && isOperator(nodes[place - 1]): result += "<mo form=\"prefix\">−</mo>"
      case .name where place + 1 < nodes.count && !beginsWithParenthesis(nodes[place + 1]):
        result += text(node) + "<mspace width=\"0.17em\"/>"
      case .under where place + 1 < nodes.count: result += text(node) + "<mspace width=\"0.17em\"/>"
      default: result += text(node)
      }
    }
    return result
  }

  /// Whether a minus sign after it is a number's sign and not a subtraction.
  private static func isOperator(_ node: MathNode) -> Bool {
    if case .sign(let sign) = node { sign != ")" && sign != "]" && sign != "′" && sign != "…" } else { false }
  }

  private static func beginsWithParenthesis(_ node: MathNode) -> Bool {
    switch node {
    case .sign: return true
    case .scripts(let base, _, _): return beginsWithParenthesis(base)
    case .group(let inner): if let first = inner.first { return beginsWithParenthesis(first) }
    default: break
    }
    return false
  }

  private static func text(_ node: MathNode) -> String {
    switch node {
    case .variable(let name): "<mi>\(name)</mi>"
    // A name of several letters is upright by itself; a single one would be slanted.
    case .name(let name): "<mi mathvariant=\"normal\">\(escaped(name))</mi>"
    case .number(let digits): "<mn>\(digits)</mn>"
    case .sign("‖"): "<mo stretchy=\"false\">‖</mo>"
    case .sign(let sign): "<mo>\(escaped(sign))</mo>"
    case .text(let words): "<mtext>\(escaped(words))</mtext>"
    case .space: "<mspace width=\"1em\"/>"
    case .group(let nodes): nodes.count == 1 ? text(nodes[0]) : "<mrow>\(text(nodes))</mrow>"
    case .scripts(let base, let lower?, let upper?):
      "<msubsup>\(text(base))\(text(lower))\(text(upper))</msubsup>"
    case .scripts(let base, let lower?, nil): "<msub>\(text(base))\(text(lower))</msub>"
    case .scripts(let base, nil, let upper?): "<msup>\(text(base))\(text(upper))</msup>"
    case .scripts(let base, nil, nil): text(base)
    // As an accent, the bar would touch the letter where there is no mathematical font.
    case .accented(let base, let accent): "<mover>\(text(base))<mo>\(accent)</mo></mover>"
    case .under(let base, let below): "<munder>\(text(base))\(text(below))</munder>"
    case .fraction(let a, let b): "<mfrac>\(text(a))\(text(b))</mfrac>"
    case .root(let inner): "<msqrt>\(text(inner))</msqrt>"
    }
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars.map(LaTeX.plain) {
      switch character {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case " ": result += "\u{a0}"  // blanks at the ends would be dropped
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}
