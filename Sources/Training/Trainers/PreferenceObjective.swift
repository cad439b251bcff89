import Autodiff
import Objectives
import Simulation
import Transformers

// What it does differently from Rafailov et al. 2023:
//
// 1. What the reference says is computed once, before training, since neither it nor the pairs change; with sync_ref_model
//    (Gorbatovski et al. 2024) it changes, and is asked before each pass.
// 2. AdamW instead of RMSprop.
// 3. Prompts and responses are made into tokens by themselves, and a response has the token that ends it, as in TRL.
// 4. loss_type names the losses that others derived from this one; some need no reference, and then none is asked.

/// Direct preference optimisation: no reward model and no sampling, a loss on pairs alone.
///
/// Source: Rafailov et al. 2023, equation 7; TRL `DPOTrainer`.
struct PreferenceObjective: ExampleObjective {
  /// A pair with the reference's log-probabilities of its tokens, if the loss needs a reference.
  struct Item {
    let pair: PairTokens
    var chosenReference, rejectedReference: [Double]?
    /// `log Σ_v π(v)²` of the policy before each token, where pairs are weighed.
    var chosenSquares, rejectedSquares: [Double]?
  }

  let model: LanguageModel
  /// The reference where it follows the policy; nil where what it says is in the items.
  let following: Transformer?
  var settings: TrainingSettings
  let prompts: [String]
  let headline = ["loss", "rewards/accuracies", "eval_rewards/accuracies"]

  /// - Parameter reference: The frozen model, which may be the policy as it is now.
  func items(_ pairs: [PairTokens], reference: Transformer) -> [Item] {
    let items = pairs.map { Item(pair: $0) }
    guard needsReference, following == nil else { return items }
    return items.inParts(of: settings.integer(.batchSize)).flatMap { asked($0, reference) }
  }

  private var needsReference: Bool { PreferenceLoss.chosen(by: settings.objective).needsReference }

  /// The pairs with what a reference says of them.
  private func asked(_ items: [Item], _ reference: Transformer) -> [Item] {
    var items = items
    let logps = reference.logps(items.map { $0.pair.chosen } + items.map { $0.pair.rejected })
    for i in items.indices {
      items[i].chosenReference = logps[i]
      items[i].rejectedReference = logps[items.count + i]
    }
    return items
  }

  func ready(_ items: [Item]) -> [Item] {
    var items = items
    if let following, needsReference { items = asked(items, following) }
    guard settings.objective.flag(.pairWeighting) else { return items }
    // log Σ π² is log Σ e^2z − 2 log Σ e^z, and twice a token's log-probability minus that at half the temperature is just that.
    let texts = items.map { $0.pair.chosen } + items.map { $0.pair.rejected }
    let squares = zip(model.model.logps(texts), model.model.logps(texts, temperature: 0.5)).map { plain, sharp in
      zip(plain, sharp).map { 2 * $0 - $1 }
    }
    for i in items.indices {
      items[i].chosenSquares = squares[i]
      items[i].rejectedSquares = squares[items.count + i]
    }
    return items
  }

  func didStep(_ step: Int) {
    guard let following, step % settings.objective.integer(.referenceSyncSteps) == 0 else { return }
    following.move(towards: model.model, by: Float(settings.objective.number(.referenceMixup)))
  }

  var followers: [(name: String, model: Transformer)] { following.map { [("reference", $0)] } ?? [] }

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
        chosen: .init(
          tokens: chosen.words, logp: logps[i], refLogp: item.chosenReference, logSumSquares: item.chosenSquares),
        rejected: .init(
          tokens: rejected.words, logp: logps[items.count + i], refLogp: item.rejectedReference,
          logSumSquares: item.rejectedSquares),
        margin: item.pair.margin)
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
