import Autodiff
import Objectives
import Simulation
import Transformers

// What it does differently from Rafailov et al. 2023:
//
// 1. What the reference says is computed once, before training, since neither it nor the pairs change.
// 2. AdamW instead of RMSprop.
// 3. Prompts and responses are made into tokens by themselves, and a response has the token that ends it, as in TRL.
// 4. loss_type names the losses that others derived from this one; some need no reference, and then none is asked.

/// Direct preference optimisation: no reward model and no sampling, a loss on pairs alone.
///
/// Source: Rafailov et al. 2023, equation 7; TRL `DPOTrainer`. The frozen reference's log-probabilities are computed once,
/// before training.
struct PreferenceObjective: ExampleObjective {
  /// A pair with the reference's log-probabilities of its tokens, if the loss needs a reference.
  struct Item {
    let pair: PairTokens
    let chosenReference, rejectedReference: [Double]?
  }

  let model: LanguageModel
  var settings: TrainingSettings
  let prompts: [String]
  let headline = ["loss", "rewards/accuracies", "eval_rewards/accuracies"]

  /// - Parameter reference: The frozen model, which may be the policy as it is now.
  func items(_ pairs: [PairTokens], reference: Transformer) -> [Item] {
    guard PreferenceLoss.chosen(by: settings.objective).needsReference else {
      return pairs.map { Item(pair: $0, chosenReference: nil, rejectedReference: nil) }
    }
    return pairs.inParts(of: settings.integer(.batchSize)).flatMap { pairs in
      let logps = reference.logps(pairs.map { $0.chosen } + pairs.map { $0.rejected })
      return pairs.enumerated().map { i, pair in
        Item(pair: pair, chosenReference: logps[i], rejectedReference: logps[pairs.count + i])
      }
    }
  }

  func weight(_ item: Item) -> Int { 1 }

  func tokenCount(_ item: Item) -> Int { item.pair.tokenCount }

  func texts(_ items: [Item]) -> TokenBatch {
    let texts = items.map { $0.pair.chosen } + items.map { $0.pair.rejected }
    return .scoring(texts.map { $0.all }, from: texts.map { $0.prompt.count })
  }

  func loss(_ items: [Item], _ pass: ForwardPass, title: String?, observer: TrainerObserver) -> (PassLoss, Batch) {
    let logps = pass.rows(pass.logps)
    let pairs = items.enumerated().map { i, item in
      let chosen = model.shown(item.pair.chosen, if: title != nil)
      let rejected = model.shown(item.pair.rejected, if: title != nil)
      return Batch.Pair(
        prompt: chosen.prompt,
        chosen: .init(tokens: chosen.words, logp: logps[i], refLogp: item.chosenReference),
        rejected: .init(tokens: rejected.words, logp: logps[items.count + i], refLogp: item.rejectedReference))
    }
    let batch = Batch(title: "dpo, \(title ?? "")", settings: settings.objective, contents: .pairs(pairs))
    defer { observer.tape.truncate(to: 0) }
    let update = batch.update(on: pairs, observer: observer)
    let gradients = observer.tape.gradient(of: update.result.loss).rows(update.chosen + update.rejected)
    recordPreferenceMetrics(update.result, observer: observer)
    let metrics = [MetricValue("loss", update.result.loss.value)] + observer.takeMetrics()
    return (PassLoss(gradients: gradients, metrics: metrics), batch)
  }

  func samples(_ count: Int, step: Int) -> [Sample] { model.samples(of: prompts, count: count, step: step, settings) }
}
