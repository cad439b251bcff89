import Formats
import Foundation

/// Text as HTML, and sources for a page's Content-Security-Policy.
enum HTML {
  /// Text for an element or a quoted attribute.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      // An HTML parser would replace it.
      case "\0": result += "\u{fffd}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Where a template has room for what `preview` gives.
  static let descriptionMark = "<meta name=\"description\" content=\"\">"

  /// What search engines and chats show of a link to a page: a description, a title, perhaps an image.
  static func preview(title: String, description: String, image: String?) -> String {
    func meta(_ kind: String, _ name: String, _ content: String) -> String {
      "<meta \(kind)=\"\(name)\" content=\"\(escaped(content))\">"
    }
    let described = description.isEmpty ? [] : [meta("name", "description", description)]
    let summary = description.isEmpty ? [] : [meta("property", "og:description", description)]
    let pictured = image.map { [meta("property", "og:image", $0)] } ?? []
    let tags =
      described + [meta("property", "og:type", "website"), meta("property", "og:title", title)] + summary + pictured
      + [meta("name", "twitter:card", image == nil ? "summary" : "summary_large_image")]
    return tags.joined(separator: "\n")
  }

  static func policy(_ directives: [String]) -> String {
    "<meta http-equiv=\"Content-Security-Policy\" content=\"\(directives.joined(separator: "; "))\">"
  }

  /// How a policy names an inline script or style: by the hash of everything between its tags.
  static func source(_ text: String) -> String {
    "'sha256-\(Data(SHA256.digest(Array(text.utf8))).base64EncodedString())'"
  }

  /// A style that can stand between its tags as it is: it must not end the element, and must not contain what a parser changes,
  /// such as a carriage return, since its hash would no longer match.
  static func checkedStyle(_ file: PageFile) throws(PageError) -> String {
    for (number, line) in zip(1..., file.text.split(separator: "\n", omittingEmptySubsequences: false)) {
      for forbidden in ["</style", "\r", "\0", "@import", "url("] where line.lowercased().contains(forbidden) {
        let shown = forbidden == "\r" ? "a carriage return" : forbidden == "\0" ? "a NUL" : "'\(forbidden)'"
        throw PageError("page/\(file.name):\(number): \(shown) cannot stand in the style of a page")
      }
    }
    return file.text
  }
}
