import Objectives
public import Recording

extension Scenario {
  /// Reads a scenario; what is wrong in it is reported with its line and column.
  ///
  /// All keys but `algorithm` may be left out; the built-in scenario of that algorithm supplies them.
  public init(_ document: Document, name: String) throws(DocumentError) {
    let fields = try document.object("the scenario")
    try fields.rejectUnknown(allowed: ["algorithm", "title", "seed", "options", "world"])
    let algorithmField = try fields.required("algorithm")
    let algorithmName = try algorithmField.string("algorithm")
    guard let base = Scenario.builtIn.first(where: { $0.algorithm.rawValue == algorithmName }) else {
      let names = Scenario.builtIn.map { $0.algorithm.rawValue }.joined(separator: ", ")
      throw algorithmField.error("algorithm must be one of \(names), not '\(algorithmName)'")
    }
    self = base
    self.name = name
    title = try fields.optional("title")?.string("title") ?? name
    if let seedField = fields.optional("seed") {
      let number = try seedField.integer("seed")
      guard number >= 0 else { throw seedField.error("seed must be 0 or more") }
      seed = UInt64(number)
    }
    if let options = fields.optional("options") {
      try settings.decode(options, "options", allowed: Option.all(for: algorithm))
    }
    if let worldField = fields.optional("world") { surroundings = try Surroundings(worldField, for: algorithm) }
    if let problem = problem { throw (fields.optional("options") ?? document).error(problem) }
  }

  /// What in the settings does not go together, if anything.
  public var problem: String? {
    switch algorithm {
    case .dpo:
      Batch.preferenceProblem(settings) ?? lengthProblem(world.preferences.map { $0.chosen.count + $0.rejected.count })
    case .sft: lengthProblem(world.demonstrations.map { $0.response.count })
    case .rewardModel: lengthProblem(world.preferences.map { $0.chosen.count + $0.rejected.count })
    case .ppo, .grpo, .classicPPO, .reinforce: samplingProblem
    }
  }

  /// What makes a run on given examples, of so many tokens each, too long to be recorded, if anything.
  private func lengthProblem(_ examples: [Int]) -> String? {
    let epochs = settings.integer(.trainEpochs)
    let updates = epochs * Learner.steps(examples: examples.count, settings: settings)
    let tokens = epochs * examples.reduce(0) { $0 + $1 }
    guard updates > 3000 || tokens > 400_000 else { return nil }
    return "this run would make \(updates) updates on \(tokens) tokens; to be recorded whole it must stay within "
      + "3000 updates and 400000 tokens: lower num_train_epochs or raise batch_size"
  }

  private var samplingProblem: String? {
    let (parts, size) = (settings.integer(.minibatches), settings.integer(.batchSize))
    if parts > size { return "num_mini_batches (\(parts)) must not be more than batch_size (\(size))" }
    let updates = settings.integer(.batches) * settings.integer(.epochs) * parts
    let length = decisions?.stepLimit ?? settings.integer(.responseLength)
    let tokens = settings.integer(.batches) * settings.integer(.epochs) * size * length
    if updates > 10_000 || tokens > 400_000 {
      return "this run would make \(updates) updates on \(tokens) tokens; to be recorded whole it must stay within "
        + "10000 updates and 400000 tokens: lower num_total_batches, batch_size or num_ppo_epochs"
    }
    return endlessness
  }
}

extension World {
  init(_ document: Document) throws(DocumentError) {
    let fields = try document.object("world")
    try fields.rejectUnknown(allowed: ["vocabulary", "prompts", "demonstrations", "preferences"])
    let reader = try WorldReader(fields.required("vocabulary"))
    let prompts = try fields.required("prompts")
    let demonstrations = try fields.required("demonstrations")
    let preferences = try fields.required("preferences")

    self.init(vocabulary: reader.vocabulary, prompts: [], demonstrations: [], preferences: [])
    for item in try prompts.list("prompts") { self.prompts.append(try reader.prompt(item)) }
    guard !self.prompts.isEmpty else { throw prompts.error("prompts must hold at least one prompt") }
    for item in try demonstrations.list("demonstrations") {
      let fields = try item.object("a demonstration")
      try fields.rejectUnknown(allowed: ["prompt", "response"])
      self.demonstrations.append(
        Demonstration(
          prompt: try reader.prompt(fields.required("prompt")),
          response: try reader.response(fields.required("response"))))
    }
    guard !self.demonstrations.isEmpty else {
      throw demonstrations.error("demonstrations must hold at least one, for the reference to learn")
    }
    for item in try preferences.list("preferences") {
      let fields = try item.object("a preference")
      try fields.rejectUnknown(allowed: ["prompt", "chosen", "rejected"])
      self.preferences.append(
        Preference(
          prompt: try reader.prompt(fields.required("prompt")),
          chosen: try reader.response(fields.required("chosen")),
          rejected: try reader.response(fields.required("rejected"))))
    }
    guard !self.preferences.isEmpty else {
      throw preferences.error("preferences must hold at least one, for the reward model to learn")
    }
  }
}

/// Turns texts into tokens of a vocabulary.
private struct WorldReader {
  let vocabulary: [String]

  init(_ document: Document) throws(DocumentError) {
    var words: [String] = []
    for item in try document.list("vocabulary") {
      let word = try item.string("a token")
      guard !word.isEmpty, !word.contains(where: { $0.isWhitespace }) else {
        throw item.error("a token must be a word without blanks, not '\(word)'")
      }
      guard !words.contains(word) else { throw item.error("the token '\(word)' is there twice") }
      words.append(word)
    }
    guard (2...8).contains(words.count) else {
      throw document.error("vocabulary must have 2 to 8 tokens, so that all responses can be enumerated")
    }
    guard words.last == "<eos>" else { throw document.error("the last token of vocabulary must be '<eos>'") }
    vocabulary = words
  }

  func prompt(_ document: Document) throws(DocumentError) -> [Int] {
    let tokens = try tokens(document)
    guard !tokens.contains(vocabulary.count - 1) else { throw document.error("a prompt must not contain <eos>") }
    return tokens
  }

  /// The tokens of a response; `<eos>` may stand at its end and nowhere else.
  func response(_ document: Document) throws(DocumentError) -> [Int] {
    let tokens = try tokens(document)
    guard !tokens.dropLast().contains(vocabulary.count - 1) else {
      throw document.error("a response must not go on after <eos>")
    }
    return tokens
  }

  private func tokens(_ document: Document) throws(DocumentError) -> [Int] {
    var tokens: [Int] = []
    for word in try document.string("a text").split(separator: " ") {
      guard let token = vocabulary.firstIndex(of: String(word)) else {
        throw document.error("'\(word)' is not in the vocabulary: \(vocabulary.joined(separator: " "))")
      }
      tokens.append(token)
    }
    guard !tokens.isEmpty else { throw document.error("a text must have at least one token") }
    return tokens
  }
}
