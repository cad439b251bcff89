import ArgumentParser
import Documents
import Formats
import Foundation

/// `gradus chat`: a conversation as a model's template writes it.
struct ChatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat",
    abstract: "Show a conversation as a model reads it.",
    usage: """
      gradus chat --template FILE --messages FILE
                  [--special JSON] [--generation-prompt] [--json]
      """,
    discussion: """
      FILE holds a list of messages, or an object with "messages", "tools" and what else the template reads, such as \
      "enable_thinking".
      Example:  gradus chat --template chat_template.jinja --messages messages.json
      """)

  @Option(help: ArgumentHelp("A chat template, as in chat_template.jinja.", valueName: "FILE"), completion: .file())
  var template: String

  @Option(
    help: ArgumentHelp("The conversation, as JSON.", valueName: "FILE"),
    completion: .file(extensions: ["json"]))
  var messages: String

  @Option(help: ArgumentHelp("Special tokens, such as '{\"bos_token\": \"<s>\"}'.", valueName: "JSON"))
  var special: String?

  @Flag(help: "End the text where the assistant begins to answer.")
  var generationPrompt = false

  @Flag(help: "Print one JSON object: the text, and the UTF-8 bytes of it that the assistant wrote.")
  var json = false

  func run() throws {
    var input = try Self.parsed(messages) { (document) throws(DocumentError) in try ChatTemplate.Input(document) }
    input.addsGenerationPrompt = generationPrompt || input.addsGenerationPrompt
    input.specialTokens = try specialTokens()
    let source = try Self.bytes(template)
    let rendering: ChatTemplate.Rendering
    do throws(DocumentError) {
      rendering = try ChatTemplate(String(decoding: source, as: UTF8.self)).render(input)
    } catch {
      throw CommandError(error, in: template)
    }
    try Output.write(json ? Self.json(rendering) : rendering.text)
  }

  private func specialTokens() throws -> [String: String] {
    guard let special else { return [:] }
    do throws(DocumentError) {
      var tokens: [String: String] = [:]
      for member in try JSONReader.read(Array(special.utf8)).object("the special tokens").members {
        tokens[member.key] = try member.value.string(member.key)
      }
      return tokens
    } catch {
      throw CommandError(.usage, "--special: \(error)")
    }
  }

  private static func bytes(_ path: String) throws -> [UInt8] {
    do throws(FileError) {
      return try readFile(path)
    } catch {
      throw CommandError(.missingInput, "\(error)")
    }
  }

  private static func parsed<Content>(
    _ path: String, _ parse: (Document) throws(DocumentError) -> Content
  ) throws -> Content {
    let bytes = try bytes(path)
    do throws(DocumentError) {
      return try parse(JSONReader.read(bytes))
    } catch {
      throw CommandError(error, in: path)
    }
  }

  private static func json(_ rendering: ChatTemplate.Rendering) -> String {
    var json = JSONWriter()
    json.beginObject()
    json.member("text", rendering.text)
    json.key("generations")
    json.beginArray()
    for range in rendering.generations {
      json.beginArray()
      json.integer(range.lowerBound)
      json.integer(range.upperBound)
      json.endArray()
    }
    json.endArray()
    json.endObject()
    return json.text + "\n"
  }
}
