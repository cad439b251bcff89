import Autodiff
import Objectives
import Simulation
import Transformers

// What it does differently from Rafailov et al. 2023:
//
// 1. What the reference says of a pair is computed once, when the pair comes for the first time, since neither changes; with
//    precompute_ref_log_probs for all pairs before training, which saves its memory; with sync_ref_model (Gorbatovski et al.
//    2024) it changes, and is asked before each pass.
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
    /// What a frozen reference has said of the pair.
    let kept = Kept()
    /// `log Σ_v π(v)²` of the policy before each token, where pairs are weighed.
    var chosenSquares, rejectedSquares: [Double]?
  }

  /// What is asked once; the pair's copies share it.
  final class Kept {
    var chosen, rejected: [Double]?
  }

  /// Where the reference's log-probabilities come from.
  enum Reference {
    /// A model that does not change, and is asked once for each pair.
    case frozen(AskedModel)
    /// A model that follows the policy.
    case following(Transformer)
    /// The pairs have them already, or none are needed.
    case known
  }

  let model: LanguageModel
  let reference: Reference
  var settings: TrainingSettings
  /// The examples to whose prompts answers are shown.
  let examples: [Example]
  let headline = ["loss", "rewards/accuracies", "eval_rewards/accuracies"]

  init(model: LanguageModel, reference: Reference, settings: TrainingSettings, examples: [Example]) {
    let isNeeded = PreferenceLoss.chosen(by: settings.objective).needsReference
    (self.model, self.reference) = (model, isNeeded ? reference : .known)
    (self.settings, self.examples) = (settings, examples)
  }

  func items(_ pairs: [PairTokens]) -> [Item] { pairs.map { Item(pair: $0) } }

  /// Asks the policy as it is now, which is the reference before the first step, for all pairs.
  ///
  /// - Parameters:
  ///   - pairs: In tokens.
  ///   - reach: Told how many are done.
  func itemsAskedNow(_ pairs: [PairTokens], reach: (Int) -> Void) -> [Item] {
    let items = items(pairs)
    guard PreferenceLoss.chosen(by: settings.objective).needsReference else { return items }
    var done: [Item] = []
    for part in items.inParts(of: settings.integer(.batchSize)) {
      done += asked(part, model.model)
      reach(done.count)
    }
    return done
  }

  /// The pairs with what a reference says of them.
  private func asked(_ items: [Item], _ reference: Transformer) -> [Item] {
    guard !items.isEmpty else { return [] }
    var items = items
    let logps = reference.logps(items.map { $0.pair.chosen } + items.map { $0.pair.rejected })
    for i in items.indices {
      items[i].chosenReference = logps[i]
      items[i].rejectedReference = logps[items.count + i]
    }
    return items
  }

  /// The same, asking only for pairs that have not come before: what is said of one does not depend on the others.
  private func askedOnce(_ passes: [[Item]], _ reference: AskedModel) throws(TrainingError) -> [[Item]] {
    let new = passes.map { $0.filter { $0.kept.chosen == nil } }.filter { !$0.isEmpty }
    if !new.isEmpty {
      try reference.ask { reference in
        for item in new.flatMap({ asked($0, reference) }) {
          (item.kept.chosen, item.kept.rejected) = (item.chosenReference, item.rejectedReference)
        }
      }
    }
    return passes.map { items in
      items.map { item in
        var item = item
        (item.chosenReference, item.rejectedReference) = (item.kept.chosen, item.kept.rejected)
        return item
      }
    }
  }

  func ready(_ passes: [[Item]]) throws(TrainingError) -> [[Item]] {
    let passes =
      switch reference {
      case .frozen(let reference): try askedOnce(passes, reference)
      case .following(let reference): passes.map { asked($0, reference) }
      case .known: passes
      }
    return settings.objective.flag(.pairWeighting) ? passes.map { weighed($0) } : passes
  }

  private func weighed(_ items: [Item]) -> [Item] {
    var items = items
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
    guard case .following(let following) = reference, step % settings.objective.integer(.referenceSyncSteps) == 0 else {
      return
    }
    following.move(towards: model.model, by: Float(settings.objective.number(.referenceMixup)))
  }

  var followers: [(name: String, model: Transformer)] {
    if case .following(let model) = reference { [("reference", model)] } else { [] }
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
        chosen: .init(
          tokens: chosen.words, logp: logps[i], refLogp: item.chosenReference, logSumSquares: item.chosenSquares,
          score: item.pair.scores?.chosen),
        rejected: .init(
          tokens: rejected.words, logp: logps[items.count + i], refLogp: item.rejectedReference,
          logSumSquares: item.rejectedSquares, score: item.pair.scores?.rejected),
        margin: item.pair.margin)
    }
    let batch = Batch(
      title: "\(settings.trainer.name), \(title ?? "")", settings: settings.objective, contents: .pairs(pairs))
    defer { observer.tape.truncate(to: 0) }
    let update = batch.update(on: pairs, observer: observer)
    let gradients = observer.tape.gradient(of: update.result.loss).rows(update.chosen + update.rejected)
    recordPreferenceMetrics(update.result, observer: observer)
    let metrics = [MetricValue("loss", update.result.loss.value)] + observer.takeMetrics()
    return (PassLoss(gradients: gradients, metrics: metrics), batch)
  }

  func samples(_ count: Int, step: Int) -> [Sample] { model.samples(of: examples, count: count, step: step, settings) }
}
