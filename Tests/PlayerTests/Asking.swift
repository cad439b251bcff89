import Documents
import Player
import Recording

/// A player, asked as a page asks it.
struct Asking {
  private var player = PagePlayer()

  init() {}

  /// One with a built-in scenario open in pane 0.
  init(open name: String) throws {
    _ = try ask(#"{"do":"open","source":{"name":"\#(name)"}}"#)
  }

  /// A list of texts, as requests have it.
  static func list(_ texts: [String]) -> String {
    var json = JSONWriter()
    json.strings(texts)
    return json.text
  }

  mutating func text(_ request: String) -> String { player.answer(request) }

  mutating func ask(_ request: String) throws -> Fields {
    try JSONReader.read(player.answer(request)).object()
  }

  /// What is wrong with a request.
  mutating func error(_ request: String) throws -> String { try ask(request).required("error").string() }

  /// The values of the terms of a beat, by their names.
  mutating func values(at beat: Int, pane: Int = 0) throws -> [String: Double] {
    var values: [String: Double] = [:]
    let view = try ask(#"{"do":"view","pane":\#(pane),"at":\#(beat)}"#)
    for term in try view.required("terms").list() {
      let fields = try term.object()
      values[try fields.required("text").string()] = try fields.required("value").number()
    }
    return values
  }
}
