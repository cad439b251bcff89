import Autodiff
import Objectives
import Simulation
import Transformers

/// A reward model from preferences: the chosen response shall score higher.
///
/// Source: Christiano et al. 2017, equation 1; TRL `RewardTrainer`. The score is read at the last token, the one that
/// ends the text.
struct RewardObjective: ExampleObjective {
  /// With a scalar head.
  let model: LanguageModel
  let settings: TrainingSettings
  /// What to show the scores of.
  let examples: [Example]
  let headline = ["loss", "accuracy", "eval_accuracy"]

  func weight(_ item: PairTokens) -> Int { 1 }

  func tokenCount(_ item: PairTokens) -> Int { item.tokenCount }

  func texts(_ items: [PairTokens]) -> TokenBatch {
    let texts = items.map(\.chosen.all) + items.map(\.rejected.all)
    return TokenBatch(texts, reading: texts.map { $0.count - 1..<$0.count })
  }

  func loss(_ items: [PairTokens], _ pass: ForwardPass, title: String?, observer: TrainerObserver) -> PassLoss {
    let scores = pass.values.map(Double.init)
    let pairs = items.enumerated().map { i, pair in
      let chosen = model.shown(pair.chosen, if: title != nil)
      let rejected = model.shown(pair.rejected, if: title != nil)
      return Batch.RewardPair(
        prompt: chosen.prompt, chosen: .init(tokens: chosen.words, score: scores[i]),
        rejected: .init(tokens: rejected.words, score: scores[items.count + i]))
    }
    let batch = Batch(title: "reward, \(title ?? "")", settings: settings.objective, contents: .scoredPairs(pairs))
    defer { observer.tape.truncate(to: 0) }
    let update = batch.update(on: pairs, observer: observer)
    let gradients = observer.tape.gradient(of: update.result.loss).rows([update.chosen + update.rejected])
    recordRewardModelMetrics(update.result, observer: observer)
    return PassLoss(
      batch: batch, gradients: gradients,
      metrics: [MetricValue("loss", update.result.loss.value)] + observer.takeMetrics())
  }

  func samples(_ count: Int, step: Int) -> [Sample] {
    examples.prefix(count).flatMap { example in
      [example.chosen, example.rejected].compactMap(\.self).map { text in
        let tokens = model.tokens(prompt: example.prompt, completion: text, limit: settings.integer(.maxLength))
        return Sample(
          step: step, prompt: example.prompt, completion: text, reward: model.model.scores([tokens.all]).first)
      }
    }
  }
}
