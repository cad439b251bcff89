import Documents
import Formats
import Foundation

/// How far the lessons were read, in a file of the state folder.
struct LessonProgress {
  struct State {
    /// Where to go on: the number of stops that were passed.
    var stop = 0
    var isFinished = false
    var right = 0
    var asked = 0
  }

  private var states: [(name: String, state: State)] = []
  private let path: String?

  subscript(name: String) -> State? {
    get { states.first { $0.name == name }?.state }
    set {
      states.removeAll { $0.name == name }
      if let newValue { states.append((name, newValue)) }
    }
  }

  /// Reads the file; where there is none, nothing was read yet.
  static func load() throws -> LessonProgress {
    var progress = LessonProgress(path: StateFolder.file("lessons.json"))
    guard let path = progress.path, let document = try StateFolder.document(at: path) else { return progress }
    do throws(DocumentError) {
      try progress.read(document)
    } catch {
      throw StateFolder.damaged(path, error)
    }
    return progress
  }

  private init(path: String?) { self.path = path }

  private mutating func read(_ document: Document) throws(DocumentError) {
    let fields = try document.object("the progress")
    let format = try fields.required("format")
    guard try format.string("format") == Self.format else { throw format.error("format must be '\(Self.format)'") }
    for member in try fields.required("lessons").object("lessons").members {
      let values = try member.value.object(member.key)
      let state = State(
        stop: max(0, try values.required("stop").integer("stop")),
        isFinished: try values.required("finished").bool("finished"),
        right: try values.required("right").integer("right"), asked: try values.required("asked").integer("asked"))
      states.append((member.key, state))
    }
  }

  private static let format = "gradus.lessons/1"

  func save() throws {
    guard let path else { return }
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("format")
    json.string(Self.format)
    json.key("lessons")
    json.beginObject()
    for (name, state) in states {
      json.key(name)
      json.beginObject()
      json.key("stop")
      json.integer(state.stop)
      json.key("finished")
      json.bool(state.isFinished)
      json.key("right")
      json.integer(state.right)
      json.key("asked")
      json.integer(state.asked)
      json.endObject()
    }
    json.endObject()
    json.endObject()
    StateFolder.makeFolder(of: path)
    try OutputFile.write(json.text + "\n", to: path)
  }
}
