import Documents
import Objectives

extension Surroundings {
  /// Reads a world to act in, which has `states`, or one to write in, which has a `vocabulary`.
  init(_ document: Document, for algorithm: Algorithm) throws(DocumentError) {
    let hasStates = try document.object("world").optional("states") != nil
    let place = Simulator.all.first { $0.algorithm == algorithm }?.place ?? .language
    if case .decisions = place, !hasStates {
      throw document.error("the world of \(algorithm.name) must have states, actions and transitions")
    }
    if case .language = place, hasStates {
      throw document.error("\(algorithm.name) writes: its world has a vocabulary; ppo-classic and reinforce act")
    }
    self = hasStates ? .decisions(try DecisionProcess(document)) : .language(try World(document))
  }
}

extension Scenario {
  /// Why values could be infinite, if they could: nothing is discounted or cut off, and some state leads to no end.
  var endlessness: String? {
    guard let process = decisions, settings.choice(.truncation) == "bootstrap", settings.number(.gamma) == 1,
      let state = process.endlessState
    else { return nil }
    return "from \(process.names[state]) no terminal state can be reached, so that with gamma 1 it has no value: lower "
      + "gamma, or set truncation to terminate"
  }
}

extension DecisionProcess {
  init(_ document: Document) throws(DocumentError) {
    let fields = try document.object("world")
    try fields.rejectUnknown(allowed: ["states", "terminal", "actions", "start", "step_limit", "transitions"])
    let states = try Self.names(fields.required("states"), "states", 1...8)
    let terminals = try Self.names(fields.required("terminal"), "terminal", 0...4)
    if let twin = terminals.first(where: { states.contains($0) }) {
      throw try fields.required("terminal").error("'\(twin)' is among the states too; a state is in one of the lists")
    }
    let limit = try fields.required("step_limit")
    let steps = try limit.integer("step_limit")
    guard (1...64).contains(steps) else { throw limit.error("step_limit must be from 1 to 64") }
    self.init(
      states: states, terminals: terminals, actions: try Self.names(fields.required("actions"), "actions", 2...8),
      outcomes: [], starts: [], stepLimit: steps)
    let start = try fields.required("start")
    for item in try start.list("start") { starts.append(try Self.number(item, in: states, "a state to start from")) }
    guard !starts.isEmpty else { throw start.error("start must name at least one state") }
    try readTransitions(fields.required("transitions"))
  }

  private mutating func readTransitions(_ document: Document) throws(DocumentError) {
    outcomes = states.map { _ in actions.map { _ in [] } }
    for item in try document.list("transitions") {
      let fields = try item.object("a transition")
      try fields.rejectUnknown(allowed: ["state", "action", "next", "probability", "reward"])
      let state = try Self.number(fields.required("state"), in: states, "a state to act in")
      let action = try Self.number(fields.required("action"), in: actions, "an action")
      let chance = fields.optional("probability")
      let probability = try chance?.number("probability") ?? 1
      guard probability > 0, probability <= 1 else {
        throw (chance ?? item).error("probability must be above 0 and at most 1")
      }
      let next = try Self.number(fields.required("next"), in: names, "a next state")
      guard !outcomes[state][action].contains(where: { $0.next == next }) else {
        throw item.error(
          "\(actions[action]) in \(states[state]) leads to \(names[next]) twice: add the probabilities up")
      }
      outcomes[state][action].append(
        Outcome(next: next, probability: probability, reward: try fields.optional("reward")?.number("reward") ?? 0))
    }
    for s in states.indices { for a in actions.indices { try check(s, a, document) } }
  }

  private func check(_ state: Int, _ action: Int, _ document: Document) throws(DocumentError) {
    let total = outcomes[state][action].reduce(0) { $0 + $1.probability }
    guard (total - 1).magnitude > 1e-9 else { return }
    let place = "\(actions[action]) in \(states[state])"
    throw document.error(
      total == 0
        ? "transitions do not say what follows from \(place)"
        : "the probabilities of what follows from \(place) must add up to 1, not \(NumberText.short(total))")
  }

  private static func names(
    _ document: Document, _ what: String, _ range: ClosedRange<Int>
  ) throws(DocumentError) -> [String] {
    var names: [String] = []
    for item in try document.list(what) {
      let name = try item.string("a name")
      guard !name.isEmpty, !name.contains(where: { $0.isWhitespace }) else {
        throw item.error("a name must be a word without blanks, not '\(name)'")
      }
      guard !names.contains(name) else { throw item.error("'\(name)' is there twice") }
      names.append(name)
    }
    guard range.contains(names.count) else {
      throw document.error("\(what) must have \(range.lowerBound) to \(range.upperBound) names")
    }
    return names
  }

  private static func number(
    _ document: Document, in names: [String], _ what: String
  ) throws(DocumentError) -> Int {
    let name = try document.string(what)
    guard let number = names.firstIndex(of: name) else {
      throw document.error("'\(name)' is not \(what): \(names.joined(separator: ", "))")
    }
    return number
  }
}
