public import Documents

/// Messages that a chat template makes text of, and what a row of data tells the template beside them.
public struct Conversation: Sendable {
  /// Those of the prompt: objects with `role` and `content`.
  public var messages: [Document]
  /// `tools`, `documents` and `chat_template_kwargs` of the row.
  public var variables: [Document.Member]
  /// What the template leaves out: `tools`, `tool_calls`, `reasoning_content`.
  var unwritten: [String] = []
  /// Whether an answer begins with the messages of the prompt.
  var repeatsPrompt = false
  /// Whether an answer is learned although its message has the weight 0.
  var ignoresWeight = false
  /// Whether an answer that is learned says nothing.
  var isSilent = false

  public init(_ messages: [Document] = [], variables: [Document.Member] = []) {
    (self.messages, self.variables) = (messages, variables)
  }

  /// One object, with the variables beside `messages`.
  var json: String {
    let (line, column) = (messages.first?.line ?? 1, messages.first?.column ?? 1)
    let list = Document(.list(messages), line: line, column: column)
    let first = Document.Member(key: "messages", keyLine: line, keyColumn: column, value: list)
    return Document(.object([first] + variables), line: line, column: column).json
  }
}
