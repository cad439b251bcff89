import Documents
import Formats

/// Rows in other shapes than TRL's, as the same rows in TRL's columns.
enum RowShapes {
  /// The members of a row: `conversations` with `from` and `value` (ShareGPT) become `messages`; `instruction` and `input`
  /// (Alpaca) become the prompt, and what is answered to them messages too where there is a chat template; `system` and
  /// `history` stand before them. A `prompt` that is text beside messages is what these begin with, and left out: beside
  /// `chosen` and `rejected` (UltraFeedback; TRL `maybe_extract_prompt`) and beside `messages` (UltraChat). A `question` or
  /// `query` is an instruction where nothing else asks, and `answer` or `response` its output (GSM8K, Orca), but for rewards,
  /// which read columns by their own names.
  static func members(
    _ members: [Document.Member], isChat: Bool, kind: Dataset.Kind
  ) throws(DocumentError) -> [Document.Member] {
    var row = Row(members)
    if let question = question(in: row) {
      row.rename(question, "instruction")
      let answer = kind == .completions ? answers.first { row[$0] != nil && row["output"] == nil } : nil
      if let answer { row.rename(answer, "output") }
    }
    // A table in which some rows are conversations.
    if row["prompt"] != nil, row["messages"]?.isEmptyList == true { row.take("messages") }
    if let turns = row["conversations"], row["messages"] == nil, case .list(let list) = turns.value {
      var messages: [Document] = []
      for turn in list { messages.append(try message(turn)) }
      row.take("conversations")
      row.add("messages", .list(messages), at: turns)
    }
    if let text = row["messages"], case .string(let json) = text.value {
      row.replace("messages", try read(json, at: text))
    }
    if let messages = row["messages"], case .list(let list) = messages.value {
      if let system = row["system"], case .string(let text) = system.value, list.first?.text(of: "role") != "system" {
        row.take("system")
        if !text.isEmpty {
          row.replace(
            "messages",
            Document(
              .list([.message("system", text, at: system)] + list), line: messages.line, column: messages.column))
        }
      }
      if case .string? = row["prompt"]?.value { row.take("prompt") }
      return row.members
    }
    if row["instruction"] != nil, row["prompt"] == nil { return try alpaca(row, isChat: isChat) }
    if case .string? = row["prompt"]?.value, let chosen = firstMessage(row["chosen"]),
      chosen == firstMessage(row["rejected"])
    {
      row.take("prompt")
    }
    return row.members
  }

  private static let answers = ["answer", "response"]

  /// The column that asks, where no other does.
  private static func question(in row: Row) -> String? {
    guard ["prompt", "instruction", "messages", "conversations", "text"].allSatisfy({ row[$0] == nil }) else {
      return nil
    }
    return ["question", "query"].first { if case .string? = row[$0]?.value { true } else { false } }
  }

  /// Whether a row has prompts alone, so that what else it has is for rewards.
  static func asksAlone(_ members: [Document.Member]) -> Bool {
    let row = Row(members)
    let isAsked = row["prompt"] != nil || row["instruction"] != nil
    let answered = ["completion", "chosen", "messages", "conversations", "output"]
    if isAsked { return answered.allSatisfy { row[$0] == nil } }
    return question(in: row) != nil && (answered + answers).allSatisfy { row[$0] == nil }
  }

  /// A row with an instruction, and `output`, `chosen` and `rejected`, or nothing that answers it.
  private static func alpaca(_ row: Row, isChat: Bool) throws(DocumentError) -> [Document.Member] {
    guard let instruction = row["instruction"] else { return row.members }
    var row = row
    var messages: [Document] = []
    if let system = row["system"], case .string(let text) = system.value {
      row.take("system")
      if !text.isEmpty { messages.append(.message("system", text, at: system)) }
    }
    if let history = row["history"] {
      row.take("history")
      for turn in try history.list("history") {
        let pair = try turn.list("a turn of history")
        guard pair.count == 2 else { throw turn.error("a turn of history must be a question and its answer") }
        messages.append(.message("user", try pair[0].string("a question"), at: pair[0]))
        messages.append(.message("assistant", try pair[1].string("an answer"), at: pair[1]))
      }
    }
    let input = try row["input"]?.string("input") ?? ""
    let asked = try instruction.string("instruction") + (input.isEmpty ? "" : "\n\n" + input)
    messages.append(.message("user", asked, at: instruction))
    row.take("instruction")
    row.take("input")
    if row["completion"] == nil, let output = row["output"] {
      row.take("output")
      row.add("completion", output.value, at: output)
    }
    guard isChat else {
      // Each part is a paragraph, and the answer the next one.
      let text = messages.compactMap { $0.text(of: "content") }.map { $0 + "\n\n" }.joined()
      row.add("prompt", .string(text), at: instruction)
      return row.members
    }
    row.add("prompt", .list(messages), at: instruction)
    for key in ["completion", "chosen", "rejected"] {
      guard let answer = row[key], case .string(let text) = answer.value else { continue }
      row.replace(
        key, Document(.list([.message("assistant", text, at: answer)]), line: answer.line, column: answer.column))
    }
    return row.members
  }

  /// Messages that stand as JSON in a text, as tables have them.
  private static func read(_ json: String, at place: Document) throws(DocumentError) -> Document {
    do throws(DocumentError) {
      return try JSONReader.read(json)
    } catch {
      throw place.error("messages: \(error.message)")
    }
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
}

/// A row whose columns are taken out and put in.
private struct Row {
  var members: [Document.Member]

  init(_ members: [Document.Member]) { self.members = members }

  /// A column's value; nil when there is none, or `null`.
  subscript(key: String) -> Document? {
    guard let value = members.first(where: { $0.key == key })?.value, !value.isNull else { return nil }
    return value
  }

  mutating func take(_ key: String) { members.removeAll { $0.key == key } }

  mutating func add(_ key: String, _ value: Document.Value, at place: Document) {
    take(key)
    members.append(
      Document.Member(
        key: key, keyLine: place.line, keyColumn: place.column,
        value: Document(value, line: place.line, column: place.column)))
  }

  mutating func rename(_ key: String, _ other: String) {
    guard let value = self[key] else { return }
    take(key)
    add(other, value.value, at: value)
  }

  mutating func replace(_ key: String, _ value: Document) { add(key, value.value, at: value) }
}

extension Document {
  fileprivate var isEmptyList: Bool { if case .list(let list) = value { list.isEmpty } else { false } }
}
