public import Documents

extension ChatTemplate.Input {
  /// Reads a list of messages, or an object with `messages`, `tools`, `add_generation_prompt`, `chat_template_kwargs`
  /// and other variables of the template.
  public init(_ document: Document) throws(DocumentError) {
    guard case .object(let members) = document.value else {
      self.init(messages: try Self.messages(document, "the conversation"))
      return
    }
    let fields = try document.object("the conversation")
    self.init(messages: try Self.messages(try fields.required("messages"), "messages"))
    try addVariables(members)
  }

  /// Takes over what is in a row of data beside its messages.
  public mutating func addVariables(_ members: [Document.Member]) throws(DocumentError) {
    for member in members {
      switch member.key {
      case "messages": break
      case "tools" where member.value.isNull, "add_generation_prompt" where member.value.isNull,
        "chat_template_kwargs" where member.value.isNull:
        break
      case "tools": tools = try Self.tools(member.value)
      case "add_generation_prompt": addsGenerationPrompt = try member.value.bool("add_generation_prompt")
      case "chat_template_kwargs": variables += try member.value.object("chat_template_kwargs").members
      default: variables.append(member)
      }
    }
  }

  /// A list, or its JSON as a string: Arrow has no column of schemas that differ (TRL `SFTTrainer._prepare_dataset`).
  private static func tools(_ value: Document) throws(DocumentError) -> [Document]? {
    guard case .string(let text) = value.value else { return try value.list("tools") }
    do throws(DocumentError) {
      let read = try JSONReader.read(Array(text.utf8))
      return read.isNull ? nil : try read.list("tools")
    } catch {
      throw value.error("tools as JSON: \(error.message)")
    }
  }

  /// Messages: a list of objects, each with a role.
  public static func messages(_ document: Document, _ what: String) throws(DocumentError) -> [Document] {
    let messages = try document.list(what)
    for message in messages {
      let role = try message.object("a message").required("role")
      _ = try role.string("role")
    }
    guard !messages.isEmpty else { throw document.error("\(what) must have at least one message") }
    return messages
  }
}

// A message is an object of the conversation's file, so that an error in it has a place.
extension Document {
  /// A message that stands nowhere itself; `place` is what it was made of.
  public static func message(_ role: String, _ content: String, at place: Document? = nil) -> Document {
    let (line, column) = (place?.line ?? 1, place?.column ?? 1)
    func member(_ key: String, _ text: String) -> Member {
      Member(key: key, keyLine: line, keyColumn: column, value: Document(.string(text), line: line, column: column))
    }
    return Document(.object([member("role", role), member("content", content)]), line: line, column: column)
  }

  /// The text that an object has under a key; nil where there is none, or something else.
  public func text(of key: String) -> String? {
    guard case .object(let members) = value,
      case .string(let text)? = members.first(where: { $0.key == key })?.value.value
    else { return nil }
    return text
  }
}
