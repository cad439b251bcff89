import Debugging
import Documents
import Objectives
import Recording
import Reporting
import Simulation

/// A session, with what the page asks again and again about its recording.
struct Pane {
  var session: Session
  /// The preset chosen last, until everything is reset.
  private(set) var preset: Preset?
  private(set) var memory: RecordingMemory
  let former = FormerPicture()

  init(opening request: Request) throws(PlayerError) {
    session = Session(source: try Source(of: request))
    memory = RecordingMemory(session)
    if let changes = request.optional("changes") {
      let options = try request.read { () throws(DocumentError) in
        try changes.object("changes").optional("settings")?.assignments("settings") ?? []
      }
      try change(options: options, replacements: [])
      // The replaced term may exist only with these options.
      try change(options: options, replacements: try replacements(changes, request))
    }
    if request.optional("at") != nil { session.move(to: try request.integer("at")) }
  }

  private func replacements(_ changes: Document, _ request: Request) throws(PlayerError) -> [Override] {
    let list = try request.read { () throws(DocumentError) in
      try changes.object("changes").optional("terms")?.list("terms") ?? []
    }
    var replacements: [Override] = []
    for item in list {
      let (name, occurrence, value) = try request.read { () throws(DocumentError) in
        let fields = try item.object("a what-if")
        return (
          try fields.required("term").string("term"), try fields.required("occurrence").integer("occurrence"),
          try fields.required("value").number("value")
        )
      }
      replacements.append(try replacement(name, occurrence, value))
    }
    return replacements
  }

  private func replacement(_ name: String, _ occurrence: Int, _ value: Double) throws(PlayerError) -> Override {
    do throws(ExpressionError) {
      return try Override(name: name, occurrence: occurrence, value: value, in: session.trace)
    } catch {
      throw PlayerError(error.message)
    }
  }

  // MARK: Changing

  private mutating func change(
    options: [(name: String, text: String)], replacements: [Override]
  ) throws(PlayerError) {
    do throws(OptionError) {
      try session.change(options: options, replacements: replacements)
    } catch {
      throw PlayerError(error.message)
    }
    remember()
  }

  /// Sets an option, chooses a preset, or puts a number in place of a term; null undoes it.
  mutating func set(_ request: Request) throws(PlayerError) {
    if request.optional("term") != nil { return try setTerm(request) }
    let name = try request.string("option")
    guard name == "preset" else {
      let others = session.changedOptions.filter { $0.name != name }
      return try change(
        options: others + [(name, try request.string("value"))], replacements: session.replacements)
    }
    let chosen = try request.string("value")
    do throws(OptionError) {
      let preset = try Preset(named: chosen)
      try session.change(to: preset)
      self.preset = preset
    } catch {
      throw PlayerError(error.message)
    }
    remember()
  }

  private mutating func setTerm(_ request: Request) throws(PlayerError) {
    let (name, occurrence) = (try request.string("term"), try request.integer("occurrence"))
    let value = try request.optional("value").map { document throws(PlayerError) in
      try request.read { () throws(DocumentError) in try document.number("value") }
    }
    let replacement = try replacement(name, occurrence, value ?? 0)
    let others = session.replacements.filter {
      $0.key != replacement.key || $0.occurrence != replacement.occurrence
    }
    try change(
      options: session.changedOptions, replacements: others + (value == nil ? [] : [replacement]))
  }

  /// Takes back every what-if.
  mutating func reset() throws(PlayerError) {
    preset = nil
    try change(options: [], replacements: [])
  }

  /// Reads the recording anew if it has changed.
  mutating func remember() {
    if memory.trace !== session.trace { memory = RecordingMemory(session) }
  }

  // MARK: The command line

  /// Runs a command without looking at what has changed; `quit`, which cannot close a page, does nothing.
  mutating func obey(_ line: String) -> Reply {
    var running = session
    let reply = running.run(line)
    if !running.isFinished { session = running }
    return reply
  }

  /// Runs a command of the debugger.
  mutating func run(_ line: String) -> String {
    var running = session
    let reply = running.run(line)
    // `quit` cannot close a page: it goes on with the session as it was.
    if running.isFinished { return reply.json(at: session.shownBeat, isChanged: false, isFinished: true) }
    let isChanged = session.trace !== running.trace
    session = running
    remember()
    return reply.json(at: session.shownBeat, isChanged: isChanged, isFinished: false)
  }

  /// Completions of the word before the cursor.
  func complete(_ line: String, cursor: Int) -> String {
    var json = JSONWriter()
    json.beginObject()
    json.key("candidates")
    json.strings(Array(session.completions(of: line, cursor: max(0, cursor)).prefix(200)))
    json.endObject()
    return json.text
  }
}

extension Source {
  /// The source as a page was written: a built-in scenario or a document, with its preset and its settings.
  fileprivate init(of request: Request) throws(PlayerError) {
    self = try Source(namedBy: request)
    let preset = request.optional("preset") == nil ? nil : try request.string("preset")
    let settings = try request.optional("settings").map { document throws(PlayerError) in
      try request.read { () throws(DocumentError) in try document.assignments("settings") }
    }
    do throws(OptionError) {
      if let preset { _ = try apply(Preset(named: preset)) }
      try set(settings ?? [])
    } catch {
      throw PlayerError(error.message)
    }
  }

  private init(namedBy request: Request) throws(PlayerError) {
    let (name, text) = try request.read { () throws(DocumentError) in
      let fields = try request.required("source").object("source")
      return (try fields.required("name").string("name"), try fields.optional("document")?.string("document"))
    }
    if let text {
      do throws(DocumentError) {
        self = try Source(try JSONReader.read(text), name: name)
      } catch {
        throw PlayerError("\(name.visible):\(error.description)")
      }
    } else {
      do throws(ExpressionError) { self = try Session.builtIn(name) } catch { throw PlayerError(error.message) }
    }
  }
}
