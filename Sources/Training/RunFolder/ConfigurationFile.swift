import Documents
import Formats
import Objectives

/// `config.yaml`: a run's configuration with every value written out and explained.
extension RunConfiguration {
  /// The file's text; reading it gives the same configuration.
  public var yaml: String {
    var lines = [
      "# Everything that this run was told; `gradus train \(trainer.name) --config THIS_FILE` runs it again.",
      "trainer: \(trainer.name)",
    ]
    lines += table(RunPath.all(for: trainer).map { ($0.rawValue, Self.written(self[all: $0]), $0.sentence) })
    let options = AnyTrainingOption.all(for: trainer)
    lines += ["", "# The run"]
    lines += table(options.filter(\.isOfTheRun).map(entry))
    let objective = options.filter { !$0.isOfTheRun }
    if !objective.isEmpty { lines += ["", "# The objective"] + table(objective.map(entry)) }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func written(_ paths: [String]) -> String {
    let texts = paths.map(quoted)
    return texts.count > 1 ? "[\(texts.joined(separator: ", "))]" : texts.first ?? "null"
  }

  private func entry(_ option: AnyTrainingOption) -> (String, String, String) {
    let value = settings[option]
    let text = if case .choice(let text) = value, !Self.isPlain(text) { Self.quoted(text) } else { value.text }
    return (option.name, text, option.sentence)
  }

  /// Rows with their comments in a column, unless a value is long.
  private func table(_ rows: [(name: String, value: String, sentence: String)]) -> [String] {
    let fields = rows.map { "\($0.name): \($0.value)" }
    let width = fields.map(\.count).filter { $0 <= 44 }.max() ?? 0
    return zip(rows, fields).map { row, field in
      field + String(repeating: " ", count: max(0, width - field.count)) + "  # " + row.sentence
    }
  }

  /// Whether YAML reads the text as itself, as it does with the names in the option tables.
  private static func isPlain(_ text: String) -> Bool {
    text.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } == true
      && text.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || "0123456789_-".utf8.contains($0)
      }
      && !["true", "false", "null"].contains(text)
  }

  /// In double quotes, with the escapes that JSON and YAML share.
  private static func quoted(_ text: String) -> String {
    var json = JSONWriter()
    json.string(text)
    return json.text
  }
}

extension RunConfiguration {
  /// Reads a `config.yaml`.
  ///
  /// - Parameters:
  ///   - bytes: The file's contents; what it does not mention has its standard value.
  ///   - name: The file's name in errors.
  ///   - trainer: The trainer that the user named; it must be the file's, if the file names one.
  public static func read(_ bytes: [UInt8], name: String, trainer: Trainer? = nil) throws(TrainingError)
    -> RunConfiguration
  {
    do throws(DocumentError) {
      return try RunConfiguration(YAMLReader.read(bytes), trainer: trainer)
    } catch {
      throw TrainingError(error, in: name)
    }
  }

  /// Reads a `config.yaml` on top of this configuration: what it does not mention stays.
  mutating func read(over bytes: [UInt8], name: String) throws(TrainingError) {
    do throws(DocumentError) {
      let document = try YAMLReader.read(bytes)
      let members = document.isNull ? [] : try document.object("the configuration").members
      _ = try Self.trainer(members, document, named: trainer)
      for member in members where member.key != "trainer" { try read(member) }
    } catch {
      throw TrainingError(error, in: name)
    }
  }

  init(_ document: Document, trainer named: Trainer?) throws(DocumentError) {
    let members = document.isNull ? [] : try document.object("the configuration").members
    self.init(try Self.trainer(members, document, named: named))
    for member in members where member.key != "trainer" { try read(member) }
  }

  private static func trainer(_ members: [Document.Member], _ document: Document, named: Trainer?)
    throws(DocumentError) -> Trainer
  {
    guard let value = members.first(where: { $0.key == "trainer" })?.value else {
      if let named { return named }
      throw document.error("the configuration needs the key 'trainer': one of \(Trainer.list)")
    }
    let text = try value.string("trainer")
    guard let trainer = Trainer.named(text) else {
      throw value.error("trainer must be one of \(Trainer.list), not \(text)")
    }
    if let named, named != trainer {
      throw value.error("this is a configuration for train \(text), not for train \(named.name)")
    }
    return trainer
  }

  private mutating func read(_ member: Document.Member) throws(DocumentError) {
    if let path = RunPath(rawValue: member.key), RunPath.all(for: trainer).contains(path) {
      if path.isList, case .list(let elements) = member.value.value {
        self[all: path] = try elements.map { (element) throws(DocumentError) in try element.string(member.key) }
      } else {
        self[path] = member.value.isNull ? nil : try member.value.string(member.key)
      }
      return
    }
    let option: AnyTrainingOption
    do throws(OptionError) {
      option = try AnyTrainingOption.find(member.key, for: trainer)
    } catch {
      throw DocumentError(line: member.keyLine, column: member.keyColumn, message: error.message)
    }
    let value = try OptionValue(member.value, for: option)
    do throws(OptionError) {
      try settings.set(name: option.name, to: value)
    } catch {
      throw member.value.error(error.message)
    }
  }
}

extension Trainer {
  static var list: String { all.map(\.name).joined(separator: ", ") }
}

extension AnyTrainingOption {
  var isOfTheRun: Bool { if case .run = self { true } else { false } }

  /// Whether an object may be given, for YAML to write as one.
  fileprivate var takesObject: Bool {
    if case .run(let option) = self, case .parameters = option.description.kind { true } else { false }
  }

  /// Whether a list may be given, for YAML to write as one.
  fileprivate var takesList: Bool {
    switch self {
    case .run(let option):
      switch option.description.kind {
      case .names, .numbers: return true
      case .value, .name, .optionalFlag, .parameters: return false
      }
    case .objective(let option):
      switch option.description.kind {
      case .choices, .weights: return true
      default: return false
      }
    }
  }
}

extension OptionValue {
  fileprivate init(_ document: Document, for option: AnyTrainingOption) throws(DocumentError) {
    switch document.value {
    case .null, .string("none"): self = .none
    case .bool(let flag): self = .flag(flag)
    case .string(let text): self = .choice(text)
    case .number:
      let number = try document.number(option.name)
      self = number.magnitude <= 0x1p53 && number == number.rounded() ? .integer(Int(number)) : .number(number)
    case .object where option.takesObject: self = .choice(document.json)
    case .list(let elements) where option.takesList: self = .choice(try Self.list(elements, option.name))
    case .list, .object: throw document.error("\(option.name) must be \(option.expectation)")
    }
  }

  private static func list(_ elements: [Document], _ name: String) throws(DocumentError) -> String {
    var names: [String] = []
    for element in elements {
      if case .number(let number) = element.value {
        names.append(NumberText.full(number))
      } else {
        names.append(try element.string("every element of \(name)"))
      }
    }
    return NameList.join(names)
  }
}
