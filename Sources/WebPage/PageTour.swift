import Documents

/// A tour as a page carries it: scenes of prose, commands that the page's engine runs, and questions.
public struct PageTour: Sendable {
  public struct Scene: Sendable {
    public let title: String
    public var parts: [Part]

    public init(title: String, parts: [Part]) { (self.title, self.parts) = (title, parts) }
  }

  public enum Part: Sendable {
    /// Paragraphs, one a line.
    case prose(String)
    case cell(Cell)
    /// What only a terminal can run, and what it printed there.
    case recorded(commands: [String], output: [String])
    case number(expression: String)
    case choices([(text: String, condition: String)])
  }

  /// Commands of the debugger, and the picture that is shown with them.
  public struct Cell: Sendable {
    public var commands: [String] = []
    /// The kind of a plot, which the engine draws.
    public var plot: String?
    /// Which of the page's drawings is shown, for the engine draws no diagrams.
    public var drawing: String?
    /// Which one is shown in a narrow window; nil for the same.
    public var narrowDrawing: String?
    /// What the picture shows.
    public var caption = ""

    public init() {}
  }

  /// As in a link to a scene: `ppo` in `#story=ppo/7`.
  public let name: String
  public let title: String
  public let scenes: [Scene]

  public init(name: String, title: String, scenes: [Scene]) {
    (self.name, self.title, self.scenes) = (name, title, scenes)
  }
}

extension JSONWriter {
  mutating func tour(_ tour: PageTour) {
    beginObject()
    member("name", tour.name)
    member("title", tour.title)
    key("scenes")
    beginArray()
    for scene in tour.scenes {
      beginObject()
      member("title", scene.title)
      key("parts")
      beginArray()
      for part in scene.parts { self.part(part) }
      endArray()
      endObject()
    }
    endArray()
    endObject()
  }

  private mutating func part(_ part: PageTour.Part) {
    beginObject()
    switch part {
    case .prose(let text): member("prose", text)
    case .number(let expression): member("number", expression)
    case .choices(let choices):
      key("choices")
      beginArray()
      for choice in choices { strings([choice.text, choice.condition]) }
      endArray()
    case .recorded(let commands, let output):
      member("commands", commands.joined(separator: "\n"))
      member("output", output.joined(separator: "\n"))
    case .cell(let cell):
      key("lines")
      strings(cell.commands)
      if let plot = cell.plot { member("plot", plot) }
      if let drawing = cell.drawing { member("drawing", drawing) }
      if let drawing = cell.narrowDrawing { member("narrowDrawing", drawing) }
      if !cell.caption.isEmpty { member("caption", cell.caption) }
    }
    endObject()
  }

  private mutating func member(_ key: String, _ text: String) {
    self.key(key)
    string(text)
  }
}
