import Autodiff
import Objectives
import Simulation
import Transformers

// What it does differently from the papers:
//
// 1. One model, and nobody errs by chance; Christiano et al. 2017 have an ensemble and 10 % of random answers.
// 2. Pairs are independent examples; Ouyang et al. 2022, equation 1, take all pairs of a prompt at once.
// 3. Scores are drawn to a mean of 0 by center_rewards_coefficient, if at all, and not shifted at the end.

/// A reward model from preferences: the chosen response is to score higher.
///
/// Source: Christiano et al. 2017, equation 1; TRL `RewardTrainer`. The score is read at the last token, the one that
/// ends the text.
struct RewardObjective: ExampleObjective {
  /// With a scalar head.
  let model: LanguageModel
  var settings: TrainingSettings
  /// The examples whose scores are shown.
  let examples: [Example]
  let headline = ["loss", "accuracy", "eval_accuracy"]

  func weight(_ item: PairTokens) -> Int { 1 }

  func tokenCount(_ item: PairTokens) -> Int { item.tokenCount }

  func texts(_ items: [PairTokens]) -> TokenBatch {
    let texts = items.map { $0.chosen.all } + items.map { $0.rejected.all }
    return TokenBatch(texts, reading: texts.map { $0.count - 1..<$0.count })
  }

  func loss(_ items: [PairTokens], _ pass: ForwardPass, title: String?, observer: TrainerObserver) -> (PassLoss, Batch)
  {
    let scores = pass.values.map(Double.init)
    let pairs = items.enumerated().map { i, pair in
      let chosen = model.shown(pair.chosen, if: title != nil)
      let rejected = model.shown(pair.rejected, if: title != nil)
      return Batch.RewardPair(
        prompt: chosen.prompt, chosen: .init(tokens: chosen.words, score: scores[i]),
        rejected: .init(tokens: rejected.words, score: scores[items.count + i]), margin: pair.margin)
    }
    let batch = Batch(title: "reward, \(title ?? "")", settings: settings.objective, contents: .scoredPairs(pairs))
    defer { observer.tape.truncate(to: 0) }
    let update = batch.update(on: pairs, observer: observer)
    let gradients = observer.tape.gradient(of: update.result.loss).rows([update.chosen + update.rejected])
    recordRewardModelMetrics(update.result, observer: observer)
    let metrics = [MetricValue("loss", update.result.loss.value)] + observer.takeMetrics()
    return (PassLoss(gradients: gradients, metrics: metrics), batch)
  }

  func samples(_ count: Int, step: Int) -> [Sample] {
    examples.prefix(count).flatMap { example in
      [example.chosen, example.rejected].compactMap { $0 }.map { text in
        let tokens = model.tokens(of: example, text, limit: TextLimit(settings))
        return Sample(
          step: step, prompt: example.prompt, completion: text, reward: model.model.scores([tokens.all]).first)
      }
    }
  }
}
