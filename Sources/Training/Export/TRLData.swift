import Documents

/// The examples of a run as JSON lines in TRL's columns, and the order in which the run reads them.
struct TRLData {
  let inputs: RunInputs
  let settings: TrainingSettings
  let seal: DatasetSeal
  let position: TRLPosition

  private var examples: [Example] { inputs.data.examples }
  private var trainer: Trainer { settings.trainer }

  /// Writes `data/` and says where what is.
  func write(to folder: String) throws(TrainingError) -> [TRLTranslation.Line] {
    var lines: [TRLTranslation.Line] = []
    func write(_ name: String, _ file: String, _ text: String, _ comment: String) throws(TrainingError) {
      try RunFile.write(text, to: "\(folder)/data/\(file)")
      lines.append(.init(name: name, value: "data/\(file)", comment: comment))
    }
    try write("train_data", "train.jsonl", Self.text(examples), "what is learned from")
    if let held = inputs.heldOut, !held.examples.isEmpty, trainer.trl.evaluates, settings.integer(.evalSteps) > 0 {
      try write("eval_data", "eval.jsonl", Self.text(held.examples), "what is evaluated on")
    }
    if trainer.samples {
      try write("data_order", "order.jsonl", Self.text([(0, promptsLeft)]), "the prompts of all rounds that are left")
    } else if settings.flag(.shuffle) {
      try write("data_order", "order.jsonl", Self.text(epochsLeft), "each epoch's order; null is the file's")
    }
    return lines
  }

  /// How TRL treats the data differently, or how it is no longer the run's.
  var remarks: [String] {
    var remarks = [seal.complaint].compactMap(\.self)
    let rest = examples.count % settings.examplesPerRound
    if !trainer.samples, rest != 0, endsAnEpoch {
      let last =
        "the last step of an epoch, of \(rest) example\(rest == 1 ? "" : "s") instead of \(settings.examplesPerRound)"
      remarks.append("\(last): on several GPUs accelerate fills it up with the epoch's first ones")
      if !trainer.trl.weighsPassesByTokens, settings.integer(.gradientAccumulationSteps) > 1 {
        remarks.append("\(last): TRL gives its passes the same weight, whatever their size")
      }
    }
    return remarks + trainer.trl.remarks(inputs)
  }

  /// Whether a step that is left is the last one of an epoch.
  private var endsAnEpoch: Bool {
    let perEpoch = DataOrder(examples.count, settings).stepsPerEpoch(settings.examplesPerRound)
    return position.totalSteps / perEpoch > position.step / perEpoch
  }

  /// The orders of the epochs that are not over.
  private var epochsLeft: [(Int, [Int])] {
    let order = DataOrder(examples.count, settings)
    let perEpoch = order.stepsPerEpoch(settings.examplesPerRound)
    return (position.step / perEpoch...(position.totalSteps - 1) / perEpoch).map { ($0, order.epoch($0)) }
  }

  private var promptsLeft: [Int] {
    let steps = position.totalSteps - position.step
    let rounds = (steps + settings.stepsPerRound - 1) / settings.stepsPerRound
    let size = settings.examplesPerRound
    return DataOrder(examples.count, settings).endless(
      from: position.roundsDone(trainer) * size, size: rounds * size)
  }
}

extension TRLData {
  private static func text(_ orders: [(epoch: Int, examples: [Int])]) -> String {
    orders.map { order in
      let numbers = order.examples.map(String.init).joined(separator: ", ")
      return #"{"epoch": \#(order.epoch), "examples": [\#(numbers)]}"# + "\n"
    }.joined()
  }

  private static func text(_ examples: [Example]) -> String {
    let mixed = mixedColumns(examples)
    return examples.map { line($0, asText: mixed) + "\n" }.joined()
  }

  /// Columns that mix texts with other values: a column of a `Dataset` has one type.
  private static func mixedColumns(_ examples: [Example]) -> Set<String> {
    var (texts, others): (Set<String>, Set<String>) = ([], [])
    for column in examples.flatMap(\.columns) {
      switch column.value.value {
      case .string: texts.insert(column.key)
      case .bool, .number: others.insert(column.key)
      case .null, .list, .object: break
      }
    }
    return texts.intersection(others)
  }

  private static func line(_ example: Example, asText mixed: Set<String>) -> String {
    var json = JSONWriter()
    json.beginObject()
    let texts = [
      ("prompt", example.prompt), ("completion", example.completion), ("chosen", example.chosen),
      ("rejected", example.rejected), ("group", example.group),
    ]
    for case (let key, let text?) in texts {
      json.key(key)
      json.string(text)
    }
    if example.isConversation { json.member("is_conversation", true) }
    if let answers = example.answers {
      json.key("answers")
      json.beginArray()
      for answer in answers {
        json.beginArray()
        for bound in [answer.lowerBound, answer.upperBound] { json.integer(bound) }
        json.endArray()
      }
      json.endArray()
    }
    if let isDesirable = example.isDesirable { json.member("label", isDesirable) }
    if let margin = example.margin { json.member("margin", number: margin) }
    // Rewards read them; nobody else does.
    if example.completion == nil, example.chosen == nil {
      if let conversation = example.conversation { json.member("conversation", conversation.json) }
      for column in example.columns {
        json.key(column.key)
        // Rewards compare texts, so the text that they would make of it is as good.
        if mixed.contains(column.key), let text = try? example.text(ofColumn: column.key) {
          json.string(text)
        } else {
          json.write(column.value)
        }
      }
    }
    json.endObject()
    return json.text
  }
}
