import Documents

extension Dataset {
  /// Reads data files in TRL’s columns, or other people's shapes of them, one after the other.
  ///
  /// Errors name `file:line:column`.
  ///
  /// - Parameters:
  ///   - paths: Files, or folders of files.
  ///   - kind: What the examples must have.
  ///   - rule: How a prompt that is not named is told from a pair.
  ///   - chat: How the model reads conversations; without it they are refused.
  ///   - findsAnswers: Whether it is found out which parts of a conversation the assistant wrote.
  public static func read(
    _ paths: String..., as kind: Kind, implicitPrompt rule: ImplicitPrompt = .word, chat: ChatFormat? = nil,
    findsAnswers: Bool = false
  ) throws(TrainingError) -> Dataset {
    try read(all: paths, as: kind, implicitPrompt: rule, chat: chat, findsAnswers: findsAnswers)
  }

  /// The same of a list of paths; without a kind, it is that of the first row.
  static func read(
    all paths: [String], as kind: Kind?, implicitPrompt rule: ImplicitPrompt = .word, chat: ChatFormat? = nil,
    findsAnswers: Bool = false
  ) throws(TrainingError) -> Dataset {
    var (examples, kind): ([Example], Kind?) = ([], kind)
    for path in paths {
      for file in try DataFolder.files(path) {
        let rows = try DataFile(path: file).rows(try bytes(ofFile: file))
        kind = kind ?? rows.first.map { Kind(of: $0) }
        let reader = DatasetReader(
          path: file, kind: kind ?? .completions, rule: rule, chat: chat, findsAnswers: findsAnswers)
        examples += try reader.examples(of: rows)
      }
    }
    return Dataset(name: paths.joined(separator: ", "), kind: kind ?? .completions, examples: examples)
  }
}

/// Reads the lines of a JSONL file as examples of one kind.
struct DatasetReader {
  let path: String
  let kind: Dataset.Kind
  var rule = ImplicitPrompt.word
  var chat: ChatFormat?
  var findsAnswers = false

  func examples(_ bytes: [UInt8]) throws(TrainingError) -> [Example] {
    try examples(of: try DataFile(path: path).rows(bytes))
  }

  func examples(of rows: [Document]) throws(TrainingError) -> [Example] {
    var examples: [Example] = []
    for row in rows {
      do throws(DocumentError) {
        examples += try self.examples(of: row, findsLosses: examples.count < DataWarnings.most)
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

  private func examples(of document: Document, findsLosses: Bool) throws(DocumentError) -> [Example] {
    guard case .object(let written) = document.value else {
      throw document.error("each line must hold one JSON object, such as \(kind.sample)")
    }
    let members = try RowShapes.members(written, isChat: chat != nil, kind: kind)
    let row = DatasetRow(members: members, document: document, kind: kind)
    let group = try row.group()
    return try examples(in: row, findsLosses).map { (texts, used) in
      var example = texts
      example.group = group
      example.columns = members.filter { $0.key != "group" && !used.contains($0.key) }
      (example.source, example.line) = (path, document.line)
      return example
    }
  }
}

extension DatasetReader {
  /// The examples of a line, whose texts may be conversations.
  private func examples(
    in row: DatasetRow, _ findsLosses: Bool
  ) throws(DocumentError) -> [(Example, used: [String])] {
    guard let conversation = row.conversation else { return try kind.examples(in: row, rule: rule) }
    guard let chat else { throw row.withoutTemplate(conversation) }
    return try ChatRow(row: row, format: chat, findsAnswers: findsAnswers, findsLosses: findsLosses).examples()
  }
}

/// One line’s object, asked for its columns.
struct DatasetRow {
  let members: [Document.Member]
  let document: Document
  let kind: Dataset.Kind

  func has(_ key: String) -> Bool { value(key) != nil }

  func text(_ key: String) throws(DocumentError) -> String {
    try required(key).string(key)
  }

  func required(_ key: String) throws(DocumentError) -> Document {
    guard let value = value(key) else { throw missing(key) }
    return value
  }

  /// The first column that is a list of messages.
  var conversation: Document.Member? {
    members.first { member in
      if case .list = member.value.value { ChatRow.columns.contains(member.key) } else { false }
    }
  }

  func flag(_ key: String) throws(DocumentError) -> Bool {
    guard let value = value(key) else { throw missing(key) }
    // As tables and spreadsheets write it.
    if case .number(let number) = value.value, number == 0 || number == 1 { return number == 1 }
    return try value.bool(key)
  }

  /// A number, where there is one.
  func number(_ key: String) throws(DocumentError) -> Double? { try value(key)?.number(key) }

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
    let near = nearestNames(to: key, among: members.map(\.key), limit: 1).first {
      value($0) != nil && !kind.keys.contains($0)
    }
    let names = members.filter { !$0.value.isNull }.map { "'\($0.key)'" }
    let found = names.isEmpty ? "" : "it has \(names.joined(separator: ", ")); "
    let hint =
      near.map { "did you mean '\(key)' where it says '\($0)'?" } ?? found + "a line reads \(kind.sample)\(kind.others)"
    return document.error("the example needs the key '\(key)'; \(hint)")
  }

  /// Why a conversation cannot be read.
  func withoutTemplate(_ member: Document.Member) -> DocumentError {
    member.value.error(
      "\(member.key) is a conversation, a list of messages, and there is no chat template to read it with: give --model a "
        + "folder that has chat_template.jinja")
  }
}
