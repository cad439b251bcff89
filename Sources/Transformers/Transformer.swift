internal import CKernels

/// A decoder-only transformer: its shape and its weights.
///
///     let model = Transformer(configuration, seed: 1)
///     let pass = model.forward(.scoring([[5, 2, 9]], from: [1]))
///     pass.logps  // log π(2 | 5), log π(9 | 5 2)
public final class Transformer: @unchecked Sendable {
  public let configuration: ModelConfiguration
  /// What it computes with, in the order of its layout: all weights, or a frozen model's norms and biases.
  public let parameters: Parameters
  public let layout: ParameterLayout
  /// Low-rank adapters, where these alone are trained.
  let adapters: Adapters?
  /// Whether the backward pass computes each layer's activations again instead of keeping them: the same results, with less
  /// memory and a third more time (Chen et al. 2016).
  public var checkpointsActivations = false
  /// The threads and ranks that share the work; no result depends on the number of threads.
  public let workers: Workers
  let panels: WeightPanels
  let rotary: RotaryTables
  /// The sliding layers' own, where these have another θ.
  let slidingRotary: RotaryTables?
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
  public convenience init(_ configuration: ModelConfiguration, parameters: Parameters, workers: Workers = .all) {
    let layout = ParameterLayout(configuration)
    self.init(configuration, layout, parameters, WeightPanels(configuration, layout, parameters), workers: workers)
  }

  init(
    _ configuration: ModelConfiguration, _ layout: ParameterLayout, _ parameters: Parameters, _ panels: WeightPanels,
    adapters: Adapters? = nil, workers: Workers
  ) {
    precondition(parameters.count == layout.count)
    self.configuration = configuration
    self.layout = layout
    self.parameters = parameters
    self.panels = panels
    self.adapters = adapters
    self.workers = workers
    rotary = RotaryTables(configuration, theta: configuration.ropeTheta, scaling: configuration.ropeScaling)
    slidingRotary = configuration.slidingRopeTheta.map { RotaryTables(configuration, theta: $0, scaling: .none) }
  }

  /// A model with its own copy of what is trained; frozen weights are shared.
  public func copy() -> Transformer {
    guard isFrozen else {
      return Transformer(configuration, parameters: Parameters(copying: parameters), workers: workers)
    }
    return adapted(
      adapters.map {
        Adapters($0.shape, of: configuration, parameters: Parameters(copying: $0.parameters))
      })
  }

  /// Tells the model that its parameters were changed from outside.
  public func parametersChanged() {
    panels.weightsChanged()
    adapters?.changed()
  }

  /// Tells the model how many optimizer steps were taken, on which dropout depends: each pass that a backward pass will follow
  /// has its own, and after the same number of steps they are the same again.
  ///
  /// - Parameters:
  ///   - step: The steps taken.
  ///   - seed: The run's seed; nil for the one it has.
  public func begin(step: Int, seed: UInt64? = nil) {
    if let seed { adapters?.dropoutSeed = seed }
    adapters?.begin(step: step)
  }

  /// Scores a batch, and on request keeps what a backward pass needs.
  ///
  /// - Parameters:
  ///   - batch: The sequences, and the positions that are read.
  ///   - temperature: Divides the logits.
  ///   - wantsEntropy: Also the entropy of the distribution over the next token, at each position that is read.
  ///   - wantsLikeliest: Also whether the token that follows is the likeliest, at each position that is read.
  ///   - keepsActivations: Whether a backward pass will follow.
  ///   - other: A pass of another model over as many sequences, of which each rank is to take the same ones.
  public func forward(
    _ batch: TokenBatch, temperature: Float = 1, wantsEntropy: Bool = false, wantsLikeliest: Bool = false,
    keepsActivations: Bool = false, sharedAs other: ForwardPass? = nil
  ) -> ForwardPass {
    let share = other?.share ?? batch.sequences(for: workers.ranks)
    let order = other?.order ?? batch.order
    let dropout = keepsActivations ? adapters?.nextDropout() : nil
    let own = TokenRows(batch, order, share: share, sharesBeginnings: dropout == nil)
    prepare(for: own)
    let memory = keepsActivations ? activations(tokens: own.count) : nil
    let pass = ForwardPass(
      self, batch, order: order, share: share, own: own, temperature: temperature, wantsEntropy: wantsEntropy,
      wantsLikeliest: wantsLikeliest, activations: memory, dropout: dropout)
    pass.run()
    return pass
  }

  private func prepareWeights(generates: Bool = false) {
    panels.prepareForward(workers, generates: generates)
    adapters?.prepare()
  }

  private func prepare(for rows: TokenRows) {
    prepareWeights()
    reserve(positions: rows.longestSequence)
    guard scratches.count < workers.count || scratchTokens < rows.largestPack || scratchLength < rows.longestSequence
    else { return }
    scratchTokens = max(scratchTokens, rows.largestPack)
    scratchLength = max(scratchLength, rows.longestSequence)
    scratches = (0..<workers.count).map { _ in
      WorkerScratch(
        configuration, tokens: scratchTokens, longestSequence: scratchLength, adapterWidth: adapters?.width ?? 0)
    }
  }

  private func reserve(positions: Int) {
    guard configuration.positions == .rotary else { return }
    rotary.reserve(positions: positions)
    slidingRotary?.reserve(positions: positions)
  }

  func scratch(_ worker: Int) -> WorkerScratch { scratches[worker] }

  // Memory is reused: fresh pages would take more time than many of the products.
  private func activations(tokens: Int) -> Activations {
    if let index = spareActivations.firstIndex(where: { $0.capacity >= tokens }) {
      return spareActivations.remove(at: index)
    }
    spareActivations.removeAll()
    return Activations(configuration, tokens: tokens, keeping: checkpointsActivations ? .streams : .layers)
  }

  func giveBack(_ activations: Activations) {
    if spareActivations.count < 2 { spareActivations.append(activations) }
  }

  func decoder(_ worker: Int) -> Decoder { decoders[worker] }

  func reserveDecoders(groups: Int, prompt: Int, sequences: Int, tokens: Int) {
    prepareWeights(generates: true)
    reserve(positions: prompt + tokens)
    let (count, sharers) = sharesColumns ? (1, workers) : (workers.count, .one)
    while decoders.count < count { decoders.append(Decoder(self, workers: sharers)) }
    for decoder in decoders {
      decoder.cache.reserve(groups: groups, prompt: prompt, sequences: sequences, tokens: tokens)
    }
  }

  /// Gives back what only generation needs, where the model is so large that training needs the memory.
  func endGeneration() { if panels.endGeneration() { decoders = [] } }

  func gradientMemory(tokens: Int, packs: Int) -> GradientMemory {
    if let memory = spareGradientMemory, memory.tokens >= tokens, memory.packs >= packs { return memory }
    let memory = GradientMemory(configuration, adapters, tokens: tokens, packs: packs)
    spareGradientMemory = memory
    return memory
  }
}
