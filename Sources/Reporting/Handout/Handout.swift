/// A run in two printed pages: its world, one iteration, one telling token followed through every formula, three figures.
///
/// It is a value without a format: `gradus trace --brief` writes it as Markdown, `gradus slides` as slides.
public struct Handout: Sendable {
  /// A piece of running text.
  public enum Inline: Equatable, Sendable {
    case text(String)
    case strong(String)
    case code(String)
    /// LaTeX.
    case math(String)
  }

  /// A picture that whoever writes the handout has to draw.
  public struct Figure: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
      case plot(String)
      case diagram(String, beat: Int)
    }

    public let kind: Kind
    public let title: String
    /// The general formulas of what it shows, as LaTeX.
    public internal(set) var formulas: [String] = []

    /// `clip.svg`, `stage-policy.svg`.
    public var file: String {
      switch kind {
      case .plot(let name): "plot-\(name).svg"
      case .diagram(let name, _): name.split(separator: ":").joined(separator: "-") + ".svg"
      }
    }
  }

  public enum Block: Equatable, Sendable {
    case paragraph([Inline])
    /// LaTeX, on a line of its own.
    case formula(String)
    case list([[Inline]])
    case table(header: [String], rows: [[[Inline]]])
    case figure(Figure)
  }

  public struct Section: Equatable, Sendable {
    public let title: String
    public internal(set) var blocks: [Block] = []
    /// What a speaker may say, sentence by sentence.
    public internal(set) var notes: [String] = []
    /// Of a step on the token's way, whether it is the one that tells most; nil for other sections.
    public internal(set) var isTelling: Bool?
  }

  public let title: String
  public let sections: [Section]

  public var figures: [Figure] {
    sections.flatMap { $0.blocks }.compactMap { if case .figure(let figure) = $0 { figure } else { nil } }
  }
}

extension [Handout.Inline] {
  /// Text in which `**` marks what is strong.
  init(marked text: String) {
    self = []
    var isStrong = false
    for (place, part) in text.parts(between: "**").enumerated() {
      if place > 0 { isStrong.toggle() }
      if !part.isEmpty { append(isStrong ? .strong(part) : .text(part)) }
    }
  }
}

extension String {
  fileprivate func parts(between mark: String) -> [String] {
    var parts: [String] = [""]
    var rest = self[...]
    while let first = rest.first {
      if rest.hasPrefix(mark) {
        parts.append("")
        rest = rest.dropFirst(mark.count)
      } else {
        parts[parts.count - 1].append(first)
        rest = rest.dropFirst()
      }
    }
    return parts
  }
}
