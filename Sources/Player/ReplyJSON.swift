import Debugging
import Documents
import Plots
import Recording

extension Reply {
  /// A command's answer, for the page's command line.
  func json(at beat: Int, isChanged: Bool, isFinished: Bool) -> String {
    var json = JSONWriter()
    json.beginObject()
    json.key("spans")
    json.beginArray()
    if files.isEmpty { writeSpans(to: &json) } else { json.strings(["ready to be saved:\n", "plain"]) }
    if isFinished { json.strings(["There is nothing to leave here: close the page when you are done.\n", "plain"]) }
    json.endArray()
    json.member("isError", isError)
    json.member("at", beat)
    json.member("isChanged", isChanged)
    json.member("files", files) { file, json in
      switch file {
      case .diagram(let dot, let path, _):
        json.member("name", Self.dotName(path))
        json.member("text", dot)
      case .plot(let plot, let path):
        json.member("name", path)
        json.member("text", plot.svg)
      case .text(let text, let path):
        json.member("name", path)
        json.member("text", text)
      }
    }
    json.endObject()
    return json.text
  }

  /// Its text as pairs of words and style, in an array that has begun.
  func writeSpans(to json: inout JSONWriter) {
    for span in text.spans { json.strings([span.text, span.style.name]) }
  }

  /// A page cannot lay out a diagram: it offers the DOT text for Graphviz.
  private static func dotName(_ path: String) -> String {
    guard let dot = path.lastIndex(of: ".") else { return path + ".dot" }
    return String(path[..<dot]) + ".dot"
  }
}

extension StyledText.Style {
  /// Its class in the page's style sheet.
  fileprivate var name: String {
    switch self {
    case .plain: "plain"
    case .heading: "heading"
    case .dim: "dim"
    case .positive: "positive"
    case .negative: "negative"
    case .clipped: "clipped"
    case .changed: "changed"
    case .error: "error"
    case .token: "token"
    case .code: "code"
    }
  }
}
