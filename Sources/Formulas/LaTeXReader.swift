/// A formula's parts, as far as typesetting must tell them apart.
indirect enum MathNode {
  /// A variable, one letter.
  case variable(String)
  /// A name in upright letters, such as a function's.
  case name(String)
  case number(String)
  case sign(String)
  case text(String)
  case space
  case group([MathNode])
  case scripts(MathNode, lower: MathNode?, upper: MathNode?)
  case accented(MathNode, String)
  case fraction(MathNode, MathNode)
  /// What stands below an operator.
  case under(MathNode, MathNode)
  case root(MathNode)
}

/// Reads the LaTeX that this package writes: symbols, scripts, accents, fractions, roots and words.
///
/// A command that it does not know is kept as text, so that a formula is never lost.
struct LaTeXReader {
  private var rest: Substring.UnicodeScalarView

  init(_ latex: String) { rest = latex[...].unicodeScalars }

  static func nodes(of latex: String) -> [MathNode] {
    var reader = LaTeXReader(latex)
    var nodes = reader.nodes()
    while !reader.rest.isEmpty {
      reader.rest.removeFirst()  // a brace that closes nothing
      nodes += reader.nodes()
    }
    return nodes
  }

  /// The nodes up to a closing brace, or else a closing parenthesis, or the end.
  private mutating func nodes(inParentheses isInner: Bool = false) -> [MathNode] {
    var nodes: [MathNode] = []
    while let next = rest.first, next != "}", !(isInner && next == ")") {
      if next == " " {
        rest.removeFirst()
      } else if next == "_" || next == "^" {
        rest.removeFirst()
        addScript(argument(), isLower: next == "_", to: &nodes)
      } else if let node = node() {
        nodes.append(node)
      }
    }
    return nodes
  }

  private func addScript(_ script: MathNode, isLower: Bool, to nodes: inout [MathNode]) {
    let last = nodes.popLast() ?? .text("")
    if case .scripts(let base, let lower, let upper) = last {
      nodes.append(.scripts(base, lower: isLower ? script : lower, upper: isLower ? upper : script))
    } else {
      nodes.append(.scripts(last, lower: isLower ? script : nil, upper: isLower ? nil : script))
    }
  }

  /// One node; nil for a command that only changes how others look.
  private mutating func node() -> MathNode? {
    let next = rest.removeFirst()
    switch next {
    case "{":
      let inner = nodes()
      if rest.first == "}" { rest.removeFirst() }
      return .group(inner)
    case "(":
      // As one node, so that an exponent applies to the whole.
      let inner = nodes(inParentheses: true)
      if rest.first != ")" { return .group([.sign("(")] + inner) }
      rest.removeFirst()
      return .group([.sign("(")] + inner + [.sign(")")])
    case "\\": return command(take { ("a"..."z").contains($0) || ("A"..."Z").contains($0) })
    case "0"..."9": return .number(String(next) + take { ("0"..."9").contains($0) || $0 == "." })
    case "a"..."z", "A"..."Z": return .variable(String(next))
    case "-": return .sign("−")
    case "'": return .sign("′")
    case "…": return .sign("…")
    default: return next.value < 0x80 ? .sign(String(next)) : .text(String(next))
    }
  }

  private mutating func take(while isPart: (Unicode.Scalar) -> Bool) -> String {
    var text = ""
    while let next = rest.first, isPart(next) {
      text.unicodeScalars.append(next)
      rest.removeFirst()
    }
    return text
  }

  private mutating func argument() -> MathNode {
    while rest.first == " " { rest.removeFirst() }
    return rest.isEmpty ? .text("") : node() ?? .text("")
  }

  /// The characters between braces as they are.
  private mutating func word() -> String {
    guard rest.first == "{" else { return "" }
    rest.removeFirst()
    let word = take { $0 != "}" }
    if !rest.isEmpty { rest.removeFirst() }
    return word
  }

  private mutating func command(_ name: String) -> MathNode? {
    switch name {
    case "text": return .text(word())
    case "mathrm": return .name(word())
    case "mathbb":
      let letter = argument()
      if case .variable("E") = letter { return .variable("𝔼") }
      return letter
    case "mathcal":
      let letter = argument()
      guard case .variable(let name) = letter else { return letter }
      return .variable(["B": "ℬ", "M": "ℳ"][name] ?? name)
    case "hat": return .accented(argument(), "^")
    case "bar", "overline": return .accented(argument(), "¯")
    case "tilde": return .accented(argument(), "~")
    case "frac":
      let numerator = argument()
      return .fraction(numerator, argument())
    case "underset":
      let below = argument()
      return .under(argument(), below)
    case "sqrt": return .root(argument())
    case "exp", "log", "min", "max", "cos": return .name(name)
    case "quad": return .space
    case "left", "right", "textstyle": return nil
    default: break
    }
    if let letter = Self.letters.first(where: { $0.name == name }) { return .variable(letter.symbol) }
    if let sign = Self.signs.first(where: { $0.name == name }) { return .sign(sign.symbol) }
    if name == "lt" || name == "gt" { return .text(name == "lt" ? "<" : ">") }
    return .text("\\" + name)
  }

  private static let letters: [(name: String, symbol: String)] = [
    ("alpha", "α"), ("beta", "β"), ("gamma", "γ"), ("delta", "δ"), ("epsilon", "ϵ"), ("varepsilon", "ε"), ("eta", "η"),
    ("theta", "θ"), ("lambda", "λ"),
    ("mu", "μ"), ("pi", "π"), ("rho", "ρ"), ("sigma", "σ"), ("phi", "φ"), ("Delta", "Δ"),
    ("omega", "ω"), ("kappa", "κ"), ("chi", "χ"), ("xi", "ξ"), ("zeta", "ζ"), ("ell", "ℓ"), ("tau", "τ"),
    ("Sigma", "Σ"),
  ]

  private static let signs: [(name: String, symbol: String)] = [
    ("times", "×"), ("cdot", "⋅"), ("ldots", "…"), ("cdots", "⋯"), ("infty", "∞"), ("sum", "∑"), ("ast", "∗"),
    ("lVert", "‖"), ("rVert", "‖"), ("Vert", "‖"), ("lvert", "|"), ("rvert", "|"), ("mid", "∣"), ("ge", "≥"),
    ("le", "≤"), ("in", "∈"), ("sim", "∼"), ("leftarrow", "←"), ("to", "→"), ("propto", "∝"), ("nabla", "∇"),
    ("partial", "∂"), ("ne", "≠"), ("approx", "≈"), ("succ", "≻"),
  ]
}
