/// Formulas for a terminal, set from the LaTeX of Markdown pages in one line.
///
///     PlainMath.text(of: "\\frac{\\pi_\\theta}{\\pi_{\\text{old}}}")  // π_θ / π_old
public enum PlainMath {
  public static func text(of latex: String) -> String {
    var text = ""
    for node in LaTeXReader.nodes(of: latex) { add(node, to: &text) }
    return text
  }

  /// Puts blanks around relations and operators, and none elsewhere.
  private static func add(_ node: MathNode, to text: inout String) {
    switch node {
    case .sign(let sign) where spaced.contains(sign):
      // A sign at the beginning belongs to the number after it.
      let isPrefix = text.isEmpty || "([{,=⋅×".contains(text.last ?? " ") || text.last == " "
      text += isPrefix && sign == "−" ? sign : (text.last == " " ? "" : " ") + sign + " "
    case .sign(","): text += ", "
    case .name:
      if let last = text.last, last.isLetter || last.isNumber || last == ")" { text += " " }
      text += self.text(node)
    case .variable, .text, .number, .fraction, .root, .accented, .group, .scripts:
      // A function's name stands apart from an argument without brackets.
      if endsInFunction(text), !beginsWithBracket(node) { text += " " }
      text += self.text(node)
    default: text += self.text(node)
    }
  }

  private static let spaced = [
    "=", "+", "−", "<", ">", "≤", "≥", "∈", "∼", "←", "→", "∝", "∣", "×", "⋅", "/", "≠", "≈",
  ]

  private static func endsInFunction(_ text: String) -> Bool {
    ["exp", "log", "min", "max", "cos"].contains { text.utf8.reversed().starts(with: $0.utf8.reversed()) }
  }

  private static func beginsWithBracket(_ node: MathNode) -> Bool {
    let first = text(node).first
    return first == "(" || first == "["
  }

  private static func text(_ nodes: [MathNode]) -> String {
    var text = ""
    for node in nodes { add(node, to: &text) }
    return text
  }

  private static func text(_ node: MathNode) -> String {
    switch node {
    case .variable(let text), .name(let text), .number(let text), .sign(let text), .text(let text): text
    case .space: "   "
    case .group(let nodes): text(nodes)
    case .scripts(let base, let lower, let upper):
      text(base) + (lower.map { "_" + script($0) } ?? "") + (upper.map { power($0) } ?? "")
    case .accented(let base, let accent): text(base) + (combining[accent] ?? accent)
    case .fraction(let a, let b): bracketed(a) + " / " + bracketed(b)
    case .root(let inner): "√" + bracketed(inner)
    }
  }

  private static let combining = ["^": "\u{302}", "¯": "\u{304}", "~": "\u{303}"]

  private static func power(_ node: MathNode) -> String {
    let exponent = text(node)
    return exponent == "2" ? "²" : "^" + script(node)
  }

  /// What stands below or above: in brackets if it is more than names and digits.
  private static func script(_ node: MathNode) -> String {
    let inner = text(node)
    return inner.contains(" ") || inner.contains("+") ? "(" + inner + ")" : inner
  }

  /// In brackets if it is more than one thing.
  private static func bracketed(_ node: MathNode) -> String {
    let inner = text(node)
    let isWhole = inner.first == "(" && inner.last == ")"
    return inner.contains(" ") && !isWhole ? "(" + inner + ")" : inner
  }
}
