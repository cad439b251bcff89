public import Documents
public import Formats
import Foundation

/// How a model reads conversations: its chat template, and the special tokens that the template may write.
public struct ChatFormat: Sendable {
  /// The file that has the template.
  public let file: String
  public let template: ChatTemplate
  /// The one for conversations with tools, if the model has one of its own for them.
  private var toolTemplate: ChatTemplate?
  private let specialTokens: [String: String]

  /// Reads `chat_template.jinja` and `additional_chat_templates/tool_use.jinja`, or `chat_template` in `tokenizer_config.json`; nil for a model that has neither.
  ///
  /// Throws an error with line and column for a template that cannot be read.
  public static func read(_ folder: String) throws(FileError) -> ChatFormat? {
    if GGUFModel.isNamed(by: folder) { return try read(ggufFile: folder) }
    let settings = "\(folder)/tokenizer_config.json"
    let bytes = FileManager.default.fileExists(atPath: settings) ? try readFile(settings) : Array("{}".utf8)
    let (tokens, written): ([String: String], [String: String])
    do throws(DocumentError) {
      let fields = try JSONReader.read(bytes).object("the tokenizer's configuration")
      tokens = try specialTokens(fields)
      written =
        try fields.optional("chat_template").map { (value) throws(DocumentError) in try templates(value) } ?? [:]
    } catch {
      throw FileError(settings, error)
    }
    let own = "\(folder)/\(ModelCompanions.template)"
    if let alone = try template(inFile: own) {
      let withTools = try template(inFile: "\(folder)/\(ModelCompanions.toolTemplate)")
      return ChatFormat(file: own, template: alone, toolTemplate: withTools, specialTokens: tokens)
    }
    guard let source = written["default"] else { return nil }
    return ChatFormat(
      file: settings, template: try template(source, settings),
      toolTemplate: try written["tool_use"].map { (source) throws(FileError) in try template(source, settings) },
      specialTokens: tokens)
  }

  private static func read(ggufFile path: String) throws(FileError) -> ChatFormat? {
    let model = try GGUFModel(path)
    guard let source = model.template else { return nil }
    let configuration = try model.tokenizerConfiguration
    let tokens: [String: String]
    do throws(DocumentError) {
      tokens = try specialTokens(try JSONReader.read(configuration).object("the tokenizer's configuration"))
    } catch {
      throw FileError(path, error)
    }
    return ChatFormat(file: path, template: try template(source, path), specialTokens: tokens)
  }

  private static func template(inFile file: String) throws(FileError) -> ChatTemplate? {
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    return try template(String(decoding: try readFile(file), as: UTF8.self), file)
  }

  private static func template(_ source: String, _ file: String) throws(FileError) -> ChatTemplate {
    do throws(DocumentError) {
      return try ChatTemplate(source)
    } catch {
      throw FileError(file, error)
    }
  }

  /// Every `…_token`, by its name.
  private static func specialTokens(_ fields: Fields) throws(DocumentError) -> [String: String] {
    var tokens: [String: String] = [:]
    for member in fields.members where member.key.hasSuffix("_token") {
      switch member.value.value {
      case .string(let text): tokens[member.key] = text
      case .object: tokens[member.key] = try member.value.object(member.key).required("content").string(member.key)
      // `add_bos_token` is a switch.
      default: break
      }
    }
    return tokens
  }

  /// One template, or several with names.
  private static func templates(_ value: Document) throws(DocumentError) -> [String: String] {
    guard case .list(let list) = value.value else { return ["default": try value.string("chat_template")] }
    var templates: [String: String] = [:]
    for entry in list {
      let fields = try entry.object("a chat template")
      templates[try fields.required("name").string("name")] = try fields.required("template").string("template")
    }
    return templates
  }

  /// A conversation as the model reads it.
  ///
  /// Throws where the template raises an exception, with the template's line and column.
  public func render(_ input: ChatTemplate.Input) throws(DocumentError) -> ChatTemplate.Rendering {
    var input = input
    input.specialTokens.merge(specialTokens) { given, _ in given }
    return try (input.tools == nil ? template : toolTemplate ?? template).render(input)
  }
}
