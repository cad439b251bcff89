public import ArgumentParser
public import Autodiff
import Formats
import Foundation
import Training
import Transformers

extension LanguageModel {
  /// How many tokens a text may have.
  var positions: Int { model.configuration.positionLimit }

  /// The tokens of a complete text, with the special tokens that the tokenizer's template puts around it.
  func tokens(_ text: String) -> [Int32] { tokenizer.encode(text, addSpecialTokens: true) }

  /// The tokens of a text to be continued: the same without the template's end.
  func tokens(ofPrompt text: String) -> [Int32] {
    var tokens = tokenizer.encode(beginning: text)
    if tokens.isEmpty, let beginning = tokenizer.special.beginning { tokens = [beginning] }
    return tokens
  }
}

/// `--model`, for every command that needs one.
struct ModelOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The model's folder, with config.json, model.safetensors and tokenizer.json, that of its LoRA adapters, or its GGUF file.",
      valueName: "DIR"),
    completion: .directory)
  var model: String

  /// Reads a folder as Hugging Face keeps a model.
  func load() throws -> LanguageModel { try Self.load(model) }

  /// - Parameter dtype: The precision of its weights, where it is not that of the file.
  static func load(_ model: String, _ dtype: ReducedPrecision? = nil) throws -> LanguageModel {
    do throws(TrainingError) {
      let result = try LanguageModel.read(model, for: .frozen)
      guard result.model.configuration.head == .language else {
        throw TrainingError(
          .badData, "\(model): is a reward model, which scores texts and gives no probabilities of tokens")
      }
      guard let dtype, dtype != .float32 else { return result }
      return LanguageModel(result.model.engine(dtype), result.tokenizer)
    } catch {
      throw CommandError(error)
    }
  }
}

/// `--dtype`, for commands in which a model writes.
struct DtypeOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The precision of its weights: float32, bfloat16, float8 or int8, of which less must be read for each token (default: the file's).",
      valueName: "TYPE"))
  var dtype: ReducedPrecision?
}

extension ReducedPrecision: ExpressibleByArgument {}

extension String {
  /// With control characters made visible, so that a model's text cannot control the terminal; lines are kept on request.
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
