import Formats
import Foundation

/// Text as HTML, and the policy that a page has in itself.
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
      // A parser would replace it.
      case "\0": result += "\u{fffd}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  static func policy(_ directives: [String]) -> String {
    "<meta http-equiv=\"Content-Security-Policy\" content=\"\(directives.joined(separator: "; "))\">"
  }

  /// How a policy names an inline script or style: by the hash of all that stands between its tags.
  static func source(_ text: String) -> String {
    "'sha256-\(Data(SHA256.digest(Array(text.utf8))).base64EncodedString())'"
  }

  /// A style can stand between its tags as it is if it neither ends them nor changes on the way: a parser turns a carriage
  /// return into a line feed, and then the hash is another.
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
