import Documents

/// Reads the lines of a JSONL file as examples of one kind.
struct DatasetReader {
  let path: String
  let kind: Dataset.Kind

  func examples(_ bytes: [UInt8]) throws(TrainingError) -> [Example] {
    var examples: [Example] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (i, line) in lines.enumerated() where !isBlank(line) {
      do throws(DocumentError) {
        examples.append(try example(try document(Array(line), line: i + 1)))
      } catch {
        throw TrainingError(error, in: path)
      }
    }
    if examples.isEmpty {
      throw TrainingError(
        .badData, "\(path): the file is empty; write one JSON object per line, such as \(kind.sample)")
    }
    return examples
  }

  private func isBlank(_ line: ArraySlice<UInt8>) -> Bool {
    // A byte order mark counts as nothing, so that a file of it alone is empty.
    let content = line.starts(with: [0xef, 0xbb, 0xbf]) ? line.dropFirst(3) : line
    return content.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
  }

  private func document(_ bytes: [UInt8], line: Int) throws(DocumentError) -> Document {
    do throws(DocumentError) {
      return try JSONReader.read(bytes).moved(down: line - 1)
    } catch {
      throw DocumentError(line: line, column: error.column, message: message(error.message, line: line))
    }
  }

  /// Rewords an error about a file for a line of it, which has its own end and another number.
  private func message(_ message: String, line: Int) -> String {
    let end = "the end of the file"
    if message.contains(end) {
      return message.replacing(end, with: "the end of the line") + "; each line must hold one whole JSON object"
    }
    guard let place = message.ranges(of: "appears twice, first at 1:").last else { return message }
    return message[..<place.lowerBound] + "appears twice, first at \(line):" + message[place.upperBound...]
  }

  private func example(_ document: Document) throws(DocumentError) -> Example {
    guard case .object(let members) = document.value else {
      throw document.error("each line must hold one JSON object, such as \(kind.sample)")
    }
    let row = Row(members: members, document: document, kind: kind)
    var example = Example(
      prompt: "", group: try row.group(), columns: members.filter { $0.key != "group" }, source: path,
      line: document.line)
    switch kind {
    case .prompts:
      example.prompt = try row.text("prompt")
      example.columns.removeAll { $0.key == "prompt" }
    case .completions where !row.has("completion") && !row.has("prompt") && row.has("text"):
      example.completion = try row.text("text")
      example.columns.removeAll { ["prompt", "completion", "text"].contains($0.key) }
    case .completions where !row.has("completion") && row.has("prompt") && row.has("chosen"):
      // Pairs also serve imitation, of what was preferred.
      example.prompt = try row.text("prompt")
      example.completion = try row.text("chosen")
      example.columns.removeAll { ["prompt", "completion", "chosen"].contains($0.key) }
    case .completions:
      example.prompt = try row.text("prompt")
      example.completion = try row.text("completion")
      example.columns.removeAll { ["prompt", "completion"].contains($0.key) }
    case .pairs:
      (example.prompt, example.chosen, example.rejected) = try pair(row)
      example.columns.removeAll { ["prompt", "chosen", "rejected"].contains($0.key) }
    }
    return example
  }

  private func pair(_ row: Row) throws(DocumentError) -> (String, String?, String?) {
    let (chosen, rejected) = (try row.text("chosen"), try row.text("rejected"))
    if row.has("prompt") { return (try row.text("prompt"), chosen, rejected) }
    guard let parts = implicitPrompt(chosen, rejected) else {
      throw row.document.error("chosen and rejected are the same, so that no prompt can be told from them")
    }
    return parts
  }
}

/// One line’s object, asked for its columns.
private struct Row {
  let members: [Document.Member]
  let document: Document
  let kind: Dataset.Kind

  func has(_ key: String) -> Bool { value(key) != nil }

  func text(_ key: String) throws(DocumentError) -> String {
    guard let value = value(key) else { throw missing(key) }
    if case .list = value.value { throw conversation(value, key) }
    return try value.string(key)
  }

  /// A group is a name; a whole number is taken as one.
  func group() throws(DocumentError) -> String? {
    guard let value = value("group") else { return nil }
    guard case .number = value.value else { return try value.string("group") }
    return "\(try value.integer("group"))"
  }

  private func value(_ key: String) -> Document? {
    guard let value = members.first(where: { $0.key == key })?.value, !value.isNull else { return nil }
    return value
  }

  private func missing(_ key: String) -> DocumentError {
    if let messages = value("messages") { return conversation(messages, "messages") }
    let near = nearestNames(to: key, among: members.map(\.key), limit: 1).first {
      value($0) != nil && !kind.keys.contains($0)
    }
    let hint = near.map { "did you mean '\(key)' where it says '\($0)'?" } ?? "a line reads \(kind.sample)"
    return document.error("the example needs the key '\(key)'; \(hint)")
  }

  private func conversation(_ value: Document, _ key: String) -> DocumentError {
    value.error(
      "\(key) is a conversation, a list of messages; the trainers take plain text: "
        + "apply the model's chat template first (in TRL: apply_chat_template) and write what it gives")
  }
}

extension Dataset.Kind {
  fileprivate var keys: [String] {
    switch self {
    case .prompts: ["prompt"]
    case .completions: ["prompt", "completion", "text"]
    case .pairs: ["prompt", "chosen", "rejected"]
    }
  }

  fileprivate var sample: String {
    switch self {
    case .prompts: #"{"prompt": "The sky is"}"#
    case .completions: #"{"prompt": "The sky is", "completion": " blue."}"#
    case .pairs: #"{"prompt": "The sky is", "chosen": " blue.", "rejected": " green."}"#
    }
  }
}

extension Document {
  /// The same, that many lines further down: what was read as a file of its own is a line of another.
  fileprivate func moved(down lines: Int) -> Document {
    let moved: Value =
      switch value {
      case .list(let list): .list(list.map { $0.moved(down: lines) })
      case .object(let members):
        .object(
          members.map {
            Member(
              key: $0.key, keyLine: $0.keyLine + lines, keyColumn: $0.keyColumn, value: $0.value.moved(down: lines))
          })
      default: value
      }
    return Document(moved, line: line + lines, column: column)
  }
}
