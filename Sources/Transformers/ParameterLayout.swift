/// One weight matrix or vector of a model: its name in a checkpoint, its shape and where it lies among all parameters.
public struct ParameterBlock: Equatable, Sendable {
  /// What a new model has there.
  public enum Beginning: Equatable, Sendable { case normal, ones, zeros }

  public let name: String
  /// `[out, in]` for a projection, `[n]` for a vector; row-major.
  public let shape: [Int]
  /// Where it begins in the model's array of parameters.
  public let offset: Int
  /// Whether files hold the matrix as `[in, out]`.
  public let isTransposed: Bool
  public let beginning: Beginning

  public var count: Int { shape.reduce(1, *) }
  public var range: Range<Int> { offset..<offset + count }
  /// The shape in files.
  public var storedShape: [Int] { isTransposed ? shape.reversed() : shape }
}

/// The order in which a model's parameters lie in one array.
///
/// Query, key and value projections are neighbours, and so are the gate and up projections: each group is then one
/// matrix for one product, while a checkpoint still finds every block by its own name.
public struct ParameterLayout: Equatable, Sendable {
  public private(set) var blocks: [ParameterBlock] = []
  public private(set) var count = 0

  /// Where the parts of one layer begin; −1 for what the model does not have.
  struct Layer: Equatable, Sendable {
    var inputNorm = -1, qkv = -1, qkvBias = -1, queryNorm = -1, keyNorm = -1, output = -1, outputBias = -1
    var attentionNorm = -1, middleNorm = -1, gateUp = -1, gateUpBias = -1, down = -1, downBias = -1, mlpNorm = -1

    /// The norm of what a branch adds to the residual stream; −1 where it has none.
    func norm(after projection: Projection) -> Int {
      switch projection {
      case .output: attentionNorm
      case .down: mlpNorm
      case .qkv, .gateUp: -1
      }
    }
  }

  private(set) var layers: [Layer] = []
  private var layerRanges: [Range<Int>] = []
  private(set) var embedding = 0
  /// Learned positions; −1 for none.
  private(set) var positions = -1
  private(set) var finalNorm = 0
  /// The language model's output projection, which may be the embedding, or the scalar head.
  private(set) var head = 0

  /// Whether it is a frozen model's, whose matrices are kept elsewhere and have no place here: −1.
  let hasVectorsAlone: Bool

  /// The parameters of a layer, which lie together.
  func range(ofLayer number: Int) -> Range<Int> { layerRanges[number] }

  /// The embeddings, the first of which a tied head shares.
  var beforeLayers: Range<Int> { 0..<(layerRanges.first?.lowerBound ?? finalNorm) }
  /// The last norm, and the head if it has weights of its own.
  var afterLayers: Range<Int> { (layerRanges.last?.upperBound ?? finalNorm)..<count }

  public init(_ model: ModelConfiguration) { self.init(model, hasVectorsAlone: false) }

  init(_ model: ModelConfiguration, hasVectorsAlone: Bool) {
    self.hasVectorsAlone = hasVectorsAlone
    let names = model.names
    embedding = add("\(names.embedding).weight", [model.vocabularySize, model.hiddenSize])
    if model.positions == .learned {
      // They are looked up and added, never multiplied, so that a frozen model keeps them here.
      positions = add("\(names.positions).weight", [model.maxPositions, model.hiddenSize], isMatrix: false)
    }
    for n in 0..<model.layerCount {
      let start = count
      layers.append(layer("\(names.layers).\(n).", model))
      layerRanges.append(start..<count)
    }
    finalNorm = norm(names.finalNorm, model.hiddenSize, model)
    switch model.head {
    case .scalar: head = add("\(names.scalarHead).weight", [1, model.hiddenSize])
    case .language where model.tiesEmbeddings: head = embedding
    case .language: head = add("\(names.languageHead).weight", [model.vocabularySize, model.hiddenSize])
    }
  }

  private mutating func layer(_ prefix: String, _ model: ModelConfiguration) -> Layer {
    let names = model.names
    var layer = Layer()
    if model.normPlace.isBefore { layer.inputNorm = norm(prefix + names.inputNorm, model.hiddenSize, model) }
    let columns = [model.querySize, model.keySize, model.keySize]
    (layer.qkv, layer.qkvBias) = projections(
      prefix, names.queryKeyValue, columns, model.hiddenSize, model.hasQueryKeyValueBias, model)
    switch model.queryKeyNorm {
    case .none: break
    case .perHead:
      layer.queryNorm = norm(prefix + names.queryNorm, model.headSize, model)
      layer.keyNorm = norm(prefix + names.keyNorm, model.headSize, model)
    case .whole:
      layer.queryNorm = norm(prefix + names.queryNorm, model.querySize, model)
      layer.keyNorm = norm(prefix + names.keyNorm, model.keySize, model)
    }
    (layer.output, layer.outputBias) = projections(
      prefix, [names.output], [model.hiddenSize], model.querySize, model.hasOutputBias, model)
    if model.normPlace.isAfter { layer.attentionNorm = norm(prefix + names.attentionNorm, model.hiddenSize, model) }
    if model.normPlace.isBefore { layer.middleNorm = norm(prefix + names.middleNorm, model.hiddenSize, model) }
    let inner = [Int](repeating: model.intermediateSize, count: model.activation.isGated ? 2 : 1)
    (layer.gateUp, layer.gateUpBias) = projections(
      prefix, names.gateUp, inner, model.hiddenSize, model.hasMLPBias, model)
    (layer.down, layer.downBias) = projections(
      prefix, [names.down], [model.hiddenSize], model.intermediateSize, model.hasMLPBias, model)
    if model.normPlace.isAfter { layer.mlpNorm = norm(prefix + names.mlpNorm, model.hiddenSize, model) }
    return layer
  }

  /// What is trained of a model with adapters: theirs layer by layer, and a scalar head.
  init(adapters layers: [[(name: String, shape: [Int])]], head: (name: String, shape: [Int])?) {
    hasVectorsAlone = false
    for layer in layers {
      let start = count
      for (name, shape) in layer { add(name, shape) }
      layerRanges.append(start..<count)
    }
    finalNorm = -1
    self.head = head.map { add($0.name, $0.shape) } ?? -1
  }

  /// Matrices that lie together, and their biases, which do so as well: each by its own name, or all by one.
  private mutating func projections(
    _ prefix: String, _ names: [String], _ outputs: [Int], _ inputs: Int, _ hasBias: Bool, _ model: ModelConfiguration
  ) -> (weight: Int, bias: Int) {
    let outputs = names.count == 1 ? [outputs.reduce(0, +)] : outputs
    let weight = count
    for (name, outputs) in zip(names, outputs) {
      add("\(prefix)\(name).weight", [outputs, inputs], isTransposed: model.names.transposesProjections)
    }
    guard hasBias else { return (weight, -1) }
    let bias = count
    for (name, outputs) in zip(names, outputs) { add("\(prefix)\(name).bias", [outputs], .zeros) }
    return (weight, bias)
  }

  private mutating func norm(_ name: String, _ size: Int, _ model: ModelConfiguration) -> Int {
    let weight = add("\(name).weight", [size], model.norm == .rootMeanSquareAroundOne ? .zeros : .ones)
    if model.norm == .layer { add("\(name).bias", [size], .zeros) }
    return weight
  }

  @discardableResult
  private mutating func add(
    _ name: String, _ shape: [Int], _ beginning: ParameterBlock.Beginning = .normal, isTransposed: Bool = false,
    isMatrix: Bool? = nil
  ) -> Int {
    guard !hasVectorsAlone || !(isMatrix ?? (shape.count > 1)) else { return -1 }
    let block = ParameterBlock(
      name: name, shape: shape, offset: count, isTransposed: isTransposed, beginning: beginning)
    blocks.append(block)
    count += block.count
    return block.offset
  }
}
