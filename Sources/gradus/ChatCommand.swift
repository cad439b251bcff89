import ArgumentParser
import Documents
import Formats
import Foundation
import Training
import Transformers

/// `gradus chat`: a conversation as a model's template writes it, or with the model itself.
struct ChatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat",
    abstract: "Talk to a model, or show a conversation as a model reads it.",
    usage: """
      gradus chat --model DIR [--max-completion-length N] [--temperature T]
                  [--top-k K] [--top-p P] [--dtype TYPE] [--seed S]
      gradus chat (--model DIR | --template FILE) --messages FILE
                  [--special JSON] [--generation-prompt] [--json]
      """,
    discussion: """
      --messages takes a list of messages, or an object with "messages", "tools" and what else the template reads, such \
      as "enable_thinking".
      Example:  gradus chat --template chat_template.jinja --messages messages.json
      """)

  @Option(
    help: ArgumentHelp("The model's folder, with its chat template.", valueName: "DIR"), completion: .directory)
  var model: String?

  @Option(
    help: ArgumentHelp("A chat template in a file of its own.", valueName: "FILE"), completion: .file())
  var template: String?

  @Option(
    help: ArgumentHelp("The conversation, as JSON; without it you are asked.", valueName: "FILE"),
    completion: .file(extensions: ["json"]))
  var messages: String?

  @Option(help: ArgumentHelp("Special tokens, such as '{\"bos_token\": \"<s>\"}'.", valueName: "JSON"))
  var special: String?

  @Flag(help: "End the text where the assistant begins to answer.")
  var generationPrompt = false

  @Flag(help: "Print one JSON object: the text, and the UTF-8 bytes of it that the assistant wrote.")
  var json = false

  @Option(help: ArgumentHelp("The most tokens of an answer.", valueName: "N"))
  var maxCompletionLength = 256

  @Option(
    help: ArgumentHelp("Divides the logits; 0 always takes the likeliest token (default: the model's).", valueName: "T")
  )
  var temperature: Float?

  @Option(
    help: ArgumentHelp("Draw only from this many of the likeliest tokens (default: the model's).", valueName: "K"))
  var topK: Int?

  @Option(
    help: ArgumentHelp("Draw only from the fewest tokens of this probability (default: the model's).", valueName: "P"))
  var topP: Float?

  @OptionGroup var precision: DtypeOption

  @Option(help: ArgumentHelp("The seed of the random numbers.", valueName: "S"))
  var seed: UInt64 = 0

  func run() throws {
    guard let messages else { return try talk() }
    var input = try Self.parsed(messages) { (document) throws(DocumentError) in try ChatTemplate.Input(document) }
    input.addsGenerationPrompt = generationPrompt || input.addsGenerationPrompt
    input.specialTokens = try specialTokens()
    let rendering = try rendering(input)
    try Output.write(json ? Self.json(rendering) : rendering.text)
  }

  private func rendering(_ input: ChatTemplate.Input) throws -> ChatTemplate.Rendering {
    switch (template, model) {
    case (let template?, nil):
      let source = try Self.bytes(template)
      return try Self.located(in: template) { () throws(DocumentError) in
        try ChatTemplate(String(decoding: source, as: UTF8.self)).render(input)
      }
    case (nil, let model?):
      let format = try Self.format(model)
      return try Self.rendering(input, by: format)
    default: throw CommandError(.usage, "give either --model or --template, whose template writes the messages")
    }
  }

  static func rendering(_ input: ChatTemplate.Input, by format: ChatFormat) throws -> ChatTemplate.Rendering {
    try located(in: format.file) { () throws(DocumentError) in try format.render(input) }
  }

  private static func located<Result>(in file: String, _ work: () throws(DocumentError) -> Result) throws -> Result {
    do throws(DocumentError) {
      return try work()
    } catch {
      throw CommandError(error, in: file)
    }
  }

  private func talk() throws {
    guard let model else {
      throw CommandError(
        .usage,
        template == nil ? "--model: say with which model to talk" : "--messages: say which conversation to write")
    }
    guard template == nil else {
      throw CommandError(.usage, "--template: writes --messages; to talk, the model's own template is taken")
    }
    guard maxCompletionLength > 0 else { throw CommandError(.usage, "--max-completion-length: must be at least 1") }
    let format = try Self.format(model)
    let loaded = try Activity.during("reading \(model)") { _ in try ModelOption.load(model, precision.dtype) }
    var sampling = loaded.chatSampling
    sampling.maxTokens = maxCompletionLength
    sampling.temperature = temperature ?? sampling.temperature
    sampling.topK = topK ?? sampling.topK
    sampling.topP = topP ?? sampling.topP
    try SampleCommand.check(sampling)
    var dialogue = ChatDialogue(model: loaded, format: format, sampling: sampling, seed: seed)
    try dialogue.run()
  }

  static func format(_ model: String) throws -> ChatFormat {
    do throws(FileError) {
      guard let format = try ModelDirectory.chatFormat(model) else {
        throw FileError(
          model,
          "has no chat template, neither chat_template.jinja nor one in tokenizer_config.json; "
            + "`gradus sample` continues plain text")
      }
      return format
    } catch {
      throw CommandError(TrainingError(error))
    }
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
    return try located(in: path) { () throws(DocumentError) in try parse(JSONReader.read(bytes)) }
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
