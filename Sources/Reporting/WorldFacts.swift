import Documents
import Objectives
import Plots
public import Recording
public import Simulation

/// What a run is about, in a line for each thing: its language, what people wrote and preferred, who learns and who is frozen.
public struct WorldFacts {
  /// What it is, and what is said of it; without labels, which Embedded Swift cannot convert.
  public typealias Fact = (String, String)

  private let trace: Trace
  private let source: Source

  public init(_ trace: Trace, _ source: Source) { (self.trace, self.source) = (trace, source) }

  /// What there is, and of what kind: `vocabulary`, `8 tokens: the film …`.
  ///
  /// - Parameter limit: The most examples of each kind.
  public func rows(examples limit: Int) -> [Fact] {
    let facts: [Fact]
    switch source {
    case .scenario(let scenario):
      facts = scenario.decisions.map { self.facts($0) } ?? self.facts(scenario.world, limit)
    case .batch: facts = batchFacts(limit)
    }
    return facts + [("models", models)]
  }

  // MARK: A language

  private func facts(_ world: World, _ limit: Int) -> [Fact] {
    let algorithm = source.algorithm
    func examples(_ texts: [String]) -> String {
      var seen: [String] = []
      for text in texts where !seen.contains(text) { seen.append(text) }
      return "\(texts.count): " + seen.prefix(limit).joined(separator: "; ") + (seen.count > limit ? "; …" : "")
    }
    func line(_ prompt: [Int], _ response: [Int]) -> String { "\(world.text(prompt)) → \(world.text(response))" }
    var facts = [("vocabulary", "\(world.vocabulary.count) tokens: " + world.vocabulary.joined(separator: " "))]
    let length = algorithm.option(.responseLength).map { " or for \(source.settings.integer($0)) tokens" } ?? ""
    facts.append(
      ("prompts", world.prompts.map { world.text($0) }.joined(separator: ", ").end(columns: 400)))
    if algorithm.samples {
      facts.append(("responses", "token by token, until \(world.vocabulary[world.eos])\(length)"))
    }
    if !world.demonstrations.isEmpty, trace.isRecorded(.supervisedLoss) || algorithm.material == .demonstrations {
      facts.append(("demonstrations", examples(world.demonstrations.map { line($0.prompt, $0.response) })))
    }
    if !world.preferences.isEmpty,
      algorithm.has(.rewardModel) || algorithm.material == .pairs || trace.isRecorded(.rewardWeight)
    {
      let texts = world.preferences.map { "\(line($0.prompt, $0.chosen)) rather than \(world.text($0.rejected))" }
      facts.append(("preferences", examples(texts)))
    }
    if trace.isRecorded(.teacherLoss) {
      facts.append(("lessons", examples(world.lessons.map { line($0.prompt, $0.response) })))
    }
    if algorithm.material == .judgements {
      let texts = world.judged.map { "\(line($0.prompt, $0.response)): \($0.isDesirable ? "good" : "bad")" }
      facts.append(("judgements", examples(texts)))
    }
    if !world.answers.isEmpty {
      facts.append(("right answers", examples(zip(world.prompts, world.answers).map { line($0, $1) })))
    }
    if !world.users.isEmpty {
      let texts = world.users.map { kind in
        let liked = world.vocabulary.indices.filter { kind.likes[$0] != 0 }.map {
          "\(world.vocabulary[$0]) \(NumberText.short(kind.likes[$0]))"
        }
        return "\(kind.name) (\(liked.joined(separator: ", ")))"
      }
      facts.append(("users", texts.joined(separator: "; ")))
      if trace.isRecorded(.userLabel) {
        let noise = NumberText.short(100 * source.settings.number(.groupLabelNoise), digits: 3)
        facts.append(("labels", "\(noise) % of each kind of users are labelled as another kind"))
      }
    }
    return facts
  }

  // MARK: States and actions

  private func facts(_ process: DecisionProcess) -> [Fact] {
    [
      ("states", process.states.joined(separator: ", ")),
      ("actions", process.actions.joined(separator: ", ")),
      (
        "episodes",
        "from \(process.starts.map { process.names[$0] }.joined(separator: " or "))"
          + (process.terminals.isEmpty ? "" : " to \(process.terminals.joined(separator: " or "))")
          + ", at most \(process.stepLimit) steps"
      ),
    ]
  }

  // MARK: A batch

  private func batchFacts(_ limit: Int) -> [Fact] {
    let tokens = (trace.givenTokens + trace.rejectedTokens).reduce(0) { $0 + $1.count }
    let examples = trace.prompts.prefix(min(limit, 8)).indices.map { i in
      let response = i < trace.givenTokens.count ? trace.givenTokens[i] : []
      let start = response.prefix(8).joined(separator: " ") + (response.count > 8 ? " …" : "")
      return "\(trace.prompts[i].end(columns: 24)) → \(start)".visible
    }
    let noun = source.algorithm.words().examples(trace.prompts.count)
    return [("recorded", "\(noun), \(source.algorithm.words().steps(tokens)): " + examples.joined(separator: "; "))]
  }

  // MARK: Models

  /// Which models there are, and which of them the loss moves.
  private var models: String {
    // Where neither users nor answers reward, an algorithm without a reward model of its own has learned one.
    let learned: [Algorithm.Model] =
      !source.algorithm.has(.rewardModel) && trace.isRecorded(.rewardWeight) ? [.rewardModel] : []
    let models = source.algorithm.models + learned
    if trace.differentiations.isEmpty { return models.map { $0.rawValue }.joined(separator: ", ") }
    let isTrained = { (model: Algorithm.Model) in source.algorithm.trains(model, source.settings) }
    let named = { (models: [Algorithm.Model], mark: Mark) in
      models.map { "\($0.rawValue) \(mark.symbol)" }.joined(separator: ", ")
    }
    let learning = models.filter(isTrained)
    let following = models.filter { source.algorithm.follows($0, source.settings) }
    let frozen = models.filter { !isTrained($0) && !following.contains($0) }
    let moved = following.map { "; \($0.rawValue) follows the policy" }.joined()
    let still = frozen.isEmpty ? "" : "; \(named(frozen, .frozen)) frozen"
    return "\(named(learning, .trained)) learn\(learning.count == 1 ? "s" : "")\(moved)\(still)"
  }
}
