import Documents
import Objectives
import Plots
import Reporting

extension JSONWriter {
  mutating func member(_ key: String, _ mark: Mark?) { member(key, mark?.rawValue) }

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
