import Autodiff
import Transformers

/// A sampled answer to an example's prompt.
struct Rollout {
  let example: Example
  let text: TextTokens
  /// Whether it ended by itself and was not cut off.
  let isComplete: Bool
  /// The log-probabilities in the engine that sampled, where that is not the policy as it is.
  var samplingLogp: [Double]?
}

extension LanguageModel {
  /// Samples an answer to each example's prompt.
  ///
  /// - Parameters:
  ///   - examples: Whose prompts are answered.
  ///   - settings: How tokens are drawn, and how long an answer may be.
  ///   - temperature: Another temperature than that of the settings.
  ///   - isEngine: Whether the options of the engine that samples count, as where something is learned from the answers.
  ///   - stream: The random stream of the answer with this number.
  func rollouts(
    _ examples: [Example], _ settings: TrainingSettings, temperature: Double? = nil, isEngine: Bool = false,
    stream: (Int) -> RandomStream
  ) -> [Rollout] {
    var sampling = Sampling(maxTokens: settings.integer(.maxCompletionLength))
    sampling.temperature = Float(temperature ?? settings.number(.temperature))
    sampling.topK = settings.integer(.topK)
    sampling.topP = Float(settings.number(.topP))
    sampling.minP = Float(settings.number(.minP))
    sampling.repetitionPenalty = Float(settings.number(.repetitionPenalty))
    sampling.stopTokens = stops
    sampling.stops = stopping(at: settings.names(.stopStrings))
    let scoresOwn = isEngine && settings.hasRolloutEngine
    if scoresOwn { sampling.take(settings) }
    let prompts = examples.map { askedTokens(of: $0, limit: promptLimit(settings)) }
    let responses = model.generate(prompts, sampling, random: stream)
    return examples.indices.map { i in
      Rollout(
        example: examples[i], text: TextTokens(prompt: prompts[i], response: responses[i].tokens),
        isComplete: responses[i].isComplete,
        samplingLogp: scoresOwn ? responses[i].logps.map { Double($0) } : nil)
    }
  }

  /// Answers to the first examples, for people to look at: with the same random numbers each time.
  func shownRollouts(_ count: Int, of examples: [Example], _ settings: TrainingSettings) -> [Rollout] {
    let seed = settings.seed
    return rollouts(Array(examples.prefix(count)), settings) { i in
      RandomStream(seed: seed, purpose: TrainingPurpose.evaluation, UInt32(i))
    }
  }

  /// How many tokens of a prompt are read, so that a response has room within the model's positions.
  func promptLimit(_ settings: TrainingSettings) -> Int {
    min(
      settings.integer(.maxPromptLength),
      max(1, model.configuration.positionLimit - settings.integer(.maxCompletionLength)))
  }

  func completion(_ rollout: Rollout) -> ScoredCompletion {
    var completion = ScoredCompletion(text(rollout.text.response), of: rollout.example)
    let isEnded = rollout.text.response.last.map { stops.contains($0) } ?? false
    completion.written = WrittenTokens(text: rollout.text, tokenizer: tokenizer, isEnded: isEnded)
    return completion
  }

  /// Answers with what they earned, for people to look at.
  func samples(_ rollouts: [Rollout], _ rewards: [Double], step: Int) -> [Sample] {
    zip(rollouts, rewards).map { rollout, reward in
      Sample(step: step, prompt: rollout.example.prompt, completion: text(rollout.text.response), reward: reward)
    }
  }
}
