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
    let parts = Self.parts(of: sequences.count, workers: sharesColumns ? 1 : workers.count)
    let groups = parts.map { Array(sequences[$0]).groupCount }.max() ?? 0
    reserveDecoders(
      groups: groups, prompt: sequences.map { $0.prompt.count }.max() ?? 0, sequences: parts[0].count,
      tokens: sampling.maxTokens)
    if sharesColumns {
      for part in parts { grow(sequences[part], sampling, decoder(0)) }
    } else {
      workers.run(parts.count) { part, worker in grow(sequences[parts[part]], sampling, decoder(worker)) }
    }
    endGeneration()
  }

  private func grow(_ sequences: ArraySlice<GeneratedSequence>, _ sampling: Sampling, _ decoder: Decoder) {
    var generation = PartialGeneration(decoder, sequences, sampling, self)
    generation.run()
  }

  /// Whether threads share the columns of each product instead of the sequences: where weights are larger than caches near a
  /// core, what is read of them for each token counts more than waiting for each other. No number depends on it.
  var sharesColumns: Bool { workers.count > 1 && configuration.matrixNumbers >= 1 << 22 }

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
  /// Whether another token may follow.
  private(set) var isGrowing = true

  init(_ prompt: [Int32], _ random: RandomStream) {
    self.prompt = prompt
    self.random = random
  }

  var result: Generated { Generated(tokens: tokens, logps: logps, isComplete: isComplete) }

  func append(_ token: Int32, _ logp: Float, _ sampling: Sampling) {
    tokens.append(token)
    logps.append(logp)
    isComplete = sampling.stopTokens.contains(token) || sampling.stops?(tokens) ?? false
    isGrowing = !isComplete && tokens.count < sampling.maxTokens
  }
}
