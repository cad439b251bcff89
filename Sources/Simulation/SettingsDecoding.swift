import Documents
import Objectives

extension Settings {
  /// Reads options from an object, refusing unknown names and values out of range where they stand.
  mutating func decode(_ document: Document, _ what: String, allowed: [Option]) throws(DocumentError) {
    let fields = try document.object(what)
    try fields.rejectUnknown(allowed: allowed.map { $0.name })
    for member in fields.members {
      guard let option = allowed.first(where: { $0.name == member.key }) else { continue }
      let value = try OptionValue(member.value, named: member.key)
      do throws(OptionError) {
        try set(option, to: value)
      } catch {
        throw member.value.error(error.message + Self.quotesHint(option, member.value))
      }
    }
  }

  /// What to do where a number or `true` stands as a text.
  private static func quotesHint(_ option: Option, _ document: Document) -> String {
    guard case .string(let text) = document.value else { return "" }
    var settings = Settings()
    do throws(OptionError) { try settings.set(option, to: OptionValue(parsing: text)) } catch { return "" }
    return ", which is a text: write \(option.name): \(text), without quotes around the value"
  }
}

extension OptionValue {
  init(_ document: Document, named name: String) throws(DocumentError) {
    switch document.value {
    case .null: self = .none
    case .bool(let flag): self = .flag(flag)
    case .string("none"): self = .none
    case .string(let text): self = .choice(text)
    case .number:
      let number = try document.number(name)
      self = number.magnitude < 1e15 && number == Double(Int64(number)) ? .integer(Int(number)) : .number(number)
    case .list(let items):
      var texts: [String] = []
      for item in items {
        switch try OptionValue(item, named: name) {
        case .choice(let text) where !text.contains(","): texts.append(text)
        case .number(let number): texts.append(NumberText.full(number))
        case .integer(let number): texts.append("\(number)")
        default: throw item.error("\(name) may be a list of names or of numbers")
        }
      }
      self = .choice(texts.joined(separator: ","))
    case .object: throw document.error("\(name) must be a single value, or a list of names or of numbers")
    }
  }
}
