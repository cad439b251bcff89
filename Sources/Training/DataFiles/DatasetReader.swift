import Documents

extension Dataset {
  /// Reads a JSONL file in TRL’s columns: one object per line, empty lines allowed.
  ///
  /// Errors name `file:line:column`.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - kind: What its examples have.
  ///   - rule: How a prompt that is not named is told from a pair.
  public static func read(_ path: String, as kind: Kind, implicitPrompt rule: ImplicitPrompt = .word)
    throws(TrainingError)
    -> Dataset
  {
    let examples = try DatasetReader(path: path, kind: kind, rule: rule).examples(try bytes(ofFile: path))
    return Dataset(name: path, kind: kind, examples: examples)
  }
}

/// Reads the lines of a JSONL file as examples of one kind.
struct DatasetReader {
  let path: String
  let kind: Dataset.Kind
  var rule = ImplicitPrompt.word

  func examples(_ bytes: [UInt8]) throws(TrainingError) -> [Example] {
    var examples: [Example] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (i, line) in lines.enumerated() where !isBlank(line) {
      do throws(DocumentError) {
        examples += try self.examples(of: document(Array(line), line: i + 1))
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

  private func examples(of document: Document) throws(DocumentError) -> [Example] {
    guard case .object(let members) = document.value else {
      throw document.error("each line must hold one JSON object, such as \(kind.sample)")
    }
    let row = DatasetRow(members: members, document: document, kind: kind)
    let group = try row.group()
    return try kind.examples(in: row, rule: rule).map { (texts, used) in
      var example = texts
      example.group = group
      example.columns = members.filter { $0.key != "group" && !used.contains($0.key) }
      (example.source, example.line) = (path, document.line)
      return example
    }
  }
}

/// One line’s object, asked for its columns.
struct DatasetRow {
  let members: [Document.Member]
  let document: Document
  let kind: Dataset.Kind

  func has(_ key: String) -> Bool { value(key) != nil }

  func text(_ key: String) throws(DocumentError) -> String {
    guard let value = value(key) else { throw missing(key) }
    if case .list = value.value { throw conversation(value, key) }
    return try value.string(key)
  }

  func flag(_ key: String) throws(DocumentError) -> Bool {
    guard let value = value(key) else { throw missing(key) }
    return try value.bool(key)
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
