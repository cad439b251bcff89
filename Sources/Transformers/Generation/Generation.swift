public import Autodiff

extension Transformer {
  /// Continues prompts. A continuation depends only on the prompt, the weights and the prompt's random stream.
  ///
  /// Neighbouring equal prompts are processed once. Each rank continues its share of the prompts.
  ///
  /// - Parameters:
  ///   - prompts: Token ids; none may be empty, and `maxTokens` more must fit into the model's positions.
  ///   - sampling: How the next token is drawn, and when a sequence ends.
  ///   - random: The stream of each prompt, by its number.
  public func generate(
    _ prompts: [[Int32]], _ sampling: Sampling, random: (Int) -> RandomStream
  ) -> [Generated] {
    precondition(configuration.head == .language && prompts.allSatisfy { !$0.isEmpty })
    let share = workers.ranks.share(of: prompts.count)
    let sequences = share.map { GeneratedSequence(prompts[$0], random($0)) }
    if sampling.maxTokens > 0, !sequences.isEmpty { grow(sequences, sampling) }
    return workers.ranks.gather(sequences.map { $0.result })
  }

  private func grow(_ sequences: [GeneratedSequence], _ sampling: Sampling) {
    let parts = Self.parts(of: sequences.count, workers: workers.count)
    reserveDecoders(
      sequences: parts[0].count, positions: sampling.maxTokens + (sequences.map { $0.prompt.count }.max() ?? 0))
    workers.run(parts.count) { part, worker in
      var generation = PartialGeneration(decoder(worker), sequences[parts[part]], sampling, self)
      generation.run()
    }
    endGeneration()
  }

  // More sequences at a time would not make the products faster, and their caches take memory.
  private static let sequencesAtATime = 48

  /// Shares of about equal size, each for one worker, the largest first.
  private static func parts(of count: Int, workers: Int) -> [Range<Int>] {
    let least = (count + sequencesAtATime - 1) / sequencesAtATime
    let parts = min(count, (least + workers - 1) / workers * workers)
    return (0..<parts).map { part in
      // From above, so that the first is not smaller than another.
      (count * part + parts - 1) / parts..<(count * (part + 1) + parts - 1) / parts
    }
  }
}

/// A prompt and its continuation so far; only one worker at a time uses it.
final class GeneratedSequence: @unchecked Sendable {
  let prompt: [Int32]
  var random: RandomStream
  private(set) var tokens: [Int32] = []
  private(set) var logps: [Float] = []
  private var isComplete = false

  init(_ prompt: [Int32], _ random: RandomStream) {
    self.prompt = prompt
    self.random = random
  }

  var result: Generated { Generated(tokens: tokens, logps: logps, isComplete: isComplete) }

  /// Adds a token; returns whether another may follow.
  func append(_ token: Int32, _ logp: Float, _ sampling: Sampling) -> Bool {
    tokens.append(token)
    logps.append(logp)
    isComplete = sampling.stopTokens.contains(token) || sampling.stops?(tokens) ?? false
    return !isComplete && tokens.count < sampling.maxTokens
  }
}
