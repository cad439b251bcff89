import ArgumentParser
import Formats
import Foundation
import Training
import Transformers

/// A language model of the user's, with its tokenizer.
struct LanguageModel {
  let path: String
  let transformer: Transformer
  let tokenizer: Tokenizer

  /// Reads a folder as Hugging Face keeps a model.
  init(_ path: String) throws {
    self.path = path
    let contents: ModelDirectory.Contents
    do throws(FileError) {
      contents = try ModelDirectory.read(path)
    } catch {
      throw CommandError(error)
    }
    guard contents.configuration.head == .language else {
      throw CommandError(.badData, "\(path): is a reward model, which gives texts scores and not tokens probabilities")
    }
    transformer = Transformer(contents.configuration, parameters: contents.parameters)
    tokenizer = contents.tokenizer
  }

  var positions: Int { transformer.configuration.maxPositions }

  /// The tokens of a text whole, with the special tokens that the tokenizer's template puts around it.
  func tokens(_ text: String) -> [Int32] { tokenizer.encode(text, addSpecialTokens: true) }

  /// The tokens of a text that goes on: the same, but for an end that the template puts there.
  func tokens(ofPrompt text: String) -> [Int32] {
    var tokens = tokens(text)
    if let end = tokenizer.special.end, tokens.last == end, tokenizer.encode(text).last != end { tokens.removeLast() }
    if tokens.isEmpty, let beginning = tokenizer.special.beginning { tokens = [beginning] }
    return tokens
  }
}

/// `--model`, for every command that needs one.
struct ModelOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The model's folder, with config.json, model.safetensors and tokenizer.json.", valueName: "DIR"))
  var model: String

  func load() throws -> LanguageModel { try LanguageModel(model) }
}

extension CommandError {
  /// Something wrong with a file: missing if it cannot be opened, bad if its contents are.
  init(_ error: FileError) {
    if error.place != nil {
      self.init(.badData, at: error.description)
    } else {
      self.init(FileManager.default.isReadableFile(atPath: error.path) ? .badData : .missingInput, error.description)
    }
  }
}

extension String {
  /// With control characters made visible, so that a model's text cannot drive the terminal; lines stay lines if wanted.
  func printable(keepingLines: Bool) -> String {
    unicodeScalars.map { scalar in
      switch scalar {
      case "\n" where keepingLines, "\t" where keepingLines: String(scalar)
      case "\n": "\\n"
      case "\t": "\\t"
      case _ where scalar.properties.generalCategory == .control: "\\u{\(String(scalar.value, radix: 16))}"
      default: String(scalar)
      }
    }.joined()
  }
}
