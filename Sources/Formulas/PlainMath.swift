/// Formulas for a terminal, set from the LaTeX of Markdown pages in one line.
///
///     PlainMath.text(of: "\\frac{\\pi_\\theta}{\\pi_{\\text{old}}}")  // π_θ / π_old
public enum PlainMath {
  /// The formula in one line of Unicode.
  public static func text(of latex: String) -> String { text(LaTeXReader.nodes(of: latex)) }

  private static func text(_ nodes: [MathNode]) -> String {
    var text = ""
    for place in nodes.indices {
      add(
        nodes[place], after: place > 0 ? nodes[place - 1] : nil,
        before: place + 1 < nodes.count ? nodes[place + 1] : nil, to: &text)
    }
    return text
  }

  /// Puts blanks around relations and operators, and brackets around a fraction that is one factor of several.
  private static func add(_ node: MathNode, after previous: MathNode?, before next: MathNode?, to text: inout String) {
    switch node {
    case .sign(let sign) where spaced.contains(sign):
      // A sign at the beginning belongs to the number after it.
      let isPrefix = text.isEmpty || "([{,=⋅×".contains(text.last ?? " ") || text.last == " "
      text += isPrefix && sign == "−" ? sign : (text.last == " " ? "" : " ") + sign + " "
    case .sign(","): text += ", "
    case .fraction:
      separate(&text, after: previous, from: node)
      text += isFactor(previous) || isFactor(next) ? "(" + self.text(node) + ")" : self.text(node)
    default:
      separate(&text, after: previous, from: node)
      text += self.text(node)
    }
  }

  /// A name of several letters stands apart from what it is applied to, and from what stands before it.
  private static func separate(_ text: inout String, after previous: MathNode?, from node: MathNode) {
    guard let last = text.last, last.isLetter || last.isNumber || last == ")" || last == "²" else { return }
    let isName = if case .name = node { true } else { false }
    let isDigit = if case .number = node { true } else { false }
    if isName || isDigit && last == ")" || endsInName(previous) && !beginsWithBracket(node) { text += " " }
  }

  private static func endsInName(_ node: MathNode?) -> Bool {
    switch node {
    case .name?: true
    case .scripts(let base, _, _)?: endsInName(base)
    default: false
    }
  }

  /// Whether it is multiplied by what stands beside it: anything but a sign or a blank, if there is anything.
  private static func isFactor(_ node: MathNode?) -> Bool {
    switch node {
    case nil, .space?: false
    case .sign(let sign)?: sign == "∑" || sign == "⋅" || sign == "×"
    default: true
    }
  }

  private static let spaced = [
    "=", "+", "−", "<", ">", "≤", "≥", "∈", "∼", "←", "→", "∝", "∣", "×", "⋅", "/", "≠", "≈", "≻",
  ]

  private static func beginsWithBracket(_ node: MathNode) -> Bool {
    let first = text(node).first
    return first == "(" || first == "["
  }

  private static func text(_ node: MathNode) -> String {
    switch node {
    case .variable(let text), .name(let text), .number(let text), .sign(let text), .text(let text): text
    case .space: "   "
    case .group(let nodes): text(nodes)
    case .scripts(let base, let lower, let upper):
      text(base) + (lower.map { "_" + script($0) } ?? "") + (upper.map { power($0) } ?? "") + (isSum(base) ? " " : "")
    case .accented(let base, let accent): text(base) + (combining[accent] ?? accent)
    case .under(let base, let below): text(base) + "_" + script(below) + " "
    case .fraction(let a, let b): bracketed(a) + " / " + bracketed(b)
    case .root(let inner): "√" + bracketed(inner)
    }
  }

  private static func isSum(_ node: MathNode) -> Bool { if case .sign("∑") = node { true } else { false } }

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
