import Documents
import Objectives
import Plots
import Reporting

extension JSONWriter {
  mutating func member(_ key: String, _ mark: Mark?) { member(key, mark?.name) }

  /// A list of objects.
  mutating func member<Element>(_ key: String, _ list: [Element], _ write: (Element, inout JSONWriter) -> Void) {
    self.key(key)
    beginArray()
    for element in list {
      beginObject()
      write(element, &self)
      endObject()
    }
    endArray()
  }
}

extension NumberText {
  /// To four digits with a proper minus sign.
  static func display(_ x: Double) -> String {
    let text = short(x)
    return text.utf8.contains(UInt8(ascii: "-")) ? String(text.map { $0 == "-" ? "−" : $0 }) : text
  }
}

extension Mark {
  /// Its class in the page's style sheet.
  var name: String {
    switch self {
    case .positive: "positive"
    case .negative: "negative"
    case .clipped: "clipped"
    case .unclipped: "unclipped"
    case .frozen: "frozen"
    case .trained: "trained"
    case .changed: "changed"
    }
  }
}
