/// One weight matrix or vector of a model: its name in a checkpoint, its shape and where it lies among all parameters.
public struct ParameterBlock: Equatable, Sendable {
  public let name: String
  /// `[out, in]` for a projection, `[n]` for a vector; row-major.
  public let shape: [Int]
  /// Where it begins in the model's array of parameters.
  public let offset: Int

  public var count: Int { shape.reduce(1, *) }
  public var range: Range<Int> { offset..<offset + count }
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
    var postNorm = -1, gateUp = -1, gateUpBias = -1, down = -1, downBias = -1
  }

  private(set) var layers: [Layer] = []
  private var layerRanges: [Range<Int>] = []
  private(set) var embedding = 0
  private(set) var finalNorm = 0
  /// The language model's output projection, which may be the embedding, or the scalar head.
  private(set) var head = 0

  /// Whether it is a frozen model's, whose matrices are kept elsewhere and have no place here: −1.
  let hasVectorsAlone: Bool

  /// The parameters of a layer, which lie together.
  func range(ofLayer number: Int) -> Range<Int> { layerRanges[number] }

  /// The embedding, which a tied head shares.
  var beforeLayers: Range<Int> { 0..<(layerRanges.first?.lowerBound ?? finalNorm) }
  /// The last norm, and the head if it has weights of its own.
  var afterLayers: Range<Int> { (layerRanges.last?.upperBound ?? finalNorm)..<count }

  public init(_ model: ModelConfiguration) { self.init(model, hasVectorsAlone: false) }

  init(_ model: ModelConfiguration, hasVectorsAlone: Bool) {
    self.hasVectorsAlone = hasVectorsAlone
    let (hidden, inner) = (model.hiddenSize, model.intermediateSize)
    embedding = add("model.embed_tokens.weight", [model.vocabularySize, hidden])
    for n in 0..<model.layerCount {
      let start = count
      layers.append(layer("model.layers.\(n)", model, hidden, inner))
      layerRanges.append(start..<count)
    }
    finalNorm = add("model.norm.weight", [hidden])
    switch model.head {
    case .scalar: head = add("score.weight", [1, hidden])
    case .language where model.tiesEmbeddings: head = embedding
    case .language: head = add("lm_head.weight", [model.vocabularySize, hidden])
    }
  }

  private mutating func layer(_ name: String, _ model: ModelConfiguration, _ hidden: Int, _ inner: Int) -> Layer {
    var layer = Layer()
    layer.inputNorm = add("\(name).input_layernorm.weight", [hidden])
    layer.qkv = add("\(name).self_attn.q_proj.weight", [model.querySize, hidden])
    add("\(name).self_attn.k_proj.weight", [model.keySize, hidden])
    add("\(name).self_attn.v_proj.weight", [model.keySize, hidden])
    if model.hasQueryKeyValueBias {
      layer.qkvBias = add("\(name).self_attn.q_proj.bias", [model.querySize])
      add("\(name).self_attn.k_proj.bias", [model.keySize])
      add("\(name).self_attn.v_proj.bias", [model.keySize])
    }
    if model.hasQueryKeyNorm {
      layer.queryNorm = add("\(name).self_attn.q_norm.weight", [model.headSize])
      layer.keyNorm = add("\(name).self_attn.k_norm.weight", [model.headSize])
    }
    layer.output = add("\(name).self_attn.o_proj.weight", [hidden, model.querySize])
    if model.hasOutputBias { layer.outputBias = add("\(name).self_attn.o_proj.bias", [hidden]) }
    layer.postNorm = add("\(name).post_attention_layernorm.weight", [hidden])
    layer.gateUp = add("\(name).mlp.gate_proj.weight", [inner, hidden])
    add("\(name).mlp.up_proj.weight", [inner, hidden])
    if model.hasMLPBias {
      layer.gateUpBias = add("\(name).mlp.gate_proj.bias", [inner])
      add("\(name).mlp.up_proj.bias", [inner])
    }
    layer.down = add("\(name).mlp.down_proj.weight", [hidden, inner])
    if model.hasMLPBias { layer.downBias = add("\(name).mlp.down_proj.bias", [hidden]) }
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

  @discardableResult
  private mutating func add(_ name: String, _ shape: [Int]) -> Int {
    guard !hasVectorsAlone || shape.count == 1 else { return -1 }
    let block = ParameterBlock(name: name, shape: shape, offset: count)
    blocks.append(block)
    count += block.count
    return block.offset
  }
}
