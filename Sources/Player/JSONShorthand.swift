import Debugging
import Objectives
import Recording
import Reporting

// A page's answers are objects with many members; a line each.
extension JSONWriter {
  mutating func member(_ key: String, _ text: String) {
    self.key(key)
    string(text)
  }

  mutating func member(_ key: String, _ text: String?) {
    self.key(key)
    if let text { string(text) } else { null() }
  }

  mutating func member(_ key: String, _ number: Int) {
    self.key(key)
    integer(number)
  }

  mutating func member(_ key: String, _ number: Int?) {
    self.key(key)
    if let number { integer(number) } else { null() }
  }

  mutating func member(_ key: String, number x: Double?) {
    self.key(key)
    if let x { number(x) } else { null() }
  }

  mutating func member(_ key: String, _ flag: Bool) {
    self.key(key)
    bool(flag)
  }

  mutating func member(_ key: String, _ mark: Mark?) { member(key, mark?.name) }

  mutating func member(_ key: String, strings: [String]) {
    self.key(key)
    self.strings(strings)
  }

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
  /// What the page's style sheet calls it.
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
