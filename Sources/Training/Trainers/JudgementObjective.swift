import Autodiff
import Objectives
import Simulation
import Transformers

// What it does differently from Ethayarajh et al. 2024, KTO, section 4.1:
//
// 1. AdamW instead of RMSprop.
// 2. The reference point is estimated from the responses of one forward pass, each after the prompt of the next one, as in
//    TRL; a pass of a single response has nothing to mismatch, and its reference point is 0.
// 3. What the reference says of a response is computed once, when it comes for the first time; what it says of mismatched
//    ones, in every step, since the order of the data decides what is mismatched.
// 4. With gradient accumulation each pass has a reference point of its own, and passes are averaged by their responses, as
//    in TRL.
// 5. The weights of the two kinds are 1 whatever their shares are; the paper wants λ_D n_D : λ_U n_U between 1 : 1 and 4 : 3.

/// Learning from judgements: single responses, desirable or not, each compared with how far the policy has moved at all.
///
/// Source: Ethayarajh et al. 2024, equations 7 and 8; TRL `KTOTrainer`.
struct JudgementObjective: ExampleObjective {
  /// A judged response with the reference's log-probabilities of its tokens.
  struct Item {
    let text: TextTokens
    let isDesirable: Bool
    /// Empty before the item is ready.
    var reference: [Double] = []
    /// What policy and reference say of the prompt before the response of the one ahead of it in its pass; nil if nothing is
    /// compared with that.
    fileprivate var mismatched: (logp: [Double], reference: [Double])?
    fileprivate let kept = Kept()

    init(text: TextTokens, isDesirable: Bool) { (self.text, self.isDesirable) = (text, isDesirable) }
  }

  /// What the reference has said; an item's copies share it.
  fileprivate final class Kept {
    var reference: [Double]?
  }

  let model: LanguageModel
  /// Frozen: the policy as it is before the first step.
  let reference: AskedModel
  var settings: TrainingSettings
  /// The examples to whose prompts answers are shown.
  let examples: [Example]
  let headline = ["loss", "rewards/margins", "eval_rewards/margins"]

  /// The first combination of options that is refused, if any.
  static func problem(_ settings: TrainingSettings) -> String? {
    settings.objective.choice(.judgementLoss) == "kto" && settings.integer(.batchSize) < 2
      ? "loss_type kto needs at least two responses in each pass, to mismatch prompts and responses: raise batch_size"
      : nil
  }

  func items(_ data: Dataset) throws(TrainingError) -> [Item] {
    let texts = try data.examples.map { (example) throws(TrainingError) in
      try model.response(to: example, example.completion, limit: TextLimit(settings))
    }
    return zip(texts, data.examples).map { Item(text: $0, isDesirable: $1.isDesirable == true) }
  }

  func ready(_ passes: [[Item]]) throws(TrainingError) -> [[Item]] {
    let isKnown = passes.allSatisfy { $0.allSatisfy { $0.kept.reference != nil } && mismatchedTexts($0) == nil }
    if isKnown { return passes.map { ready($0, nil) } }
    return try reference.ask { reference in passes.map { ready($0, reference) } }
  }

  /// - Parameter reference: nil if nothing is to be asked of it.
  private func ready(_ items: [Item], _ reference: Transformer?) -> [Item] {
    var items = items
    if let reference {
      let new = items.filter { $0.kept.reference == nil }
      if !new.isEmpty {
        for (item, logps) in zip(new, reference.logps(new.map { $0.text })) { item.kept.reference = logps }
      }
      if let texts = mismatchedTexts(items) {
        let (logps, references) = (model.model.logps(texts), reference.logps(texts))
        for i in items.indices { items[i].mismatched = (logps[i], references[i]) }
      }
    }
    for i in items.indices { items[i].reference = items[i].kept.reference ?? [] }
    return items
  }

  func weight(_ item: Item) -> Int { 1 }

  func tokenCount(_ item: Item) -> Int { item.text.all.count }

  func texts(_ items: [Item]) -> TokenBatch {
    .scoring(items.map { $0.text.all }, from: items.map { $0.text.prompt.count })
  }

  func loss(_ items: [Item], _ pass: ForwardPass, title: String?, observer: TrainerObserver) -> (PassLoss, Batch) {
    let logps = pass.rows(pass.logps)
    let examples = items.enumerated().map { i, item in
      let shown = model.shown(item.text, if: title != nil)
      return Batch.JudgedExample(
        prompt: shown.prompt, isDesirable: item.isDesirable, tokens: shown.words, logp: logps[i],
        refLogp: item.reference, klLogp: item.mismatched?.logp, klRefLogp: item.mismatched?.reference)
    }
    let batch = Batch(title: "kto, \(title ?? "")", settings: settings.objective, contents: .judgements(examples))
    defer { observer.tape.truncate(to: 0) }
    let update = batch.update(on: examples, observer: observer)
    let gradients = observer.tape.gradient(of: update.result.loss).rows(update.logps)
    recordJudgementMetrics(update.result, observer: observer)
    let metrics = [MetricValue("loss", update.result.loss.value)] + observer.takeMetrics()
    return (PassLoss(gradients: gradients, metrics: metrics), batch)
  }

  /// Each prompt of a pass before the response of the one ahead of it; nil if nothing is compared with that.
  private func mismatchedTexts(_ items: [Item]) -> [TextTokens]? {
    guard settings.objective.choice(.judgementLoss) == "kto", items.count > 1 else { return nil }
    let limit = min(settings.integer(.maxLength), model.model.configuration.positionLimit)
    return items.indices.map { n in
      let (prompt, other) = (items[n].text.prompt, items[(n + items.count - 1) % items.count].text.response)
      return TextTokens(prompt: prompt, response: Array(other.prefix(max(0, limit - prompt.count))))
    }
  }

  func samples(_ count: Int, step: Int) -> [Sample] { model.samples(of: examples, count: count, step: step, settings) }
}
