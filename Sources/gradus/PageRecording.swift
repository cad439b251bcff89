import Documents
import Player
import WebPage

/// Every answer that stepping through a recording needs, for a page without an engine.
struct PageRecording {
  let json: String
  /// How many beats it holds.
  let beats: Int

  /// The most bytes: more makes browsers slow, and some give up.
  static let limit = 48_000_000

  /// Asks as a page would, as far as there is room.
  init(_ configuration: PageConfiguration, beats: Int, limit: Int = limit) throws {
    var player = PagePlayer()
    let overview = player.answer(configuration.opening)
    var views: [String] = []
    var size = 0
    var previous = RecordedView()
    while views.count < beats, size < limit {
      let view = RecordedView(player.answer("{\"do\":\"view\",\"pane\":0,\"at\":\(views.count)}"))
      views.append(view.json(after: previous))
      size += views[views.count - 1].utf8.count
      previous = view
    }
    self.beats = views.count
    // Of a batch what the doctor finds, too: the page opens on it.
    let findings = configuration.isBatch ? ",\"findings\":" + player.answer("{\"do\":\"findings\",\"pane\":0}") : ""
    json =
      "{\"overview\":\(try Self.cut(overview, after: views.count)),\"views\":[\(views.joined(separator: ","))]\(findings)}"
  }

  /// An overview of the first beats alone.
  private static func cut(_ overview: String, after count: Int) throws -> String {
    do throws(DocumentError) {
      let document = try JSONReader.read(overview)
      let fields = try document.object("the overview")
      if let error = fields.optional("error") { throw error.error(try error.string("the error")) }
      guard try fields.required("beats").integer("beats") > count else { return overview }
      return try Document.object(of: document, fields.members) { (key, value) throws(DocumentError) in
        switch key {
        case "beats": value.with(.number(Double(count)))
        case "stages": value.with(.list(try stages(in: value, before: count)))
        case "hits": value.with(.list(try beats(in: value, before: count)))
        default: value
        }
      }.json
    } catch {
      throw CommandError(.badData, "the source cannot be opened in a page: \(error.message)")
    }
  }

  private static func beats(in list: Document, before count: Int) throws(DocumentError) -> [Document] {
    var result: [Document] = []
    for beat in try list.list("hits") where try beat.integer() < count { result.append(beat) }
    return result
  }

  private static func stages(in list: Document, before count: Int) throws(DocumentError) -> [Document] {
    var result: [Document] = []
    for stage in try list.list("stages") {
      let fields = try stage.object("a stage")
      let first = try fields.required("first").integer("first")
      if first >= count { break }
      result.append(
        Document.object(of: stage, fields.members) { key, value in
          guard key == "count", let beats = try? value.integer() else { return value }
          return value.with(.number(Double(min(beats, count - first))))
        })
    }
    return result
  }
}

/// A view, of which a page gets only what differs from the view before: most steps do not change the policy and the
/// rewards.
private struct RecordedView {
  private var members: [(key: String, json: String)] = []

  private static let lasting = ["what", "trajectory", "policy", "rewards"]

  init() {}

  init(_ answer: String) {
    guard let document = try? JSONReader.read(answer), case .object(let members) = document.value else { return }
    self.members = members.map { ($0.key, $0.value.json) }
  }

  func json(after previous: RecordedView) -> String {
    let told = members.filter { member in
      !Self.lasting.contains(member.key) || !previous.members.contains { $0 == member }
    }
    return "{" + told.map { "\"\($0.key)\":\($0.json)" }.joined(separator: ",") + "}"
  }
}

extension Document {
  fileprivate func with(_ value: Value) -> Document { Document(value, line: line, column: column) }

  /// An object with each member's value changed.
  fileprivate static func object<E: Error>(
    of document: Document, _ members: [Member], change: (String, Document) throws(E) -> Document
  ) throws(E) -> Document {
    var changed: [Member] = []
    for member in members {
      changed.append(
        Member(
          key: member.key, keyLine: member.keyLine, keyColumn: member.keyColumn,
          value: try change(member.key, member.value)))
    }
    return document.with(.object(changed))
  }
}
