public import Documents
import Objectives

extension Scenario {
  /// Reads a scenario; an error has its line and column.
  ///
  /// All keys but `algorithm` may be left out; the built-in scenario of that algorithm supplies them, for a world with
  /// `users` the one that has users too.
  public init(_ document: Document, name: String) throws(DocumentError) {
    let fields = try document.object("the scenario")
    try fields.rejectUnknown(allowed: ["algorithm", "title", "seed", "options", "world"])
    let algorithmField = try fields.required("algorithm")
    let algorithmName = try algorithmField.string("algorithm")
    guard let base = Scenario.builtIn.first(where: { $0.algorithm.name == algorithmName }) else {
      let all = Scenario.builtIn.map { $0.algorithm.name }
      let names = all.indices.filter { !all[..<$0].contains(all[$0]) }.map { all[$0] }.joined(separator: ", ")
      throw algorithmField.error("algorithm must be one of \(names), not '\(algorithmName)'")
    }
    self = Self.base(for: base, world: fields.optional("world"))
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

  /// The built-in scenario that supplies what is left out: of one algorithm, that with kinds of users if the world has some.
  private static func base(for first: Scenario, world: Document?) -> Scenario {
    guard case .object(let members)? = world?.value, members.contains(where: { $0.key == "users" }) else {
      return first
    }
    return builtIn.first { $0.algorithm == first.algorithm && !$0.world.users.isEmpty } ?? first
  }

  /// Which settings do not go together, and what to do; nil where all do.
  public var problem: String? {
    if world.policySeesPrompt, algorithm.has(.policy), !simulator.seesPrompt {
      return "the policy of \(algorithm.name) sees the previous token alone: leave out policy_sees_prompt"
    }
    return simulator.problem(self)
  }

  /// How many tokens each pair of responses has.
  var pairLengths: [Int] { world.preferences.map { $0.chosen.count + $0.rejected.count } }

  /// Why a run on examples of these lengths would be too long to record, if it would.
  func lengthProblem(_ examples: [Int]) -> String? {
    let epochs = settings.integer(.trainEpochs)
    let updates = epochs * ExampleLearner.steps(examples: examples.count, settings: settings)
    let tokens = epochs * examples.reduce(0) { $0 + $1 }
    guard updates > 3000 || tokens > 400_000 else { return nil }
    return "this run would make \(updates) updates on \(tokens) tokens; to be recorded whole it must stay within "
      + "3000 updates and 400000 tokens: lower num_train_epochs or raise batch_size"
  }

  var missingPreferences: String { "\(algorithm.name) needs preferences in its world, for the reward model to learn" }

  var samplingProblem: String? {
    let (parts, size) = (settings.integer(.minibatches), settings.integer(.batchSize))
    if parts > size { return "num_mini_batches (\(parts)) must not be more than batch_size (\(size))" }
    let updates = settings.integer(.batches) * settings.integer(.epochs) * parts
    let length = decisions?.stepLimit ?? settings.integer(.responseLength)
    let tokens = settings.integer(.batches) * settings.integer(.epochs) * size * length
    if updates > 10_000 || tokens > 400_000 {
      return "this run would make \(updates) updates on \(tokens) tokens; to be recorded whole it must stay within "
        + "10000 updates and 400000 tokens: lower num_total_batches, batch_size or num_ppo_epochs"
    }
    return nil
  }

  /// Why no engine can sample in the place of the policy; nil where one can, or none is asked for.
  var engineProblem: String? {
    guard decisions != nil,
      let option = (Option.engine + Option.engineWeights).first(where: { settings.changed.contains($0) })
    else { return nil }
    return "\(option.name) is about an engine that writes in the place of the policy: a world of states has none"
  }
}

extension Scenario {
  var groupProblem: String? {
    if world.users.isEmpty, world.answers.isEmpty, world.preferences.isEmpty {
      return "\(algorithm.name) needs in its world answers, one for each prompt, or users, or preferences for a reward "
        + "model to learn"
    }
    let (size, batch) = (settings.integer(.numGenerations), settings.integer(.generationBatchSize))
    let parts = settings.integer(.minibatches)
    if batch % size != 0 {
      return "generation_batch_size (\(batch)) must be a multiple of num_generations (\(size))"
    }
    if parts > batch { return "num_mini_batches (\(parts)) must not be more than generation_batch_size (\(batch))" }
    if let absent = world.users.first(where: { $0.prompts.allSatisfy { $0 >= batch / size } }) {
      return
        "a batch of \(batch == size ? "one group" : "\(batch / size) groups") has no prompt of the users '\(absent.name)': "
        + "raise generation_batch_size or lower num_generations"
    }
    if settings.number(.groupLabelNoise) > 0, world.users.isEmpty {
      return "group_label_noise needs users in the world, who can be taken for each other"
    }
    let length = settings.integer(.maxCompletionLength)
    if length > 64 { return "max_completion_length (\(length)) must be at most 64 in a world of a few tokens" }
    let passes = settings.integer(.batches) * settings.integer(.numIterations)
    if passes * parts > 10_000 || passes * batch * length > 400_000 {
      return "this run would make \(passes * parts) updates on \(passes * batch * length) tokens; to be recorded whole "
        + "it must stay within 10000 updates and 400000 tokens: lower num_total_batches or generation_batch_size"
    }
    return nil
  }
}

extension World {
  init(_ document: Document) throws(DocumentError) {
    let fields = try document.object("world")
    try fields.rejectUnknown(
      allowed: [
        "vocabulary", "prompts", "demonstrations", "preferences", "judgements", "answers", "users",
        "taste", "policy_sees_prompt",
      ])
    let reader = try WorldReader(fields.required("vocabulary"))
    let prompts = try fields.required("prompts")
    let demonstrations = try fields.required("demonstrations")
    let hasRewards = ["answers", "users", "judgements"].contains { fields.optional($0) != nil }
    let preferences = hasRewards ? fields.optional("preferences") : try fields.required("preferences")

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
    if let preferences { try readPreferences(preferences, reader) }
    if let answers = fields.optional("answers") { try readAnswers(answers, reader) }
    if let judgements = fields.optional("judgements") { try readJudgements(judgements, reader) }
    if let users = fields.optional("users") { try readUsers(users, reader) }
    if let taste = fields.optional("taste") {
      guard users.isEmpty, answers.isEmpty else {
        throw taste.error("users and answers already say what is truly liked: leave out taste")
      }
      self.taste = try reader.taste(taste)
    }
    policySeesPrompt = try fields.optional("policy_sees_prompt")?.bool("policy_sees_prompt") ?? false
    guard policySeesPrompt else { return }
    for (n, demonstration) in self.demonstrations.enumerated() where !self.prompts.contains(demonstration.prompt) {
      throw demonstrations.error(
        "demonstration \(n + 1) answers '\(text(demonstration.prompt))', which is none of the prompts")
    }
  }

  private mutating func readPreferences(_ document: Document, _ reader: WorldReader) throws(DocumentError) {
    for item in try document.list("preferences") {
      let fields = try item.object("a preference")
      try fields.rejectUnknown(allowed: ["prompt", "chosen", "rejected", "margin"])
      self.preferences.append(
        Preference(
          prompt: try reader.prompt(fields.required("prompt")),
          chosen: try reader.response(fields.required("chosen")),
          rejected: try reader.response(fields.required("rejected")),
          margin: try fields.optional("margin")?.number("margin")))
    }
    guard !preferences.isEmpty else {
      throw document.error("preferences must hold at least one, for the reward model to learn")
    }
  }

  private mutating func readJudgements(_ document: Document, _ reader: WorldReader) throws(DocumentError) {
    for item in try document.list("judgements") {
      let fields = try item.object("a judgement")
      try fields.rejectUnknown(allowed: ["prompt", "response", "desirable"])
      judgements.append(
        Judgement(
          prompt: try reader.prompt(fields.required("prompt")),
          response: try reader.response(fields.required("response")),
          isDesirable: try fields.required("desirable").bool("desirable")))
    }
  }

  private mutating func readAnswers(_ document: Document, _ reader: WorldReader) throws(DocumentError) {
    for item in try document.list("answers") { answers.append(try reader.prompt(item)) }
    guard answers.count == prompts.count else {
      throw document.error("answers holds \(answers.count) answers for \(prompts.count) prompts")
    }
  }

  private mutating func readUsers(_ document: Document, _ reader: WorldReader) throws(DocumentError) {
    for item in try document.list("users") {
      let fields = try item.object("a kind of users")
      try fields.rejectUnknown(allowed: ["name", "prompts", "likes"])
      let nameField = try fields.required("name")
      let name = try nameField.string("name")
      guard !name.isEmpty, !users.contains(where: { $0.name == name }) else {
        throw nameField.error("each kind of users needs a name of its own")
      }
      var own: [Int] = []
      for prompt in try fields.required("prompts").list("prompts") {
        let tokens = try reader.prompt(prompt)
        let numbers = prompts.indices.filter { prompts[$0] == tokens }
        guard !numbers.isEmpty, !users.contains(where: { $0.prompts.contains(numbers[0]) }) else {
          throw prompt.error("'\(text(tokens))' must be one of the prompts, and of one kind of users alone")
        }
        own += numbers.filter { !own.contains($0) }
      }
      users.append(Users(name: name, prompts: own, likes: try reader.likes(fields.required("likes"))))
    }
    guard let lonely = prompts.indices.first(where: { n in !users.contains { $0.prompts.contains(n) } }) else { return }
    throw document.error("the prompt '\(text(prompts[lonely]))' belongs to no kind of users")
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
    guard (2...64).contains(words.count) else {
      throw document.error("vocabulary must have 2 to 64 tokens, so that a run can be recorded whole")
    }
    guard words.last == "<eos>" else { throw document.error("the last token of vocabulary must be '<eos>'") }
    vocabulary = words
  }

  func prompt(_ document: Document) throws(DocumentError) -> [Int] {
    let tokens = try tokens(document)
    guard !tokens.contains(vocabulary.count - 1) else { throw document.error("a prompt must not contain <eos>") }
    return tokens
  }

  /// The tokens' values; tokens that are not named are worth 0.
  func likes(_ document: Document) throws(DocumentError) -> [Double] {
    let fields = try document.object("likes")
    try fields.rejectUnknown(allowed: vocabulary)
    var likes = vocabulary.map { _ in 0.0 }
    for member in fields.members {
      guard let token = vocabulary.firstIndex(of: member.key) else { continue }
      likes[token] = try member.value.number("likes.\(member.key)")
    }
    return likes
  }

  /// What some words in a row are worth.
  func taste(_ document: Document) throws(DocumentError) -> [World.Liking] {
    var taste: [World.Liking] = []
    for member in try document.object("taste").members {
      let words = try response(Document(.string(member.key), line: member.value.line, column: member.value.column))
      taste.append(World.Liking(words: words, worth: try member.value.number("taste.\(member.key)")))
    }
    return taste
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
