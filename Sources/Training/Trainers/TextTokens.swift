import Formats
import Transformers

/// A prompt and a response in tokens.
struct TextTokens: Equatable, Sendable {
  let prompt: [Int32]
  let response: [Int32]
  /// Which of the response's tokens are learned; nil for all of them.
  var isLearned: [Bool]?
  /// Whether something of it is missing, since it was too long.
  var isCut = false

  var all: [Int32] { prompt + response }
}

extension LanguageModel {
  /// An example's prompt and a completion of it, cut to the limit and to the model's positions.
  ///
  /// The token that ends a text follows, unless it stands there already, a chat template has ended the text, or it was cut
  /// off where it was written. Of a text that begins without a prompt and without a special token, the first token has nothing
  /// before it that could say it: it is the prompt.
  /// Source: TRL `SFTTrainer` and `DPOTrainer.tokenize_row`: the two parts are encoded separately.
  func tokens(
    of example: Example, _ completion: String?, isEnded: Bool = true, limit: TextLimit
  ) -> TextTokens {
    let (pieces, learned) = pieces(of: completion ?? "", example.answers)
    var response = pieces.flatMap { $0 }
    var isLearned = zip(pieces, learned).flatMap { Array(repeating: $1, count: $0.count) }
    if isEnded, !example.isConversation, let end = end.first, response.last != end {
      response.append(end)
      isLearned.append(true)
    }
    var prompt = promptTokens(of: example)
    if prompt.isEmpty {
      prompt = Array(response.prefix(1))
      (response, isLearned) = (Array(response.dropFirst()), Array(isLearned.dropFirst()))
    }
    let text = TextTokens(
      prompt: prompt, response: response, isLearned: example.answers == nil ? nil : isLearned)
    return text.cut(to: TextLimit(min(limit.tokens, model.configuration.positionLimit), limit.truncation))
  }

  /// A text's tokens, cut where the assistant begins and ends to write, and whether each piece is the assistant's.
  private func pieces(of text: String, _ answers: [Range<Int>]?) -> ([[Int32]], [Bool]) {
    guard let answers else { return ([tokenizer.encode(text)], [true]) }
    let bytes = Array(text.utf8)
    var (pieces, learned, done): ([[Int32]], [Bool], Int) = ([], [], 0)
    func add(to end: Int, isLearned: Bool) {
      guard end > done else { return }
      pieces.append(tokenizer.encode(String(decoding: bytes[done..<min(end, bytes.count)], as: UTF8.self)))
      learned.append(isLearned)
      done = end
    }
    for answer in answers {
      add(to: answer.lowerBound, isLearned: false)
      add(to: answer.upperBound, isLearned: true)
    }
    add(to: bytes.count, isLearned: false)
    return (pieces, learned)
  }

  /// A response that is judged or compared, of which something must be left within the limit.
  func response(to example: Example, _ completion: String?, limit: TextLimit) throws(TrainingError) -> TextTokens {
    let text = tokens(of: example, completion, limit: limit)
    guard !text.response.isEmpty else {
      throw TrainingError(
        .badData,
        "\(example.source):\(example.line): the prompt leaves no token of a response within max_length \(limit.tokens)")
    }
    return text
  }
}

extension TextTokens {
  /// The same within a limit.
  ///
  /// A prompt that is too long by itself loses its beginning. Of a response that is, with `keep_end`, the first token that is
  /// left has nothing before it, and becomes the prompt.
  func cut(to limit: TextLimit) -> TextTokens {
    let most = limit.tokens
    guard all.count > most else { return self }
    var (prompt, response, isLearned) = (prompt, response[...], isLearned.map { $0[...] })
    switch limit.truncation {
    case .keepStart, .skip:
      prompt = Array(prompt.suffix(most))
      response = response.prefix(most - prompt.count)
      isLearned = isLearned?.prefix(response.count)
    case .keepEnd where response.count < most:
      prompt = Array(prompt.suffix(most - response.count))
    case .keepEnd:
      (response, isLearned) = (response.suffix(most), isLearned?.suffix(most))
      prompt = Array(response.prefix(1))
      (response, isLearned) = (response.dropFirst(), isLearned?.dropFirst())
    }
    return TextTokens(prompt: prompt, response: Array(response), isLearned: isLearned.map { Array($0) }, isCut: true)
  }

  /// Its pieces of at most so many tokens; the first token of each has nothing before it.
  func pieces(of most: Int) -> [TextTokens] {
    guard all.count > most, most > 1 else { return [self] }
    let learned = [Bool](repeating: false, count: prompt.count) + (isLearned ?? response.map { _ in true })
    return zip(all.inParts(of: most), learned.inParts(of: most)).map { tokens, isLearned in
      TextTokens(
        prompt: Array(tokens.prefix(1)), response: Array(tokens.dropFirst()), isLearned: Array(isLearned.dropFirst()))
    }
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
