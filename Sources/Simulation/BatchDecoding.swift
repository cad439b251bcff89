public import Documents
import Objectives

extension Batch {
  /// Reads a `gradus.batch/1` document; an error has its line and column.
  public init(_ document: Document) throws(DocumentError) {
    let fields = try document.object("the batch")
    let format = try fields.required("format")
    guard try format.string("format") == "gradus.batch/1" else {
      throw format.error("format must be 'gradus.batch/1'")
    }
    let algorithmField = try fields.required("algorithm")
    let name = try algorithmField.string("algorithm")
    guard let form = BatchForm.all.first(where: { $0.algorithm.name == name }) else {
      let names = BatchForm.all.map { "'\($0.algorithm.name)'" }.joined(separator: ", ")
      throw algorithmField.error("algorithm must be one of \(names)")
    }
    let key = form.listKey
    try fields.rejectUnknown(
      allowed: ["format", "algorithm", "title", "config", "logged", "step", key] + form.otherKeys)
    var settings = Settings()
    let config = fields.optional("config")
    if let config { try settings.decode(config, "config", allowed: form.algorithm.options.replayed ?? []) }
    let list = try fields.required(key)
    let items = try list.list(key)
    guard !items.isEmpty else {
      throw list.error("\(key) must hold at least one \(key == "pairs" ? "pair" : "response")")
    }
    let minibatch = try fields.optional("minibatch").map { document throws(DocumentError) in
      try Self.members(document, count: items.count, mayBeEmpty: form.mayLearnNothing)
    }
    let contents = try form.read(BatchForm.Items(items, fields: fields, learned: minibatch, settings: settings))
    self.init(title: try fields.optional("title")?.string("title") ?? "batch", settings: settings, contents: contents)
    if let logged = fields.optional("logged") {
      self.logged = try Self.loggedMetrics(logged)
      loggedLoss = try Self.loggedLoss(logged)
    }
    step = try fields.optional("step")?.integer("step")
    self.minibatch = minibatch
    if let count = fields.optional("step_tokens") { stepTokens = try Self.tokenCount(count) }
    if let share = fields.optional("step_share") { stepShare = try Self.share(share) }
    if let point = fields.optional("reference_point") { referencePoint = try Self.point(point) }
    if let words = fields.optional("words"), case .groups(var batch) = self.contents {
      batch.hasWords = try words.bool("words")
      self.contents = .groups(batch)
    }
    if let problem { throw (config ?? document).error(problem) }
  }

  private static func members(_ list: Document, count: Int, mayBeEmpty: Bool) throws(DocumentError) -> [Int] {
    var members: [Int] = []
    var isTaken = [Bool](repeating: false, count: count)
    for (m, item) in try list.list("minibatch").enumerated() {
      let place = "minibatch[\(m)]"
      let member = try item.integer(place)
      guard isTaken.indices.contains(member) else {
        throw item.error("\(place) must be the number of a sequence, from 0 to \(count - 1), not \(member)")
      }
      guard !isTaken[member] else { throw item.error("\(place): sequence \(member) is in the minibatch twice") }
      isTaken[member] = true
      members.append(member)
    }
    guard mayBeEmpty || !members.isEmpty else {
      throw list.error("minibatch must hold the number of at least one sequence")
    }
    return members
  }

  private static func tokenCount(_ document: Document) throws(DocumentError) -> Double {
    let count = try document.number("step_tokens")
    guard count > 0 else {
      throw document.error("step_tokens must be a number above 0, not \(NumberText.full(count))")
    }
    return count
  }

  private static func share(_ document: Document) throws(DocumentError) -> Double {
    let share = try document.number("step_share")
    guard share > 0, share <= 1 else {
      throw document.error("step_share must be above 0 and at most 1, not \(NumberText.full(share))")
    }
    return share
  }

  private static func point(_ document: Document) throws(DocumentError) -> Double {
    let point = try document.number("reference_point")
    guard point >= 0 else {
      throw document.error("reference_point must be a number from 0 on, not \(NumberText.full(point))")
    }
    return point
  }
}

/// Reads one response: its tokens, and arrays with a number for each of them.
struct ResponseFields {
  let fields: Fields
  let place: String
  let tokens: [String]

  init(_ document: Document, _ place: String, allowed: [String]) throws(DocumentError) {
    fields = try document.object(place)
    self.place = place
    try fields.rejectUnknown(allowed: allowed)
    let list = try fields.required("tokens")
    var tokens: [String] = []
    for item in try list.list("\(place).tokens") { tokens.append(try item.string("a token")) }
    guard !tokens.isEmpty else { throw list.error("\(place).tokens must hold at least one token") }
    self.tokens = tokens
  }

  func numbers(_ key: String) throws(DocumentError) -> [Double] { try numbers(key, in: fields.required(key)) }

  /// Numbers that are only required of a response that is learned from; empty if they are missing.
  func numbers(_ key: String, isNeeded: Bool) throws(DocumentError) -> [Double] {
    isNeeded ? try numbers(key) : try optionalNumbers(key) ?? []
  }

  /// - Parameter mayBeUnknown: Whether `null` may stand for a number that is not known; it becomes NaN.
  func optionalNumbers(_ key: String, mayBeUnknown: Bool = false) throws(DocumentError) -> [Double]? {
    guard let list = fields.optional(key) else { return nil }
    return try numbers(key, in: list, mayBeUnknown: mayBeUnknown)
  }

  /// A yes or no per token: `true` and `false`, or 1 and 0.
  func mask(_ key: String) throws(DocumentError) -> [Bool]? {
    guard let list = fields.optional(key) else { return nil }
    var mask: [Bool] = []
    for (t, item) in try list.list("\(place).\(key)").enumerated() {
      switch item.value {
      case .number(0): mask.append(false)
      case .number(1): mask.append(true)
      case .number: throw item.error("\(place).\(key)[\(t)] must be 1 or 0, true or false")
      default: mask.append(try item.bool("\(place).\(key)[\(t)]"))
      }
    }
    guard mask.count == tokens.count else {
      throw list.error("\(place).\(key) has \(mask.count) values for \(tokens.count) tokens")
    }
    return mask
  }

  /// A number per token, and one for each empty slot after the response that counts as a step, `mostSlots` at most.
  func values(_ key: String, mostSlots: Int) throws(DocumentError) -> [Double] {
    try numbers(key, in: fields.required(key), mostSlots: mostSlots)
  }

  private func numbers(
    _ key: String, in list: Document, mostSlots: Int = 0, mayBeUnknown: Bool = false
  ) throws(DocumentError) -> [Double] {
    let items = try list.list("\(place).\(key)")
    var numbers: [Double] = []
    numbers.reserveCapacity(items.count)
    for (t, item) in items.enumerated() {
      if case .number(let number) = item.value, number.isFinite {
        numbers.append(number)
      } else if mayBeUnknown, case .null = item.value {
        numbers.append(.nan)
      } else {
        // The place is spelt out only where there may be an error to report.
        numbers.append(try item.number("\(place).\(key)[\(t)]"))
      }
    }
    guard numbers.count >= tokens.count, numbers.count - tokens.count <= mostSlots else {
      throw list.error("\(place).\(key) has \(numbers.count) numbers for \(tokens.count) tokens")
    }
    // A little above 0 is a trainer's rounding; more is a probability, or a mistake.
    let isLogp = key.utf8.reversed().starts(with: "logp".utf8.reversed())
    if isLogp, let t = numbers.firstIndex(where: { $0 > 1e-3 }) {
      throw items[t].error(
        "\(place).\(key)[\(t)] is \(NumberText.full(numbers[t])), but a log-probability is never above 0\(suspicion(numbers))"
      )
    }
    if key == Quantity.entropy.name, let t = numbers.firstIndex(where: { $0 < -1e-2 }) {
      throw items[t].error(
        "\(place).\(key)[\(t)] is \(NumberText.full(numbers[t])), but an entropy is never below 0: has it the other sign?"
      )
    }
    return numbers
  }

  /// What numbers may be that are no log-probabilities, to complete an error.
  private func suspicion(_ numbers: [Double]) -> String {
    guard numbers.allSatisfy({ $0 >= 0 }) else { return "" }
    return numbers.contains { $0 > 1 } ? ": is it -log p, with the other sign?" : ": is it a probability?"
  }

  func number(_ key: String) throws(DocumentError) -> Double {
    try fields.required(key).number("\(place).\(key)")
  }

  func prompt() throws(DocumentError) -> String { try fields.optional("prompt")?.string("\(place).prompt") ?? "" }
}
