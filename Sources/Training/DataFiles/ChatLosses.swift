import Documents
import Formats

/// What a chat template leaves out of conversations without a word.
extension ChatText {
  /// The names by which a thought may stand in a message; the template is told it by all of them.
  static let thoughts = ["reasoning_content", "thinking", "reasoning"]

  /// The columns and the messages' keys that are there, and without which the text would be the same: `tools`, `tool_calls`,
  /// or a thought.
  func unwritten(in conversations: [[Document]]) -> [String] {
    [["tool_calls"], Self.thoughts].compactMap { lost($0, of: conversations) }
      + (losesTools(conversations) ? ["tools"] : [])
  }

  /// The first of some names that messages have, if nothing of all that stands under these names is written.
  private func lost(_ names: [String], of conversations: [[Document]]) -> String? {
    let having = conversations.filter { $0.contains { message in names.contains { message.says($0) } } }
    guard let message = having.first?.first(where: { message in names.contains { message.says($0) } }),
      having.allSatisfy({ isSame($0, self, $0.map { $0.without(names) }) })
    else { return nil }
    return names.first { message.says($0) }
  }

  private func losesTools(_ conversations: [[Document]]) -> Bool {
    guard variables.contains(where: { $0.key == "tools" && !$0.value.isNothing }) else { return false }
    let bare = ChatText(format: format, variables: variables.filter { $0.key != "tools" }, place: place)
    return conversations.allSatisfy { isSame($0, bare, $0) }
  }

  /// Whether another conversation is the same text; what a template refuses is none.
  private func isSame(_ one: [Document], _ other: ChatText, _ another: [Document]) -> Bool {
    guard let text = try? rendering(one).text, let otherText = try? other.rendering(another).text else { return false }
    return text == otherText
  }

  /// Whether a message is the assistant's and not to be learned: OpenAI's `weight`.
  static func isWeightless(_ message: Document) -> Bool {
    guard message.text(of: "role") == "assistant", case .object(let members) = message.value,
      case .number(0)? = members.first(where: { $0.key == "weight" })?.value.value
    else { return false }
    return true
  }

  /// Whether a message is the assistant's and has neither words nor a call nor a thought.
  static func isSilent(_ message: Document) -> Bool {
    message.text(of: "role") == "assistant" && !(["content", "tool_calls"] + thoughts).contains { message.says($0) }
  }
}

extension Document {
  /// Whether an object has something under a key.
  fileprivate func says(_ key: String) -> Bool {
    guard case .object(let members) = value else { return false }
    return members.contains { $0.key == key && !$0.value.isNothing }
  }

  fileprivate var isNothing: Bool {
    switch value {
    case .null: true
    case .string(let text): text.allSatisfy(\.isWhitespace)
    case .list(let elements): elements.isEmpty
    case .bool, .number, .object: false
    }
  }

  fileprivate func without(_ keys: [String]) -> Document {
    guard case .object(let members) = value else { return self }
    return Document(.object(members.filter { !keys.contains($0.key) }), line: line, column: column)
  }
}
