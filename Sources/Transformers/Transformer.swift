internal import CKernels

/// A decoder-only transformer: its shape and its weights.
///
///     let model = Transformer(configuration, seed: 1)
///     let pass = model.forward(.scoring([[5, 2, 9]], from: [1]))
///     pass.logps  // log π(2 | 5), log π(9 | 5 2)
public final class Transformer: @unchecked Sendable {
  public let configuration: ModelConfiguration
  public let layout: ParameterLayout
  public let parameters: Parameters
  /// The threads and ranks that share the work; no result depends on the number of threads.
  public let workers: Workers
  let panels: WeightPanels
  let rotary: RotaryTables
  private var scratches: [WorkerScratch] = []
  private var scratchTokens = 0
  private var scratchLength = 0
  private var spareActivations: [Activations] = []
  private var spareGradientMemory: GradientMemory?
  private var decoders: [Decoder] = []

  /// - Parameters:
  ///   - configuration: The model's shape.
  ///   - parameters: Numbers in the order of the configuration's layout; the model keeps and changes them.
  ///   - workers: The threads that share the work.
  public init(_ configuration: ModelConfiguration, parameters: Parameters, workers: Workers = .all) {
    self.configuration = configuration
    self.parameters = parameters
    self.workers = workers
    layout = ParameterLayout(configuration)
    precondition(parameters.count == layout.count)
    panels = WeightPanels(configuration, layout)
    rotary = RotaryTables(configuration)
  }

  /// A model with its own copy of the weights.
  public func copy() -> Transformer {
    Transformer(configuration, parameters: Parameters(copying: parameters), workers: workers)
  }

  /// Tells the model that its parameters were changed from outside.
  public func parametersChanged() { panels.weightsChanged() }

  /// Scores a batch, and on request keeps what a backward pass needs.
  ///
  /// - Parameters:
  ///   - batch: The sequences, and the positions that are read.
  ///   - temperature: Divides the logits.
  ///   - wantsEntropy: Also the entropy of the distribution over the next token, at each position that is read.
  ///   - wantsLikeliest: Also whether the token that follows is the likeliest, at each position that is read.
  ///   - keepsActivations: Whether a backward pass will follow.
  public func forward(
    _ batch: TokenBatch, temperature: Float = 1, wantsEntropy: Bool = false, wantsLikeliest: Bool = false,
    keepsActivations: Bool = false
  ) -> ForwardPass {
    let share = batch.sequences(for: workers.ranks)
    let own = batch.part(share)
    prepare(for: own)
    let memory = keepsActivations ? activations(tokens: own.tokenCount) : nil
    let pass = ForwardPass(
      self, batch, share: share, own: own, temperature: temperature, wantsEntropy: wantsEntropy,
      wantsLikeliest: wantsLikeliest, activations: memory)
    pass.run()
    return pass
  }

  private func prepare(for batch: TokenBatch) {
    panels.prepareForward(parameters, workers)
    rotary.reserve(positions: batch.longestSequence)
    guard scratches.count < workers.count || scratchTokens < batch.largestPack || scratchLength < batch.longestSequence
    else { return }
    scratchTokens = max(scratchTokens, batch.largestPack)
    scratchLength = max(scratchLength, batch.longestSequence)
    scratches = (0..<workers.count).map { _ in
      WorkerScratch(configuration, tokens: scratchTokens, longestSequence: scratchLength)
    }
  }

  func scratch(_ worker: Int) -> WorkerScratch { scratches[worker] }

  // Memory is reused: fresh pages would take more time than many of the products.
  private func activations(tokens: Int) -> Activations {
    if let index = spareActivations.firstIndex(where: { $0.capacity >= tokens }) {
      return spareActivations.remove(at: index)
    }
    spareActivations.removeAll()
    return Activations(configuration, tokens: tokens, keepsLayers: true)
  }

  func giveBack(_ activations: Activations) {
    if spareActivations.count < 2 { spareActivations.append(activations) }
  }

  func decoder(_ worker: Int) -> Decoder { decoders[worker] }

  func reserveDecoders(sequences: Int, positions: Int) {
    panels.prepareForward(parameters, workers)
    rotary.reserve(positions: positions)
    while decoders.count < workers.count { decoders.append(Decoder(self)) }
    for decoder in decoders { decoder.cache.reserve(sequences: sequences, positions: positions) }
  }

  func gradientMemory(tokens: Int, packs: Int) -> GradientMemory {
    if let memory = spareGradientMemory, memory.tokens >= tokens, memory.packs >= packs { return memory }
    let memory = GradientMemory(configuration, tokens: tokens, packs: packs)
    spareGradientMemory = memory
    return memory
  }
}

extension ModelConfiguration {
  var attentionShape: gradus_attention {
    gradus_attention(
      query_heads: headCount, key_heads: keyValueHeadCount, head_size: headSize,
      scale: 1 / Float(headSize).squareRoot())
  }

  /// How many numbers the head computes from a hidden state.
  var outputSize: Int { head == .scalar ? 1 : vocabularySize }
}
