import Formats
import Transformers

/// A prompt and a response in tokens.
struct TextTokens: Sendable {
  let prompt: [Int32]
  let response: [Int32]

  var all: [Int32] { prompt + response }
}

extension LanguageModel {
  /// Prompt, completion and the token that ends a text, cut off after `limit` tokens.
  ///
  /// A text without a prompt begins with the token that begins texts, so that its first own token has a predecessor.
  /// Source: TRL `SFTTrainer` and `DPOTrainer.tokenize_row`: the two parts are encoded separately.
  func tokens(prompt: String, completion: String, limit: Int) -> TextTokens {
    let prompt = promptTokens(prompt, limit: limit)
    let response = tokenizer.encode(completion) + end
    return TextTokens(prompt: prompt, response: Array(response.prefix(max(0, limit - prompt.count))))
  }

  /// A response that is judged or compared, of which something must be left within the limit.
  func response(to example: Example, _ completion: String?, limit: Int) throws(TrainingError) -> TextTokens {
    let text = tokens(prompt: example.prompt, completion: completion ?? "", limit: limit)
    guard !text.response.isEmpty else {
      throw TrainingError(
        .badData,
        "\(example.source):\(example.line): the prompt leaves no token of a response within max_length \(limit)")
    }
    return text
  }
}

extension Transformer {
  /// log π of each response's tokens, natural logarithms.
  func logps(_ texts: [TextTokens], temperature: Double = 1) -> [[Double]] {
    let pass = forward(
      .scoring(texts.map { $0.all }, from: texts.map { $0.prompt.count }), temperature: Float(temperature))
    return pass.rows(pass.logps)
  }

  /// A scalar head's number at the last token of each text.
  func scores(_ texts: [[Int32]]) -> [Double] {
    forward(TokenBatch(texts, reading: texts.map { $0.count - 1..<$0.count })).values.map(Double.init)
  }

  /// A scalar head's number before each token of each response.
  func values(_ texts: [TextTokens]) -> [[Double]] {
    let pass = forward(.scoring(texts.map { $0.all }, from: texts.map { $0.prompt.count }))
    return pass.rows(pass.values)
  }
}

extension ForwardPass {
  /// The numbers, split by sequence.
  func rows(_ numbers: [Float]) -> [[Double]] {
    batch.sequences.indices.map { i in numbers[batch.rows(of: i)].map(Double.init) }
  }
}
