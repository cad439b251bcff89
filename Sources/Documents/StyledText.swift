/// Text marked up with how it should look, for a terminal or a page to draw.
///
/// Meaning never depends on the style alone: without it every line reads the same.
public struct StyledText: Sendable {
  /// What a span is, from which whoever draws it chooses a look.
  public enum Style: Sendable, CaseIterable {
    case plain, heading, dim, positive, negative, clipped, changed, error, token, code
  }

  /// A piece of text in one style.
  public struct Span: Sendable {
    public let text: String
    public let style: Style
  }

  public private(set) var spans: [Span] = []

  public init() {}

  public init(_ text: String, _ style: Style = .plain) { add(text, style) }

  /// Adds a span, unless it is empty.
  public mutating func add(_ text: String, _ style: Style = .plain) {
    if !text.isEmpty { spans.append(Span(text: text, style: style)) }
  }

  /// Adds a span and a line break.
  public mutating func line(_ text: String = "", _ style: Style = .plain) {
    add(text, style)
    add("\n")
  }

  public mutating func add(_ other: StyledText) { spans.append(contentsOf: other.spans) }

  public var isEmpty: Bool { spans.isEmpty }

  /// The text without its styles.
  public var plain: String {
    var text = ""
    for span in spans { text += span.text }
    return text
  }
}
