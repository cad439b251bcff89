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
    return try data.examples.map { (example) throws(TrainingError) in
      let text = model.tokens(prompt: example.prompt, completion: example.completion ?? "", limit: limit)
      let all = settings.flag(.completionOnlyLoss) ? text : text.learningPromptToo
      guard !all.response.isEmpty else {
        throw TrainingError(
          .badData, "\(example.source):\(example.line): nothing is left to learn within max_length \(limit)")
      }
      return all
    }
  }

  func weight(_ item: TextTokens) -> Int { item.response.count }

  func tokenCount(_ item: TextTokens) -> Int { item.prompt.count + item.response.count }

  func texts(_ items: [TextTokens]) -> TokenBatch {
    .scoring(items.map { $0.all }, from: items.map { $0.prompt.count })
  }

  func loss(_ items: [TextTokens], _ pass: ForwardPass, title: String?, observer: TrainerObserver) -> (PassLoss, Batch)
  {
    let sequences = zip(items, pass.rows(pass.logps)).map { text, logps in
      let shown = model.shown(text, if: title != nil)
      return Batch.SupervisedSequence(prompt: shown.prompt, tokens: shown.words, logp: logps)
    }
    let batch = Batch(title: "sft, \(title ?? "")", settings: settings.objective, contents: .demonstrations(sequences))
    defer { observer.tape.truncate(to: 0) }
    let update = batch.update(on: sequences, observer: observer)
    _ = observer.takeMetrics()
    let gradients = observer.tape.gradient(of: update.loss).rows(update.logps)
    return (PassLoss(gradients: gradients, metrics: [MetricValue("loss", update.loss.value)]), batch)
  }

  func samples(_ count: Int, step: Int) -> [Sample] { model.samples(of: prompts, count: count, step: step, settings) }
}

extension TextTokens {
  /// The prompt's tokens after the first count as something to learn.
  fileprivate var learningPromptToo: TextTokens {
    TextTokens(prompt: Array(prompt.prefix(1)), response: prompt.dropFirst() + response)
  }
}
