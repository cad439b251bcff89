import Autodiff
import Objectives
import Simulation
import Transformers

// What it does differently from Ouyang et al. 2022, section 3.5, and from TRL's standards:
//
// 1. Completions alone are learned, unless completion_only_loss is off; the token that ends a text is one of theirs.
// 2. Texts are not padded, and with packing each is still read by itself; there is no dropout but lora_dropout.
// 3. The loss of a step is the mean over its tokens, however it is split into passes.

/// Supervised fine-tuning: the tokens of given completions become more likely.
///
/// Source: Ouyang et al. 2022, section 3.5; TRL `SFTTrainer`, whose loss is the mean over all completion tokens of an
/// optimizer step, however it is split into passes.
struct SupervisedObjective: ExampleObjective {
  let model: LanguageModel
  var settings: TrainingSettings
  /// The examples to whose prompts answers are shown.
  let examples: [Example]
  let headline = ["loss", "eval_loss"]

  /// What is learned from at once: an example, or with `packing` several, of which each is read by itself.
  struct Item {
    let texts: [TextTokens]
  }

  /// Examples in tokens, packed if the settings say so.
  func items(_ data: Dataset) throws(TrainingError) -> [Item] {
    let texts = try texts(of: data)
    guard settings.flag(.packing) else { return texts.map { Item(texts: [$0]) } }
    let most = limit.tokens
    let pieces = texts.flatMap { $0.pieces(of: most) }.filter { weight($0) > 0 }
    return Packing.packs(pieces.map { $0.all.count }, most: most).map { pack in Item(texts: pack.map { pieces[$0] }) }
  }

  /// Every example in tokens.
  func texts(of data: Dataset) throws(TrainingError) -> [TextTokens] {
    try data.examples.map { (example) throws(TrainingError) in
      let text = try text(of: example)
      guard weight(text) > 0 else {
        throw failure("nothing is left to learn within max_length \(limit.tokens)", at: example)
      }
      return text
    }
  }

  /// An example in tokens, of which nothing may be left to learn.
  func text(of example: Example) throws(TrainingError) -> TextTokens {
    let answersAlone = settings.flag(.assistantOnlyLoss)
    guard !answersAlone || example.answers != nil else {
      throw failure("assistant_only_loss needs a conversation, in the column 'messages'", at: example)
    }
    guard !answersAlone || example.answers?.isEmpty == false else {
      throw failure(
        "the assistant says nothing in this conversation: with assistant_only_loss nothing is learned", at: example)
    }
    // What is cut into pieces is not cut off.
    let isWhole = settings.flag(.packing) && settings.choice(.packingStrategy) == Packing.bestFitOfPieces.rawValue
    let text = model.tokens(of: example, example.completion, limit: isWhole ? TextLimit(.max) : limit)
    return settings.flag(.completionOnlyLoss) || answersAlone ? text : text.learningPromptToo
  }

  private var limit: TextLimit {
    let wanted = TextLimit(settings)
    return TextLimit(min(wanted.tokens, model.model.configuration.positionLimit), wanted.truncation)
  }

  private func failure(_ message: String, at example: Example) -> TrainingError {
    TrainingError(.badData, "\(example.source):\(example.line): \(message)")
  }

  func weight(_ text: TextTokens) -> Int { text.isLearned?.count { $0 } ?? text.response.count }

  func weight(_ item: Item) -> Int { item.texts.reduce(0) { $0 + weight($1) } }

  func tokenCount(_ item: Item) -> Int { item.texts.reduce(0) { $0 + $1.all.count } }

  func texts(_ items: [Item]) -> TokenBatch {
    let texts = items.flatMap { $0.texts }
    return .scoring(texts.map { $0.all }, from: texts.map { $0.prompt.count })
  }

  func loss(_ items: [Item], _ pass: ForwardPass, title: String?, observer: TrainerObserver) -> (PassLoss, Batch) {
    let (texts, rows) = (items.flatMap { $0.texts }, pass.rows(pass.logps))
    let sequences = zip(texts, rows).map { text, logps in
      let shown = model.shown(text, if: title != nil)
      return Batch.SupervisedSequence(
        prompt: shown.prompt, tokens: text.learned(of: shown.words), logp: text.learned(of: logps))
    }
    let batch = Batch(title: "sft, \(title ?? "")", settings: settings.objective, contents: .demonstrations(sequences))
    defer { observer.tape.truncate(to: 0) }
    let update = batch.update(on: sequences, observer: observer)
    _ = observer.takeMetrics()
    let learned = observer.tape.gradient(of: update.loss).rows(update.logps)
    let gradients = texts.spread(learned)
    return (PassLoss(gradients: gradients, metrics: [MetricValue("loss", update.loss.value)]), batch)
  }

  func samples(_ count: Int, step: Int) -> [Sample] { model.samples(of: examples, count: count, step: step, settings) }
}

extension TextTokens {
  /// The prompt's tokens after the first count as something to learn.
  fileprivate var learningPromptToo: TextTokens {
    TextTokens(prompt: Array(prompt.prefix(1)), response: prompt.dropFirst() + response, isCut: isCut)
  }

  /// What belongs to the tokens that are learned, of what belongs to each of the response; of nothing, nothing.
  fileprivate func learned<Element>(of elements: [Element]) -> [Element] {
    guard let isLearned, elements.count == isLearned.count else { return elements }
    return zip(elements, isLearned).filter { $1 }.map { $0.0 }
  }
}

extension [TextTokens] {
  /// Gradients of the tokens that are learned, with 0 for each of the others between them.
  fileprivate func spread(_ gradients: [Float]) -> [Float] {
    guard contains(where: { $0.isLearned != nil }) else { return gradients }
    var (result, next): ([Float], Int) = ([], 0)
    for text in self {
      for isLearned in text.isLearned ?? [Bool](repeating: true, count: text.response.count) {
        result.append(isLearned ? gradients[next] : 0)
        if isLearned { next += 1 }
      }
    }
    return result
  }
}
