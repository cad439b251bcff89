import Documents
import Formats
import Foundation
public import Transformers

/// What a model's folder holds beside weights, configuration and tokenizer: read with the model, and written again with
/// what it becomes.
enum ModelCompanions {
  static let template = "chat_template.jinja"
  static let generation = "generation_config.json"
  /// The template of conversations with tools, where it is another: transformers writes those with names into this folder.
  static let toolTemplate = "\(templates)/tool_use.jinja"
  private static let templates = "additional_chat_templates"
  /// Files that go along unread.
  private static let others = ["special_tokens_map.json", "added_tokens.json"]

  /// Reads the files that are there, and the tokens that end a text.
  static func read(_ folder: String, into tokenizer: inout Tokenizer) throws(FileError) {
    for name in [template, generation] + others + namedTemplates(folder)
    where FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
      tokenizer.companions.append((name, try readFile("\(folder)/\(name)")))
    }
    var ends = try ends(folder, generation)
    if ends == nil { ends = try self.ends(folder, "config.json") }
    let known = (ends ?? []).filter { $0 < tokenizer.vocabularySize }
    tokenizer.special.end = tokenizer.special.end ?? known.first
    tokenizer.special.otherEnds = known.filter { $0 != tokenizer.special.end }
  }

  private static func namedTemplates(_ folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(templates)")) ?? []
    return names.filter { $0.hasSuffix(".jinja") }.sorted().map { "\(templates)/\($0)" }
  }

  /// Writes what was read; settings of generation, where the model writes texts.
  static func write(
    of tokenizer: Tokenizer, head: ModelConfiguration.Head, to folder: String
  ) throws(FileError) {
    for (name, bytes) in tokenizer.companions where head == .language || name != generation {
      if name.hasPrefix(templates) { try AtomicFile.makeFolder("\(folder)/\(templates)") }
      try AtomicFile.write(bytes, to: "\(folder)/\(name)")
    }
  }

  /// `eos_token_id`, a number or a list of them; nil where a file does not say it.
  private static func ends(_ folder: String, _ name: String) throws(FileError) -> [Int32]? {
    let file = "\(folder)/\(name)"
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    let bytes = try readFile(file)
    do throws(DocumentError) {
      guard let value = try JSONReader.read(bytes).object(name).optional("eos_token_id") else { return nil }
      let values = if case .list(let list) = value.value { list } else { [value] }
      var ends: [Int32] = []
      for value in values {
        let id = try value.integer("eos_token_id")
        if let id = Int32(exactly: id), id >= 0 { ends.append(id) }
      }
      return ends
    } catch {
      throw FileError(file, error)
    }
  }
}

extension LanguageModel {
  /// How the model's makers sample from it, by its `generation_config.json`; without one, or without `do_sample`, the
  /// likeliest token is taken, as transformers does: of the probabilities with the penalty of repetition, if there is one.
  public var chatSampling: Sampling {
    var sampling = Sampling(temperature: 0, maxTokens: 256, stopTokens: stops)
    guard let file = tokenizer.companions.first(where: { $0.name == ModelCompanions.generation }),
      case .object(let members)? = try? JSONReader.read(file.bytes).value
    else { return sampling }
    func number(_ key: String) -> Double? {
      if case .number(let number)? = members.first(where: { $0.key == key })?.value.value { number } else { nil }
    }
    sampling.repetitionPenalty = Float(number("repetition_penalty") ?? 1)
    guard case .bool(true)? = members.first(where: { $0.key == "do_sample" })?.value.value else { return sampling }
    sampling.temperature = Float(number("temperature") ?? 1)
    // transformers' standard is 50.
    sampling.topK = number("top_k").flatMap { Int(exactly: $0) } ?? 50
    sampling.topP = Float(number("top_p") ?? 1)
    sampling.minP = Float(number("min_p") ?? 0)
    return sampling
  }
}
