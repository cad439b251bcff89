/// The index of several players: a static page without a script.
public struct GalleryPage: Sendable {
  /// A player, and where in it to look first.
  public struct Card: Sendable {
    public var name: String
    public var title: String
    public var algorithm: String
    /// The player's file, beside the index.
    public var file: String
    /// One or two sentences on what to look at first.
    public var hint: String
    /// `1437 beats in 130 stages`.
    public var extent: String
    /// What it does, in words that anybody knows.
    public var plainWord = ""
    /// A small picture as SVG without a style of its own; empty for none.
    public var thumbnail = ""
    public var links: [Link] = []

    public init(name: String, title: String, algorithm: String, file: String, hint: String, extent: String) {
      (self.name, self.title, self.algorithm) = (name, title, algorithm)
      (self.file, self.hint, self.extent) = (file, hint, extent)
    }
  }

  /// A place within a player, perhaps with something changed.
  public struct Link: Sendable {
    public let text: String
    /// The URL's fragment without `#`.
    public let fragment: String

    public init(
      _ text: String, at beat: Int, settings: [PageConfiguration.Setting] = [],
      variant: [PageConfiguration.Setting] = [], picture: String? = nil
    ) {
      self.text = text
      let parts =
        ["at=\(beat)"] + settings.map { "set=\(Self.encoded($0))" } + variant.map { "variant=\(Self.encoded($0))" }
        + (picture.map { ["picture=\(Self.encoded($0))"] } ?? [])
      fragment = parts.joined(separator: "&")
    }

    private static func encoded(_ setting: PageConfiguration.Setting) -> String {
      "\(encoded(setting.name)):\(encoded(setting.value))"
    }

    /// Percent-encoded, except for RFC 3986's unreserved characters.
    private static func encoded(_ text: String) -> String {
      text.utf8.map { byte in
        let character = Character(Unicode.Scalar(byte))
        if byte < 128, character.isLetter || character.isNumber || "-._~".contains(character) {
          return String(character)
        }
        let digits = String(byte, radix: 16, uppercase: true)
        return "%" + (digits.utf8.count == 1 ? "0" : "") + digits
      }.joined()
    }
  }

  public var cards: [Card]
  /// Whether the players can run again with something changed.
  public var hasEngine: Bool
  /// A picture for links to the list, by its address; nil for none.
  public var previewImage: String?

  public init(cards: [Card], hasEngine: Bool) { (self.cards, self.hasEngine) = (cards, hasEngine) }

  private enum Mark {
    static let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"\">"
    static let description = HTML.descriptionMark
    static let style = "<link rel=\"stylesheet\" href=\"style.css\">\n<link rel=\"stylesheet\" href=\"gallery.css\">"
    static let cards = "<ul id=\"cards\" class=\"cards\"></ul>"
    static let note = "<p id=\"note\" class=\"note\"></p>"
  }

  public func html() throws(PageError) -> [UInt8] {
    let template = try PageTemplate(
      .gallery, marks: [Mark.policy, Mark.description, Mark.style, Mark.cards, Mark.note])
    let style = try HTML.checkedStyle(.style) + HTML.checkedStyle(.galleryStyle)
    let policy = HTML.policy([
      "default-src 'none'", "style-src \(HTML.source(style))", "base-uri 'none'", "form-action 'none'",
    ])
    let html = template.filled([
      Mark.policy: policy,
      Mark.description: HTML.preview(
        title: "Gradus: step through PPO, GRPO and DPO", description: Self.description, image: previewImage),
      Mark.style: "<style>\(style)</style>",
      Mark.cards: "<ul id=\"cards\" class=\"cards\">\n\(cards.map(item).joined())</ul>",
      Mark.note: hasEngine ? "" : "<p id=\"note\" class=\"note\">\(Self.withoutEngine)</p>",
    ])
    return Array(html.utf8)
  }

  private static let description =
    "Recorded runs of the algorithms that align language models: drag an option, see the picture move, and step through every "
    + "number."

  private static let withoutEngine = HTML.escaped(
    "These pages were written without the engine: stepping works; changing options needs `make web`.")

  private func item(_ card: Card) -> String {
    let file = HTML.escaped(card.file)
    let links = card.links.map { link in
      "      <li><a href=\"\(file)#\(HTML.escaped(link.fragment))\">\(HTML.escaped(link.text))</a></li>\n"
    }
    return """
        <li class="card">
          <p class="card-kind">\(HTML.escaped(card.algorithm)) · \(HTML.escaped(card.extent))</p>
          <h2><a href="\(file)">\(HTML.escaped(card.name))</a> <span class="card-plain">\(HTML.escaped(card.plainWord))</span></h2>
          \(card.thumbnail)
          <p class="card-title">\(HTML.escaped(card.title))</p>
          <p class="card-hint">\(HTML.escaped(card.hint))</p>
          <ul class="card-links">
      \(links.joined())    </ul>
        </li>

      """
  }
}
