import Documents
import Formats

/// The debugger as one HTML file, which needs no server and no network.
///
/// The file holds its style and script, the engine as WebAssembly or else a finished recording, and the diagrams.
/// Its Content-Security-Policy admits just this script, the one that unpacks it, and this style, and nothing from anywhere else.
public struct PlayerPage: Sendable {
  /// Below how many bytes a player stays: diagrams are left out where it would not. A recording in place of the engine is not
  /// counted.
  public static let limit = 1_500_000
  /// The same of a page that also trains a transformer.
  public static let trainingLimit = 2_500_000

  public var configuration: PageConfiguration
  /// The WebAssembly module; nil for a page that steps through a recording.
  public var engine: [UInt8]?
  /// The trainers as WebAssembly, for a page in which a transformer learns; its configuration says what trains it.
  public var training: [UInt8]?
  /// Drawings by the shape that they draw; the first ones are kept if there is no room for all.
  public var diagrams: [(shape: String, svg: String)] = []
  /// The player's answers as JSON, for a page without an engine.
  public var recording: String?

  public init(_ configuration: PageConfiguration) { self.configuration = configuration }

  /// The page, and how much did not fit in.
  public struct Written: Sendable {
    public let bytes: [UInt8]
    /// How many diagrams were left out.
    public let omitted: Int
  }

  public func html() throws(PageError) -> Written {
    let template = try PageTemplate(.page, marks: Mark.all)
    var parts = try parts()
    let recorded = recording == nil ? 0 : parts[Mark.recording]?.utf8.count ?? 0
    let limit = training == nil ? Self.limit : Self.trainingLimit
    let fitting = try fitting(in: limit - (template.filled(parts).utf8.count - recorded))
    parts[Mark.diagrams] = between(Mark.diagrams, fitting.text)
    return Written(bytes: Array(template.filled(parts).utf8), omitted: diagrams.count - fitting.count)
  }

  /// As many diagrams as there is room for.
  private func fitting(in room: Int) throws(PageError) -> (text: String, count: Int) {
    let all = try packed(diagrams.count)
    if all.utf8.count < room { return (all, diagrams.count) }
    var (best, tooMany) = ((text: "", count: 0), diagrams.count)
    while tooMany - best.count > 1 {
      let middle = (best.count + tooMany) / 2
      let text = try packed(middle)
      if text.utf8.count >= room { tooMany = middle } else { best = (text, middle) }
    }
    return best
  }

  private func packed(_ count: Int) throws(PageError) -> String {
    if count == 0 { return "" }
    var json = JSONWriter()
    json.beginObject()
    // Similar drawings stand close together, since gzip looks back only 32 kB: that saves a fifth.
    let alike = diagrams.prefix(count).map { (stage: $0.shape.prefix { $0 != ":" }, drawing: $0) }.sorted { a, b in
      (a.stage, a.drawing.svg.utf8.count, a.drawing.shape) < (b.stage, b.drawing.svg.utf8.count, b.drawing.shape)
    }
    for (_, (shape, svg)) in alike {
      json.key(shape)
      json.string(svg)
    }
    json.endObject()
    return try Gzip.text(of: Array(json.text.utf8))
  }

  // MARK: The file

  private enum Mark {
    static let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"\">"
    static let title = "<title>Gradus</title>"
    static let description = HTML.descriptionMark
    static let style = "<link rel=\"stylesheet\" href=\"style.css\">"
    static let configuration = "<script type=\"application/json\" id=\"gradus-config\">null</script>"
    static let engine = "<script type=\"application/gzip\" id=\"gradus-engine\"></script>"
    static let diagrams = "<script type=\"application/gzip\" id=\"gradus-diagrams\"></script>"
    static let recording = "<script type=\"application/gzip\" id=\"gradus-recording\"></script>"
    static let script = "<script type=\"module\" src=\"modules/main.js\"></script>"
    static let all = [policy, title, description, style, configuration, engine, diagrams, recording, script]
  }

  /// Where the packed script is.
  private static let scriptElement = "<script type=\"application/gzip\" id=\"gradus-script\"></script>"
  /// Where the trainers are; pages without them do not have it.
  private static let trainingElement = "<script type=\"application/gzip\" id=\"gradus-training\"></script>"

  /// The same for all pages: what unpacks and starts the script.
  private static let start = Result { () throws(PageError) in try ScriptBundle.script(of: PageFile.startModules) }
  /// The same for all pages.
  private static let script = Result { () throws(PageError) in try ScriptBundle.script(of: PageFile.modules) }
  /// The same for all that train.
  private static let trainingScript = Result { () throws(PageError) in
    try ScriptBundle.script(of: PageFile.modules + PageFile.trainingModules)
  }

  /// The value of each mark except the diagrams.
  private func parts() throws(PageError) -> [String: String] {
    let script = try (training == nil ? Self.script : Self.trainingScript).get()
    let start = try Self.start.get()
    let style = try HTML.checkedStyle(.style) + (training == nil ? "" : HTML.checkedStyle(.trainingStyle))
    let training = try self.training.map { (bytes) throws(PageError) in try Gzip.text(of: bytes) }
    let engine = try self.engine.map { (bytes) throws(PageError) in try Gzip.text(of: bytes) } ?? ""
    let recording = try self.recording.map { (text) throws(PageError) in try Gzip.text(of: Array(text.utf8)) } ?? ""
    let version = SHA256.hexadecimal(Array((start + script + style + engine + (training ?? "")).utf8)).prefix(12)
    return [
      Mark.policy: HTML.policy(
        [
          "default-src 'none'", "script-src \(HTML.source(start)) \(HTML.source(script)) 'wasm-unsafe-eval'",
          "style-src \(HTML.source(style))", "img-src data:",
        ] + (training == nil ? [] : ["worker-src blob:"]) + ["base-uri 'none'", "form-action 'none'"]),
      Mark.title: "<title>\(HTML.escaped(title))</title>",
      Mark.description: HTML.preview(
        title: title, description: configuration.description, image: configuration.previewImage),
      Mark.style: "<style>\(style)</style>",
      Mark.configuration: between(Mark.configuration, configuration.json(version: String(version)), instead: "null"),
      Mark.engine: between(Mark.engine, engine) + (training.map { between(Self.trainingElement, $0) } ?? ""),
      Mark.recording: between(Mark.recording, recording),
      Mark.script: between(Self.scriptElement, try Gzip.text(of: Array(script.utf8)))
        + "<script type=\"module\">\(start)</script>",
    ]
  }

  private var title: String {
    "\(configuration.name) · \(configuration.title.isEmpty ? "Gradus" : configuration.title + " · Gradus")"
  }

  /// A script element of the template with its content.
  private func between(_ element: String, _ content: String, instead empty: String = "") -> String {
    element.dropLast("\(empty)</script>".count) + content + "</script>"
  }
}
