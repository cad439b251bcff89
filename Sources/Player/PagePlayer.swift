import Debugging
import Diagnosis
import Documents
import Objectives
import Simulation

/// The debugger behind a web page: requests as JSON in, answers as JSON out.
///
/// It holds one session, or two side by side. A page asks it through WebAssembly, and `gradus web` natively, so both see
/// the same bytes.
///
///     var player = PagePlayer()
///     player.answer(#"{"do":"open","source":{"name":"ppo"}}"#)   // {"name":"ppo","title":…,"stages":[…],…}
///     player.answer(#"{"do":"view","at":339}"#)                  // {"at":339,"sentence":…,"terms":[…],…}
///
/// What is wrong with a request is answered by `{"error":"…"}`. `Documentation/web-page.md` lists the requests.
public struct PagePlayer {
  private var panes: [Pane?] = [nil, nil]

  public init() {}

  /// Answers a request.
  public mutating func answer(_ request: String) -> String {
    do throws(PlayerError) {
      return try perform(try Request(request))
    } catch {
      var json = JSONWriter()
      json.beginObject()
      json.key("error")
      json.string(error.message)
      json.endObject()
      return json.text
    }
  }

  private mutating func perform(_ request: Request) throws(PlayerError) -> String {
    if request.action == "examine" { return try RunReport.json(request) }
    let number = try request.pane("pane")
    if request.action == "open" {
      panes[number] = try Pane(opening: request)
      return try pane(number).overview
    }
    if request.action == "close" {
      panes[number] = nil
      return "{}"
    }
    var pane = try pane(number)
    let answer = try perform(request, in: &pane)
    panes[number] = pane
    return answer
  }

  private func perform(_ request: Request, in pane: inout Pane) throws(PlayerError) -> String {
    switch request.action {
    case "overview": return pane.overview
    case "view":
      pane.session.move(to: try request.integer("at"))
      return pane.view
    case "findings": return pane.findings
    case "drawing": return pane.drawing
    case "world": return pane.world
    case "picture": return try picture(request, of: pane)
    case "levers":
      var json = JSONWriter()
      json.beginObject()
      json.member("names", strings: pane.levers(try request.optionalString("what")))
      json.endObject()
      return json.text
    case "play": return try pane.play(request)
    case "judge": return try pane.judge(request)
    case "follow":
      pane.session.follow(try self.pane(try request.pane("pane_of")).session)
      return pane.view
    case "set":
      try pane.set(request)
      return pane.overview
    case "reset":
      try pane.reset()
      return pane.overview
    case "run": return pane.run(try request.string("line"))
    case "complete":
      return try pane.complete(request.string("line"), cursor: request.integer("cursor"))
    default:
      throw PlayerError(
        "there is no request «\(request.action)»; they are open, examine, overview, view, drawing, findings, world, picture, levers, follow, set, reset, run, play, judge, complete, close"
      )
    }
  }

  private func picture(_ request: Request, of pane: Pane) throws(PlayerError) -> String {
    var neighbour: Pane.Neighbour?
    if request.optional("beside") != nil {
      let names = try request.strings("names")
      guard names.count == 2 else { throw PlayerError("names has \(names.count) names, not one for each of two panes") }
      let other = try self.pane(try request.pane("beside"))
      neighbour = Pane.Neighbour(session: other.session, name: names[1], ownName: names[0])
    }
    let size = Pane.PictureSize(
      width: try request.optionalInteger("width"), height: try request.optionalInteger("height"),
      isOnePanel: request.optional("onePanel") != nil, hasTitle: request.optional("untitled") == nil)
    let about = request.optional("about") == nil ? [] : try request.strings("about")
    return pane.picture(try request.optionalString("what"), about: about, size: size, beside: neighbour)
  }

  private func pane(_ number: Int) throws(PlayerError) -> Pane {
    guard let pane = panes[number] else { throw PlayerError("nothing is open in pane \(number)") }
    return pane
  }
}

/// What is wrong with a request.
struct PlayerError: Error {
  let message: String

  init(_ message: String) { self.message = message }
}
