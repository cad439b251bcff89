import Autodiff
import Objectives
import Plots
import Recording
import Simulation

/// Which part of an algorithm uses what which other part made, read off the tape of a recording.
///
/// Parts are the stages, and the models, whose parameters are terms too. A part uses another if one of its terms is computed
/// from a term of the other over unnamed operations alone; what only looks on, as metrics do, is left out.
struct StageFlow {
  /// A stage, a model, or what is given from outside.
  struct Part {
    enum Kind: Equatable {
      case stage
      /// Without a mark, one that follows another.
      case model(Mark?)
      case data, minibatch
    }

    /// Unlike that of any other part.
    let name: String
    let kind: Kind
    /// How deep it is in the loops: 0 before them, 1 in an iteration, 2 in a minibatch.
    let depth: Int
  }

  struct Edge: Equatable {
    let from: Int
    let to: Int
    /// Whether it leads into the next round of a loop.
    let isNext: Bool
  }

  private(set) var parts: [Part] = []
  private(set) var edges: [Edge] = []
  /// The stages that nothing else depends on.
  private(set) var onlookers: [String] = []

  private let trace: Trace
  /// For each run of a stage, its part's name.
  private let names: [String]
  private var passed: [Passed] = []
  /// For each part, the models that it writes.
  private var written: [UInt64] = []
  /// The parts whose loss is differentiated.
  private var goals: UInt64 = 0
  /// The parts that have numbers of each response or pair, and those of pairs.
  private var ofSubjects: UInt64 = 0
  private var ofPairs: UInt64 = 0
  /// The parts that choose tokens themselves.
  private var choosing: UInt64 = 0

  /// The models with numbers in the recording. Without a reference, its logits are those with which the policy begins.
  private let models: [Algorithm.Model]

  private static func name(_ model: Algorithm.Model) -> String {
    model == .rewardModel ? model.rawValue : model.rawValue + " model"
  }

  /// - Parameters:
  ///   - settings: Which say what is trained.
  ///   - given: What the run learns from; nil where the first stage samples it.
  ///   - givenDepth: In which of the loops that stands.
  init(of trace: Trace, _ settings: Settings, given: String?, givenDepth: Int = 0) {
    self.trace = trace
    names = Self.names(of: trace)
    models = Algorithm.Model.allCases.filter {
      ($0 != .reference || trace.algorithm.has(.reference)) && trace.isRecorded($0.parameter)
    }
    addParts(settings)
    readTape()
    let source = given.map { add(Part(name: $0, kind: .data, depth: givenDepth)) } ?? index(Stage.rollout.name)
    connect()
    let judge = index(Stage.preference.name).flatMap { parts[$0].depth == 0 ? nil : $0 }
    if let source { hand(out: source, to: judge == nil ? ofSubjects : ofSubjects & ~ofPairs) }
    if let judge { hand(out: judge, to: ofPairs) }
    leaveOutOnlookers()
    gatherMinibatch()
    reduce()
  }

  func index(_ name: String) -> Int? { parts.firstIndex { $0.name == name } }

  // MARK: Parts

  private mutating func addParts(_ settings: Settings) {
    for (run, name) in zip(trace.stages, names) {
      let depth = run.loops.minibatch != nil ? 2 : run.loops.iteration != nil ? 1 : 0
      if let known = index(name) {
        parts[known] = Part(name: name, kind: .stage, depth: max(depth, parts[known].depth))
      } else {
        add(Part(name: name, kind: .stage, depth: depth))
      }
    }
    for model in models {
      let isFollowing = trace.algorithm.follows(model, settings)
      let mark = trace.algorithm.trains(model, settings) ? Mark.trained : isFollowing ? nil : .frozen
      add(Part(name: Self.name(model), kind: .model(mark), depth: 0))
    }
  }

  @discardableResult
  private mutating func add(_ part: Part) -> Int {
    parts.append(part)
    written.append(0)
    return parts.count - 1
  }

  /// The part of each run of a stage. What is set up before the loops belongs to none.
  private func partsOfRuns() -> [Int?] {
    zip(trace.stages, names).map { run, name in
      run.name == Stage.sync.name && run.loops.iteration == nil ? nil : index(name)
    }
  }

  /// What the part of each run of a stage is called: a stage that comes twice in one round has two parts.
  private static func names(of trace: Trace) -> [String] {
    var seen: [String] = []
    var loops = Trace.LoopPosition()
    return trace.stages.map { run in
      if run.loops != loops {
        seen = []
        loops = run.loops
      }
      defer { seen.append(run.name) }
      return seen.contains(run.name) && seen.last != run.name ? run.name + Self.again : run.name
    }
  }

  private static let again = " (again)"

  /// The stage that a part is named after.
  static func stage(_ part: String) -> String {
    part.hasSuffix(again) ? String(part.dropLast(again.count)) : part
  }

  /// The part of the stage that a beat belongs to, if it is drawn.
  func part(ofBeat beat: Int) -> Int? { index(names[trace.beats[beat].stage]) }

  /// The part that each term belongs to: its model, or its stage.
  private func partsOfTerms(_ runs: [Int?]) -> [Int?] {
    var parameters: [Int: Int] = [:]
    for model in models { parameters[model.parameter.rawValue] = index(Self.name(model)) }
    if !trace.algorithm.has(.reference) { parameters[Quantity.referenceLogit.rawValue] = index(Self.name(.policy)) }
    return trace.terms.map { term in parameters[term.key.name] ?? runs[trace.beats[term.beat].stage] }
  }

  // MARK: Reading

  /// What terms of one name in one part are used by.
  private struct Passed {
    var part: Int
    let name: Int
    var users: UInt64
  }

  /// One sweep down the tape: which parts each term enters, over unnamed operations alone.
  private mutating func readTape() {
    let runs = partsOfRuns()
    let partOfTerm = partsOfTerms(runs)
    var users = [UInt64](repeating: 0, count: trace.tape.count)
    for node in users.indices.reversed() {
      let scalar = trace.tape.scalar(Int32(node))
      let consumer = trace.term(ofNode: scalar.node).map { Self.bit(partOfTerm[$0]) } ?? users[node]
      if consumer == 0 { continue }
      for operand in trace.tape.operands(of: scalar) { users[Int(operand.node)] |= consumer }
    }
    for differentiation in trace.differentiations {
      // What comes after a loss was differentiated is computed from its gradient.
      let next = differentiation.term + 1
      goals |= Self.bit(partOfTerm[differentiation.term])
      let node = Int(trace.terms[differentiation.term].node)
      if next < trace.terms.count { users[node] |= Self.bit(partOfTerm[next]) }
    }
    let isOfSubject = Quantity.allCases.map { quantity in
      quantity.description.axes.first == .sequence || quantity.description.axes.first == .pair
    }
    let isOfPair = Quantity.allCases.map { $0.description.axes.first == .pair }
    let isChosen = Quantity.allCases.map { quantity in
      trace.glossary.valueLabels[quantity.rawValue] != nil && !quantity.namesUsers
    }
    var places: [Int: Int] = [:]
    for (number, term) in trace.terms.enumerated() {
      guard let part = partOfTerm[number] else { continue }
      if isOfSubject[term.key.name] { ofSubjects |= Self.bit(part) }
      if isOfPair[term.key.name] { ofPairs |= Self.bit(part) }
      if isChosen[term.key.name] { choosing |= Self.bit(part) }
      if let stage = runs[trace.beats[term.beat].stage], stage != part { written[stage] |= Self.bit(part) }
      let place = places[part << 16 | term.key.name] ?? passed.count
      places[part << 16 | term.key.name] = place
      if place == passed.count { passed.append(Passed(part: part, name: term.key.name, users: 0)) }
      passed[place].users |= users[Int(term.node)]
    }
  }

  private static func bit(_ part: Int?) -> UInt64 { part.map { 1 << UInt64($0) } ?? 0 }

  // MARK: Edges

  private mutating func connect() {
    for to in parts.indices {
      for from in parts.indices where from != to && isUsed(from, by: to) {
        // What moves a model reads it too; one arrow is enough.
        if written[to] & Self.bit(from) != 0 { continue }
        if isModel(to), !isModel(from) { continue }
        edges.append(Edge(from: from, to: to, isNext: !isModel(from) && from > to))
      }
      // A step of the optimizer that cannot move a model is no arrow.
      for model in parts.indices
      where written[to] & Self.bit(model) != 0 && !(parts[to].depth > 0 && parts[model].kind == .model(.frozen)) {
        edges.append(Edge(from: to, to: model, isNext: parts[to].depth > 0))
      }
    }
    // Which attempt at a group is kept is decided before it is recorded.
    if let trials = index(Stage.dynamicSampling.name), let rollout = index(Stage.rollout.name) {
      edges.append(Edge(from: trials, to: rollout, isNext: false))
      if let policy = index(Self.name(.policy)) { edges.append(Edge(from: policy, to: trials, isNext: false)) }
    }
  }

  private func isUsed(_ part: Int, by user: Int) -> Bool {
    passed.contains { $0.part == part && $0.users & Self.bit(user) != 0 }
  }

  private func isModel(_ part: Int) -> Bool { if case .model = parts[part].kind { true } else { false } }

  /// What speaks of responses or pairs, and is computed from no number of theirs, was told which tokens they have.
  private mutating func hand(out source: Int, to told: UInt64) {
    for part in parts.indices where part != source && (told & ~choosing) & Self.bit(part) != 0 && !isModel(part) {
      if !reaches(source, part, over: edges.filter { !$0.isNext }) {
        edges.append(Edge(from: source, to: part, isNext: false))
      }
    }
  }

  private func reaches(_ from: Int, _ to: Int, over edges: [Edge]) -> Bool {
    var isSeen: UInt64 = Self.bit(from)
    var open = [from]
    while let part = open.popLast() {
      for edge in edges where edge.from == part && isSeen & Self.bit(edge.to) == 0 {
        if edge.to == to { return true }
        isSeen |= Self.bit(edge.to)
        open.append(edge.to)
      }
    }
    return false
  }

  // MARK: Making it readable

  /// Keeps what leads to a loss or to a model that is learned.
  private mutating func leaveOutOnlookers() {
    let isKept = parts.indices.map { part in
      goals & Self.bit(part) != 0
        || parts.indices.contains { goal in
          goals & Self.bit(goal) != 0 && reaches(part, goal, over: edges)
        }
    }
    onlookers = parts.indices.filter { !isKept[$0] && parts[$0].kind == .stage }.map { parts[$0].name }
    keep(isKept)
  }

  private mutating func keep(_ isKept: [Bool]) {
    var numbers = parts.map { _ in -1 }
    var kept: [Part] = []
    for part in parts.indices where isKept[part] {
      numbers[part] = kept.count
      kept.append(parts[part])
    }
    edges = edges.filter { isKept[$0.from] && isKept[$0.to] }.map { edge in
      Edge(from: numbers[edge.from], to: numbers[edge.to], isNext: edge.isNext)
    }
    parts = kept
    passed = passed.filter { isKept[$0.part] }.map { entry in
      var users: UInt64 = 0
      for old in numbers.indices where isKept[old] && entry.users & Self.bit(old) != 0 {
        users |= Self.bit(numbers[old])
      }
      return Passed(part: numbers[entry.part], name: entry.name, users: users)
    }
  }

  // MARK: What is passed on

  /// The names of what a stage computes for other parts.
  func results(of part: Int) -> [String] {
    let moved = edges.filter { $0.from == part && isModel($0.to) }.map { $0.to }
    let own = moved.reduce(Self.bit(part)) { $0 | Self.bit($1) }
    return moved.compactMap { part in models.first { Self.name($0) == parts[part].name }?.parameter.name }
      + names { $0.part == part && $0.users & ~own != 0 }
  }

  /// The names of what the stages of a minibatch use that others computed before.
  var handedOver: [String] {
    let inner = parts.indices.filter { parts[$0].depth == 2 }.reduce(0) { $0 | Self.bit($1) }
    return names { !isModel($0.part) && parts[$0.part].depth < 2 && $0.users & inner != 0 }
  }

  private func names(where isMeant: (Passed) -> Bool) -> [String] {
    passed.filter(isMeant).map { trace.glossary.entries[$0.name].name }
  }

  /// What a minibatch gets from outside comes to it as one.
  private mutating func gatherMinibatch() {
    let crossing = edges.filter { edge in
      !edge.isNext && !isModel(edge.from) && parts[edge.from].depth < 2 && parts[edge.to].depth == 2
    }
    guard !crossing.isEmpty else { return }
    let minibatch = add(Part(name: "minibatch", kind: .minibatch, depth: 2))
    edges.removeAll { crossing.contains($0) }
    for edge in crossing {
      for half in [
        Edge(from: edge.from, to: minibatch, isNext: false), Edge(from: minibatch, to: edge.to, isNext: false),
      ] where !edges.contains(half) { edges.append(half) }
    }
  }

  /// Leaves out an edge beside which a longer way leads to the same part; of a model's, a way within the same loop.
  private mutating func reduce() {
    let forward = edges.filter { !$0.isNext }
    edges = edges.filter { edge in
      edge.isNext
        || !forward.contains { first in
          first.from == edge.from && first.to != edge.to
            && (!isModel(edge.from) || parts[first.to].depth == parts[edge.to].depth)
            && !isModel(edge.to) && reaches(first.to, edge.to, over: forward)
        }
    }
  }
}
