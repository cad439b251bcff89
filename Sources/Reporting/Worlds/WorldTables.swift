import Documents
import Objectives
import Simulation

/// Several algorithms in one world, as tables and sentences: the same for a terminal and for Markdown.
struct WorldTables {
  /// Rows of numbers behind a name.
  struct Table {
    let title: String
    let header: [String]
    /// How many of the columns are words.
    var texts = 1
    var rows: [[String]] = []
  }

  let comparison: WorldComparison

  private var learners: [WorldComparison.Learner] { comparison.learners }
  private var world: World { comparison.world }

  var title: String { learners.map { $0.label }.listed + " in one world" }

  /// What the world is, and what the numbers are.
  var legend: [String] {
    let shared =
      world.preferences.isEmpty ? "demonstrations and reference" : "demonstrations, reference and reward model"
    let from =
      "The world of \(comparison.home), with the same \(shared) for all. Every number is a sum over every possible "
      + "response"
      + (learners.contains { $0.isDistanceSampled }
        ? ", but for KL(π‖π*), which is estimated from \(ExactResponses.sampleCount) sampled responses to each prompt."
        : "; nothing is estimated.")
    let parts = [
      truth, learned, "KL: from the reference, in nats", optimum,
      "forgotten: by how many nats the mean log-probability of a demonstration has fallen",
      world.users.isEmpty
        ? nil : "worst: the true reward of the users who get least; spread: how much more the best served get",
    ]
    let missing =
      truth == nil
      ? ["What responses are truly worth is not known: the world has neither taste nor users nor answers."] : []
    return [from] + missing + [parts.compactMap { $0 }.joined(separator: "; ") + "."]
  }

  private var truth: String? {
    !world.users.isEmpty
      ? "true: what the asking users' own kind likes"
      : !world.answers.isEmpty
        ? "true: how often the answer is right"
        : world.taste.isEmpty ? nil : "true: what readers truly like, the world's taste"
  }

  private var learned: String? {
    if world.preferences.isEmpty { return nil }
    return "learned: the score of a reward model that learned "
      + (comparison.pairsAreDerived
        ? "which of two demonstrated answers to a prompt its users like more" : "the world's preferences")
  }

  private var optimum: String? {
    guard learners.contains(where: { $0.last.distance != nil }) else { return nil }
    let examples = learners.contains { $0.learnsFromExamples } ? " (the learned one, where it samples nothing)" : ""
    return "to π*: KL(π‖π*), π* ∝ π_ref e^(R/β) for its own β and reward\(examples)"
  }

  /// What has become of the policies.
  var results: [Table] { [end, groups].compactMap { $0 } }

  var tables: [Table] { results + [cost, models] }

  /// One for each number, with a row for each round.
  var progress: [Table] {
    [
      progress("True reward after each round") { $0.trueReward },
      progress("Learned reward after each round") { $0.learnedReward }, progress("KL after each round") { $0.kl },
      progress("The worst group's true reward after each round") { $0.worstGroup },
    ].compactMap { $0 }
  }

  /// What a round is.
  var rounds: String {
    let (examples, samples) = (learners.filter { $0.learnsFromExamples }, learners.filter { !$0.learnsFromExamples })
    let parts = [(samples, "an iteration of"), (examples, "an epoch of")].filter { !$0.0.isEmpty }
    return "A round is " + parts.map { "\($0.1) \($0.0.map { $0.label }.listed)" }.joined(separator: " and ") + "."
  }

  // MARK: Numbers

  private static func cell(_ x: Double?) -> String { x.map { Markdown.fixed($0, 4) } ?? "–" }

  private var end: Table {
    typealias Column = (title: String, value: (WorldComparison.Round) -> Double?)
    let all: [Column] = [
      ("true", { $0.trueReward }), ("learned", { $0.learnedReward }), ("KL", { $0.kl }), ("to π*", { $0.distance }),
      ("forgotten", { comparison.forgotten($0) }), ("worst", { $0.worstGroup }), ("spread", { $0.groupSpread }),
    ]
    let columns = all.filter { column in learners.contains { column.value($0.last) != nil } }
    var table = Table(title: "At the end", header: ["policy"] + columns.map { $0.title })
    // How far the reference is from π* depends on whose π* it is.
    table.rows.append(["reference"] + columns.map { $0.title == "to π*" ? "–" : Self.cell($0.value(comparison.start)) })
    table.rows += learners.map { learner in [learner.label] + columns.map { Self.cell($0.value(learner.last)) } }
    return table
  }

  private var groups: Table? {
    guard !world.users.isEmpty else { return nil }
    var table = Table(title: "True reward of each kind of users", header: ["policy"] + world.users.map { $0.name })
    table.rows.append(["reference"] + comparison.start.groupRewards.map { Self.cell($0) })
    table.rows += learners.map { learner in [learner.label] + learner.last.groupRewards.map { Self.cell($0) } }
    return table
  }

  private var cost: Table {
    var table = Table(title: "What it took", header: ["policy", "responses", "steps", "labels", "β"])
    table.rows = learners.map { learner in
      [
        learner.label, "\(learner.last.responses)", "\(learner.last.steps)",
        learner.labels == 0 ? "none" : Caption.count(learner.labels, learner.labelName), NumberText.plain(learner.beta),
      ]
    }
    return table
  }

  private var models: Table {
    var table = Table(title: "Models in memory", header: ["policy", "models"], texts: 2)
    table.rows = learners.map { learner in [learner.label, learner.models.map { $0.rawValue }.joined(separator: ", ")] }
    return table
  }

  private func progress(_ title: String, _ value: (WorldComparison.Round) -> Double?) -> Table? {
    guard learners.contains(where: { value($0.last) != nil }) else { return nil }
    let last = learners.map { $0.rounds.count - 1 }.max() ?? 0
    let stride = max(1, (last + 11) / 12)
    var table = Table(title: title, header: ["round"] + learners.map { $0.label })
    for round in 0...last where round % stride == 0 || round == last {
      table.rows.append(
        ["\(round)"]
          + learners.map { round < $0.rounds.count ? Self.cell(value($0.rounds[round])) : "" })
    }
    return table
  }
}

extension WorldComparison.Learner {
  /// What is counted by `labels`: `pair`, or `judged response`.
  fileprivate var labelName: String { algorithm.material == .judgements ? "judged response" : "pair" }

  /// `iteration` or `epoch`.
  var round: String { learnsFromExamples ? "epoch" : "iteration" }
}

// MARK: - Sentences

extension WorldTables {
  /// What became of them, each with the word for it.
  var findings: [String] { [hacking, forgetting, convergence, unfairness].compactMap { $0 } }

  private func move(_ from: Double, _ to: Double) -> String { "\(Self.cell(from)) → \(Self.cell(to))" }

  private var hacking: String? {
    guard comparison.start.trueReward != nil, comparison.start.learnedReward != nil else { return nil }
    let cases = learners.compactMap { learner -> String? in
      guard let round = comparison.parting(learner), let a = learner.rounds[round].trueReward,
        let b = learner.last.trueReward, let c = learner.rounds[round].learnedReward, let d = learner.last.learnedReward
      else { return nil }
      let place = round == 0 ? "from the start" : "after \(learner.round) \(round)"
      return "\(learner.label) \(place), learned \(move(c, d)), true \(move(a, b))"
    }
    return cases.isEmpty
      ? "Hacking: none; after its largest true reward no policy's learned reward ends higher."
      : "Hacking, the learned reward rises and the true one falls: \(cases.joined(separator: "; "))."
  }

  private var forgetting: String {
    let before = comparison.start.demonstrationLogp
    let after = learners.map { "\(Self.cell($0.last.demonstrationLogp)) (\($0.label))" }
    return "Forgetting: the mean log-probability of a demonstration goes from \(Self.cell(before)) to \(after.listed)."
  }

  private var convergence: String? {
    let cases = learners.compactMap { learner -> String? in
      let distances = learner.rounds.compactMap { $0.distance }
      guard let first = distances.first, let last = distances.last, let least = distances.min(),
        let nearest = distances.firstIndex(of: least)
      else { return nil }
      let isEnd = nearest == 0 || nearest == distances.count - 1
      let turn = isEnd ? "" : ", nearest (\(Self.cell(least))) after \(learner.round) \(nearest)"
      return "\(learner.label) \(move(first, last))\(turn)"
    }
    return cases.isEmpty ? nil : "Convergence, KL(π‖π*): \(cases.joined(separator: "; "))."
  }

  private var unfairness: String? {
    guard let before = comparison.start.groupSpread else { return nil }
    let cases = learners.compactMap { learner -> String? in
      guard let after = learner.last.groupSpread else { return nil }
      let losers = world.users.indices.filter { learner.last.groupRewards[$0] < comparison.start.groupRewards[$0] }
        .map { world.users[$0].name }
      let loss = losers.isEmpty ? "no kind loses" : "\(losers.listed) \(losers.count == 1 ? "loses" : "lose")"
      return "\(learner.label) \(Self.cell(after)), \(loss)"
    }
    return "Unfairness, the spread between kinds of users, \(Self.cell(before)) at the start: "
      + "\(cases.joined(separator: "; "))."
  }
}
