import Autodiff
import Objectives
import Simulation
import Transformers

// What it does differently from Ouyang et al. 2022, section 3.5, and from TRL's standards:
//
// 1. Completions alone are learned, unless completion_only_loss is off; the token that ends a text is one of theirs.
// 2. Texts are neither packed nor padded, and there is no dropout.
// 3. The loss of a step is the mean over its tokens, however it is split into passes.

/// Supervised fine-tuning: the tokens of given completions become more likely.
///
/// Source: Ouyang et al. 2022, section 3.5; TRL `SFTTrainer`, whose loss is the mean over all completion tokens of an
/// optimizer step, however it is split into passes.
struct SupervisedObjective: ExampleObjective {
  let model: LanguageModel
  var settings: TrainingSettings
  let prompts: [String]
  let headline = ["loss", "eval_loss"]

  func items(_ data: Dataset) throws(TrainingError) -> [TextTokens] {
    let limit = settings.integer(.maxLength)
    let answersAlone = settings.flag(.assistantOnlyLoss)
    return try data.examples.map { (example) throws(TrainingError) in
      func failure(_ message: String) -> TrainingError {
        TrainingError(.badData, "\(example.source):\(example.line): \(message)")
      }
      guard !answersAlone || example.answers != nil else {
        throw failure("assistant_only_loss needs a conversation, in the column 'messages'")
      }
      guard !answersAlone || example.answers?.isEmpty == false else {
        throw failure("the assistant says nothing in this conversation: with assistant_only_loss nothing is learned")
      }
      let text = model.tokens(of: example, example.completion, limit: limit)
      let all = settings.flag(.completionOnlyLoss) || answersAlone ? text : text.learningPromptToo
      guard weight(all) > 0 else { throw failure("nothing is left to learn within max_length \(limit)") }
      return all
    }
  }

  func weight(_ item: TextTokens) -> Int { item.isLearned?.count { $0 } ?? item.response.count }

  func tokenCount(_ item: TextTokens) -> Int { item.prompt.count + item.response.count }

  func texts(_ items: [TextTokens]) -> TokenBatch {
    .scoring(items.map { $0.all }, from: items.map { $0.prompt.count })
  }

  func loss(_ items: [TextTokens], _ pass: ForwardPass, title: String?, observer: TrainerObserver) -> (PassLoss, Batch)
  {
    let rows = pass.rows(pass.logps)
    let sequences = zip(items, rows).map { text, logps in
      let shown = model.shown(text, if: title != nil)
      return Batch.SupervisedSequence(
        prompt: shown.prompt, tokens: text.learned(of: shown.words), logp: text.learned(of: logps))
    }
    let batch = Batch(title: "sft, \(title ?? "")", settings: settings.objective, contents: .demonstrations(sequences))
    defer { observer.tape.truncate(to: 0) }
    let update = batch.update(on: sequences, observer: observer)
    _ = observer.takeMetrics()
    let learned = observer.tape.gradient(of: update.loss).rows(update.logps)
    let gradients = items.spread(learned)
    return (PassLoss(gradients: gradients, metrics: [MetricValue("loss", update.loss.value)]), batch)
  }

  func samples(_ count: Int, step: Int) -> [Sample] { model.samples(of: prompts, count: count, step: step, settings) }
}

extension TextTokens {
  /// The prompt's tokens after the first count as something to learn.
  fileprivate var learningPromptToo: TextTokens {
    TextTokens(prompt: Array(prompt.prefix(1)), response: prompt.dropFirst() + response)
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
