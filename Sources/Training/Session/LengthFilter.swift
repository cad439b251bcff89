import Formats
import Objectives
import Transformers

/// Leaves out the examples of which nothing remains within the limits of their length, and says what was cut.
///
/// Source: TRL `SFTTrainer._prepare_dataset`, which drops examples without anything to learn; here it is said.
struct LengthFilter {
  let model: LanguageModel
  let settings: TrainingSettings

  /// What a limit does to an example.
  private enum Fit {
    case whole, nothing
    /// Something is cut off; of a pair, perhaps all in which the two responses differ.
    case cut(isAlike: Bool)
  }

  /// The data that remain; an error if none do.
  ///
  /// - Parameters:
  ///   - data: Of the kind that the settings' trainer learns from.
  ///   - say: Receives a sentence for each kind of change.
  func filtered(_ data: Dataset, say: (String) -> Void) throws(TrainingError) -> Dataset {
    var (kept, cut, alike, empty): ([Example], [Example], [Example], [Example]) = ([], [], [], [])
    for example in data.examples {
      switch try fit(example, data.kind) {
      case .whole: kept.append(example)
      case .nothing: empty.append(example)
      case .cut(let isAlike):
        cut.append(example)
        guard truncation != .skip else { continue }
        kept.append(example)
        if isAlike { alike.append(example) }
      }
    }
    guard !kept.isEmpty else {
      throw TrainingError(
        .badData, "\(data.name): no example has anything to learn within \(limitText): raise max_length")
    }
    if let first = cut.first { say("note: \(data.told(cut, "longer than \(limitText)", first)): \(whatIsCut)") }
    if let first = alike.first {
      say(
        "note: \(data.told(alike, "the same in chosen and rejected within \(limitText)", first)): nothing can be learned of "
          + "\(alike.count == 1 ? "it" : "them"), for all in which the two differ is cut off")
    }
    if let first = empty.first {
      say("note: \(data.told(empty, "without anything to learn within \(limitText)", first)): left out")
    }
    return Dataset(name: data.name, kind: data.kind, examples: kept)
  }

  private var truncation: Truncation {
    settings.trainer.samples ? .keepEnd : TextLimit(settings).truncation
  }

  private var limitText: String {
    let option: TrainingOption = settings.trainer.samples ? .maxPromptLength : .maxLength
    let room = settings.trainer.samples ? model.promptLimit(settings) : model.model.configuration.positionLimit
    let wanted = settings.integer(option)
    return wanted > room ? "the \(room) tokens that the model has room for" : "\(option.name) \(wanted)"
  }

  private var whatIsCut: String {
    switch truncation {
    case .keepStart: "their end is cut off; truncation_mode=skip leaves them out"
    case .keepEnd: "their beginning is cut off"
    case .skip: "left out"
    }
  }

  private func fit(_ example: Example, _ kind: Dataset.Kind) throws(TrainingError) -> Fit {
    let texts: [TextTokens]
    switch kind {
    case .prompts:
      let isLong = model.promptTokens(of: example).count > model.promptLimit(settings)
      return isLong ? .cut(isAlike: false) : .whole
    case .completions:
      let objective = SupervisedObjective(model: model, settings: settings, examples: [])
      let text = try objective.text(of: example)
      guard objective.weight(text) > 0 else { return .nothing }
      texts = [text]
    case .pairs, .judgements:
      let responses = kind == .pairs ? [example.chosen, example.rejected] : [example.completion]
      texts = responses.map { model.tokens(of: example, $0, limit: TextLimit(settings)) }
      guard texts.allSatisfy({ !$0.response.isEmpty }) else { return .nothing }
    }
    guard texts.contains(where: { $0.isCut }) else { return .whole }
    return .cut(isAlike: texts.count == 2 && texts[0].all == texts[1].all)
  }
}

extension Dataset {
  /// `3 of 10 examples are … (the first is data.jsonl:4)`.
  fileprivate func told(_ found: [Example], _ what: String, _ first: Example) -> String {
    let place = "\(first.source):\(first.line)"
    return "\(found.count) of \(examples.count) examples \(found.count == 1 ? "is" : "are") \(what) "
      + (found.count == 1 ? "(\(place))" : "(the first is \(place))")
  }
}
