import ArgumentParser
import Documents

/// What a command says of itself, as its manual page needs it.
struct CommandHelp {
  let name: String
  let abstract: String
  let discussion: String
  /// How it is called: one form after the other, each on a line.
  let usage: [String]
  let arguments: [Argument]
  let subcommands: [CommandHelp]

  /// An argument, an option or a flag.
  struct Argument {
    /// `--set`, all spellings; empty for what has a place of its own.
    let names: [String]
    /// What stands for the value; nil for a flag.
    let value: String?
    let abstract: String
    let standard: String?
    let choices: [String]
  }

  /// Everything of the program, but for what is hidden.
  static func program() throws -> CommandHelp {
    do throws(DocumentError) {
      let root = try JSONReader.read(Gradus._dumpHelp()).object().required("command").object()
      return try CommandHelp(root, type: Gradus.self)
    } catch {
      throw CommandError(.badData, "the program's own description cannot be read: \(error)")
    }
  }

  /// The description has everything but the usage, which the types have.
  private init(_ fields: Fields, type: any ParsableCommand.Type) throws(DocumentError) {
    name = try fields.required("commandName").string()
    abstract = try fields.text("abstract")
    discussion = try fields.text("discussion")
    usage = Self.usage(of: type)
    arguments = try fields.visible("arguments", Argument.init)
    let types = type.configuration.subcommands
    let found: [CommandHelp?] = try fields.visible("subcommands") { (fields) throws(DocumentError) in
      let name = try fields.required("commandName").string()
      guard let type = types.first(where: { $0._commandName == name }) else { return nil }
      return try CommandHelp(fields, type: type)
    }
    subcommands = found.compactMap(\.self)
  }

  /// A line that does not begin with the program's name goes on with the line before.
  private static func usage(of type: any ParsableCommand.Type) -> [String] {
    var forms: [String] = []
    for line in Gradus.usageString(for: type).split(separator: "\n") {
      let words = line.split(separator: " ").joined(separator: " ").replacing("USAGE: ", with: "")
      if words.hasPrefix("gradus") || forms.isEmpty {
        forms.append(words)
      } else {
        forms[forms.count - 1] += " " + words
      }
    }
    return forms
  }
}

extension CommandHelp.Argument {
  fileprivate init(_ fields: Fields) throws(DocumentError) {
    var names: [String] = []
    for name in try fields.optional("names")?.list() ?? [] {
      let name = try name.object()
      names.append(
        (try name.required("kind").string() == "long" ? "--" : "-") + (try name.required("name").string()))
    }
    self.names = names
    value = try fields.required("kind").string() == "flag" ? nil : try fields.text("valueName")
    abstract = try fields.text("abstract")
    standard = try fields.optional("defaultValue")?.string()
    var choices: [String] = []
    for choice in try fields.optional("allValues")?.list() ?? [] { choices.append(try choice.string()) }
    self.choices = choices
  }
}

extension Fields {
  fileprivate func text(_ key: String) throws(DocumentError) -> String { try optional(key)?.string() ?? "" }

  fileprivate func visible<Item>(
    _ key: String, _ make: (Fields) throws(DocumentError) -> Item
  ) throws(DocumentError) -> [Item] {
    var items: [Item] = []
    for item in try optional(key)?.list() ?? [] {
      let fields = try item.object()
      if try fields.required("shouldDisplay").bool() { items.append(try make(fields)) }
    }
    return items
  }
}
