internal import CKernels

/// The results of one layer that its backward pass needs; a row for each token.
final class LayerActivations: @unchecked Sendable {
  /// Queries and keys, rotated to their positions, and values: [tokens, querySize + 2 keySize].
  let qkv: Matrix
  /// Queries and keys before their norms, if the model has these: [tokens, querySize + keySize].
  let unnormed: Matrix?
  /// 1 / rms of each query and key head: [tokens, heads].
  let headScales: Matrix?
  /// Attention's output, before its projection: [tokens, querySize].
  let mixed: Matrix
  /// What attention adds to the residual stream before its norm, if it has one.
  let attentionOutput: BranchOutput?
  /// Log-sums of attention's softmax: for each sequence [queryHeads, its length].
  let logSums: Matrix
  /// The residual stream after attention: [tokens, hidden].
  let middle: Matrix
  /// Gates and ups: [tokens, 2 intermediate]; without a gate [tokens, intermediate].
  let gateUp: Matrix
  /// What the MLP adds to the residual stream before its norm, if it has one.
  let mlpOutput: BranchOutput?
  /// 1 / rms before attention and before the MLP: [tokens].
  let inputScale, middleScale: Matrix

  init(_ model: ModelConfiguration, tokens: Int) {
    qkv = Matrix(rows: tokens, columns: model.querySize + 2 * model.keySize)
    let hasHeadNorms = model.queryKeyNorm != .none
    unnormed = hasHeadNorms ? Matrix(rows: tokens, columns: model.querySize + model.keySize) : nil
    headScales = hasHeadNorms ? Matrix(rows: tokens, columns: model.headCount + model.keyValueHeadCount) : nil
    attentionOutput = model.normPlace.isAfter ? BranchOutput(model, tokens: tokens) : nil
    mlpOutput = model.normPlace.isAfter ? BranchOutput(model, tokens: tokens) : nil
    mixed = Matrix(rows: tokens, columns: model.querySize)
    logSums = Matrix(rows: 1, columns: tokens * model.headCount)
    middle = Matrix(rows: tokens, columns: model.hiddenSize)
    gateUp = Matrix(rows: tokens, columns: model.expandedSize)
    inputScale = Matrix(rows: 1, columns: tokens)
    middleScale = Matrix(rows: 1, columns: tokens)
  }
}

/// What a branch of a layer adds to the residual stream by way of a norm.
final class BranchOutput: @unchecked Sendable {
  /// Before the norm: [tokens, hidden].
  let values: Matrix
  /// 1 / rms: [tokens].
  let scales: Matrix

  init(_ model: ModelConfiguration, tokens: Int) {
    values = Matrix(rows: tokens, columns: model.hiddenSize)
    scales = Matrix(rows: 1, columns: tokens)
  }
}

/// The activations of a forward pass: what a backward pass needs of every layer, or less, with memory that is reused.
final class Activations: @unchecked Sendable {
  enum Kept {
    /// Everything.
    case layers
    /// The residual stream alone, from which each layer can be computed again.
    case streams
    case nothing
  }

  let capacity: Int
  private let layers: [LayerActivations]
  /// The residual stream before each layer and after the last: [tokens, hidden].
  private let streams: [Matrix]

  init(_ model: ModelConfiguration, tokens: Int, keeping kept: Kept) {
    capacity = tokens
    layers = (0..<(kept == .layers ? model.layerCount : 1)).map { _ in LayerActivations(model, tokens: tokens) }
    streams = (0...(kept == .nothing ? 0 : model.layerCount)).map { _ in
      Matrix(rows: tokens, columns: model.hiddenSize)
    }
  }

  /// Whether a layer's activations must be computed again before its backward pass.
  var isCheckpointed: Bool { layers.count < streams.count - 1 }

  func layer(_ number: Int) -> LayerActivations { layers[min(number, layers.count - 1)] }
  func stream(_ number: Int) -> Matrix { streams[min(number, streams.count - 1)] }
}

/// The memory that one worker uses while it takes a pack through a layer.
final class WorkerScratch: @unchecked Sendable {
  /// A norm's output or its gradient: [tokens, hidden].
  let normed: Matrix
  /// The MLP's inner activation and its gradient: [tokens, intermediate].
  let inner, innerGradient: Matrix
  /// The gradient of attention's output: [tokens, querySize].
  let mixedGradient: Matrix
  /// A row of logits for each position whose output is read: [rows, vocabulary].
  let logits: Matrix
  /// The inner products of adapters: [tokens, parts · rank].
  let adapted: Matrix
  /// What dropout leaves of an adapter's input: [tokens, the widest input].
  let dropped: Matrix
  private(set) var attention: [Float]
  /// Takes the place of the batch's activations where no backward pass follows.
  private(set) lazy var activations = Activations(model, tokens: tokens, keeping: .nothing)
  private let model: ModelConfiguration
  private let tokens: Int

  init(_ model: ModelConfiguration, tokens: Int, longestSequence: Int, adapterWidth: Int) {
    (self.model, self.tokens) = (model, tokens)
    normed = Matrix(rows: tokens, columns: model.hiddenSize)
    inner = Matrix(rows: tokens, columns: model.intermediateSize)
    innerGradient = Matrix(rows: tokens, columns: model.intermediateSize)
    mixedGradient = Matrix(rows: tokens, columns: model.querySize)
    logits = Matrix(rows: 0, columns: model.outputSize)
    adapted = Matrix(rows: 0, columns: adapterWidth)
    dropped = Matrix(rows: 0, columns: max(model.hiddenSize, model.querySize, model.intermediateSize))
    var shape = model.attentionShape(layer: 0)
    attention = [Float](repeating: 0, count: kernels.attention_scratch(longestSequence, &shape) + 64)
  }

  func withAttention(_ body: (UnsafeMutablePointer<Float>) -> Void) {
    attention.withUnsafeMutableBufferPointer { if let start = $0.baseAddress { body(start) } }
  }
}
