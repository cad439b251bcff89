import Autodiff
import Objectives
import Transformers

/// What a model's answers to prompts earn.
struct PromptEvaluation {
  let rewards: RewardSum
  let settings: TrainingSettings
  let progress: (_ what: String, _ done: Int, _ all: Int) -> Void

  /// Prompts that are answered at once, between two signs of life.
  private static let together = 16

  private var perPrompt: Int { settings.integer(.numGenerations) }

  /// What the answers to each prompt earned on average, and what else there is to say of them.
  struct Answers {
    /// For each prompt, in their order.
    var means: [Double] = []
    /// What each reward says of each prompt's answers, as far as it says anything.
    var components: [(name: String, means: [Double])] = []
    var (tokens, cut, count) = (0, 0, 0)
  }

  /// `reward` and each reward by itself, means of the prompts; `completions/…` of all answers.
  func add(_ data: Dataset, _ model: LanguageModel, to result: inout Evaluation) throws(TrainingError) -> Answers {
    let answers = try scores(data, model, "answering")
    result.add("reward", meanOf: answers.means)
    for component in answers.components where !component.means.isEmpty {
      result.add("rewards/\(component.name)/mean", meanOf: component.means)
    }
    result.add("completions/mean_length", Double(answers.tokens) / Double(answers.count))
    result.add("completions/clipped_ratio", Double(answers.cut) / Double(answers.count))
    return answers
  }

  /// Answers each prompt: once and greedily, or with several answers that are sampled.
  func scores(_ data: Dataset, _ model: LanguageModel, _ what: String) throws(TrainingError) -> Answers {
    var answers = Answers()
    answers.components = rewards.names.map { ($0, []) }
    var done = 0
    for part in data.examples.inParts(of: Self.together) {
      let examples = part.flatMap { [Example](repeating: $0, count: perPrompt) }
      let (start, seed) = (done * perPrompt, settings.seed)
      let rollouts = model.rollouts(examples, settings, temperature: perPrompt == 1 ? 0 : nil) { i in
        RandomStream(seed: seed, purpose: TrainingPurpose.evaluation, UInt32(start + i))
      }
      try take(rollouts, model, into: &answers)
      done += part.count
      progress(what, done, data.examples.count)
    }
    return answers
  }

  private func take(_ rollouts: [Rollout], _ model: LanguageModel, into answers: inout Answers) throws(TrainingError) {
    let scores = try rewards.scores(rollouts.map(model.completion))
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    for group in Array(rollouts.indices).inParts(of: perPrompt) {
      answers.means.append(mean(group.map { scores.totals[$0] }))
      for (c, component) in scores.components.enumerated() {
        let said = group.compactMap { component.scores[$0] }
        if !said.isEmpty { answers.components[c].means.append(mean(said)) }
      }
    }
    answers.count += rollouts.count
    answers.tokens += rollouts.reduce(0) { $0 + $1.text.response.count }
    answers.cut += rollouts.count { !$0.isComplete }
  }
}

extension Evaluation {
  /// How often the answers to a prompt earn more than another model's; a tie is half a win.
  mutating func addComparison(_ own: PromptEvaluation.Answers, _ others: PromptEvaluation.Answers) {
    let outcomes = zip(own.means, others.means).map { $0 > $1 ? 1 : $0 < $1 ? 0 : 0.5 }
    add("against/reward", meanOf: others.means)
    add("win_rate", meanOf: outcomes)
    for (name, outcome) in [("wins", 1.0), ("ties", 0.5), ("losses", 0)] {
      add(name, Double(outcomes.count { $0 == outcome }))
    }
  }
}
