import Documents

/// What a page shows: a source with changes, a position, perhaps a variant beside it.
public struct PageConfiguration: Sendable {
  /// An option and its value, as a user writes them.
  public typealias Setting = (name: String, value: String)

  /// A page of the same gallery.
  public struct Neighbour: Sendable {
    public let name: String
    public let file: String
    public let title: String

    public init(name: String, file: String, title: String) {
      (self.name, self.file, self.title) = (name, file, title)
    }
  }

  /// A built-in scenario's name, or what a file is called.
  public var name: String
  public var title: String
  /// What a search engine or a chat shows of the page: a sentence or two.
  public var description = ""
  /// A picture of the page for links to it, by its address; nil for none.
  public var previewImage: String?
  /// The version of the program that writes the page.
  public var program = ""
  /// Whether the page opens as a figure: the picture, one option, a sentence, and a link to the whole.
  public var isFigure = false
  /// The JSON of a scenario or batch that is not built in.
  public var document: String?
  /// Whether that is a batch that a trainer recorded.
  public var isBatch = false
  public var preset: String?
  public var settings: [Setting] = []
  /// The beat to begin at.
  public var beat = 0
  /// What is set differently in a second recording, side by side with the first; nil for none.
  public var variant: [Setting]?
  /// The tour that the page can be walked through with.
  public var tour: PageTour?
  /// Places worth a look, each a link within the page.
  public var moments: [GalleryPage.Link] = []
  /// What trains a transformer in the page, and with which options; nil where nothing does.
  public var training: (trainer: String, settings: [Setting])?
  /// The other pages that this one links to.
  public var gallery: [Neighbour] = []

  public init(name: String, title: String, document: String? = nil) {
    (self.name, self.title, self.document) = (name, title, document)
  }

  /// What the player is asked first, as JSON.
  public var opening: String {
    var json = JSONWriter()
    json.beginObject()
    json.key("do")
    json.string("open")
    json.key("pane")
    json.integer(0)
    writeSource(to: &json)
    json.endObject()
    return json.text
  }

  /// What the page is told, as JSON that can stand between a script's tags.
  func json(version: String) -> String {
    var json = JSONWriter(htmlSafe: true)
    json.beginObject()
    writeSource(to: &json)
    json.key("variant")
    if let variant { json.settings(variant) } else { json.null() }
    json.key("gallery")
    json.beginArray()
    for neighbour in gallery { json.neighbour(neighbour) }
    json.endArray()
    json.key("moments")
    json.beginArray()
    for moment in moments { json.strings([moment.text, moment.fragment]) }
    json.endArray()
    json.key("tour")
    if let tour { json.tour(tour) } else { json.null() }
    if let training {
      json.key("training")
      json.beginObject()
      json.key("trainer")
      json.string(training.trainer)
      json.key("settings")
      json.settings(training.settings)
      json.endObject()
    }
    json.key("figure")
    json.bool(isFigure)
    json.key("version")
    json.string(program.isEmpty ? "page \(version)" : "\(program) (page \(version))")
    json.endObject()
    return json.text
  }

  private func writeSource(to json: inout JSONWriter) {
    json.key("source")
    json.beginObject()
    json.key("name")
    json.string(name)
    if let document {
      json.key("document")
      json.string(document)
    }
    json.endObject()
    json.key("preset")
    if let preset { json.string(preset) } else { json.null() }
    json.key("settings")
    json.settings(settings)
    json.key("at")
    json.integer(beat)
  }
}

extension JSONWriter {
  fileprivate mutating func settings(_ settings: [PageConfiguration.Setting]) {
    beginArray()
    for setting in settings { strings([setting.name, setting.value]) }
    endArray()
  }

  fileprivate mutating func neighbour(_ neighbour: PageConfiguration.Neighbour) {
    beginObject()
    for (key, value) in [("name", neighbour.name), ("file", neighbour.file), ("title", neighbour.title)] {
      self.key(key)
      string(value)
    }
    endObject()
  }
}
