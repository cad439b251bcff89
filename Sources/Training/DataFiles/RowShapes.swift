import Documents
import Formats

/// Rows in other shapes than TRL's, as the same rows in TRL's columns.
enum RowShapes {
  /// The members of a row: `conversations` with `from` and `value` (ShareGPT) become `messages`; `instruction`, `input` and
  /// `output` (Alpaca) become prompt and completion, messages where there is a chat template. A `prompt` that is text beside
  /// `chosen` and `rejected` that are messages (UltraFeedback) is what these begin with, and left out (TRL `maybe_extract_prompt`).
  static func members(_ members: [Document.Member], isChat: Bool) throws(DocumentError) -> [Document.Member] {
    func value(_ key: String) -> Document? {
      guard let value = members.first(where: { $0.key == key })?.value, !value.isNull else { return nil }
      return value
    }
    if let turns = value("conversations"), value("messages") == nil, case .list(let list) = turns.value {
      var messages: [Document] = []
      for turn in list { messages.append(try message(turn)) }
      let new = member("messages", .list(messages), at: turns)
      return members.filter { $0.key != "conversations" } + [new]
    }
    if let instruction = value("instruction"), let output = value("output"), value("prompt") == nil {
      let input = try value("input")?.string("input") ?? ""
      let prompt = try instruction.string("instruction") + (input.isEmpty ? "" : "\n\n" + input)
      let rest = members.filter { !["instruction", "input", "output"].contains($0.key) }
      let answer = try output.string("output")
      guard isChat else {
        return rest + [
          member("prompt", .string(prompt + "\n\n"), at: instruction),
          member("completion", .string(answer), at: output),
        ]
      }
      return rest + [
        member("prompt", .list([.message("user", prompt, at: instruction)]), at: instruction),
        member("completion", .list([.message("assistant", answer, at: output)]), at: output),
      ]
    }
    if case .string? = value("prompt")?.value, let chosen = firstMessage(value("chosen")),
      chosen == firstMessage(value("rejected"))
    {
      return members.filter { $0.key != "prompt" }
    }
    return members
  }

  /// The JSON of a conversation's first message.
  private static func firstMessage(_ conversation: Document?) -> String? {
    if case .list(let messages)? = conversation?.value { messages.first?.json } else { nil }
  }

  private static let roles = [
    "human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "chatgpt": "assistant",
    "bing": "assistant", "bard": "assistant", "model": "assistant", "system": "system", "tool": "tool",
    "observation": "tool", "function_response": "tool",
  ]

  /// A turn with `from` and `value`; one that is a message already stays.
  private static func message(_ turn: Document) throws(DocumentError) -> Document {
    let fields = try turn.object("a turn")
    guard let from = fields.optional("from") else { return turn }
    let name = try from.string("from")
    guard let role = roles[name] else {
      throw from.error("'\(name)' is nobody who speaks in a conversation: write human, gpt, system or tool")
    }
    return .message(role, try fields.required("value").string("value"), at: turn)
  }

  private static func member(_ key: String, _ value: Document.Value, at place: Document) -> Document.Member {
    Document.Member(
      key: key, keyLine: place.line, keyColumn: place.column,
      value: Document(value, line: place.line, column: place.column))
  }
}
