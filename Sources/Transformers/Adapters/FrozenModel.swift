public import Autodiff

extension Transformer {
  /// Whether its weights are frozen: it is trained by its adapters, or not at all.
  public var isFrozen: Bool { layout.hasVectorsAlone }

  /// What is trained, in the order of `trainedLayout`: all weights, adapters, or nothing.
  public var trainedParameters: Parameters { isFrozen ? adapters?.parameters ?? Self.nothing : parameters }

  public var trainedLayout: ParameterLayout { isFrozen ? adapters?.layout ?? Self.noLayout : layout }

  private static let nothing = Parameters(count: 0)
  private static let noLayout = ParameterLayout(adapters: [], head: nil)

  /// The shape of its adapters; nil for a model without.
  public var lowRank: LowRank? { adapters?.shape }

  /// All weights, whether they are trained or not; adapters are not counted.
  public var weightCount: Int { ParameterLayout(configuration).count }

  /// A checksum of all its numbers, trained or frozen.
  public var checksum: UInt64 {
    guard isFrozen else { return parameters.checksum }
    let weights = panels.all.reduce(parameters.checksum) { $1.matrix.checksum(after: $0) }
    return weights ^ trainedParameters.checksum
  }

  /// A model whose matrices are kept once, packed for products, and as bfloat16 where that loses nothing.
  ///
  /// - Parameters:
  ///   - configuration: The model's shape.
  ///   - workers: The threads that share the work.
  ///   - isHalf: Whether all numbers of a matrix are bfloat16.
  ///   - precision: To how many bits matrices are rounded.
  ///   - read: Reads some numbers of a block; they are asked for in parts, so that no large matrix is in memory twice.
  public static func frozen<Failure: Error>(
    _ configuration: ModelConfiguration, workers: Workers = .all, isHalf: (ParameterBlock) -> Bool,
    precision: ReducedPrecision = .float32,
    read: (ParameterBlock, Range<Int>, UnsafeMutableBufferPointer<Float>) throws(Failure) -> Void
  ) throws(Failure) -> Transformer {
    let (full, vectors) = (ParameterLayout(configuration), ParameterLayout(configuration, hasVectorsAlone: true))
    let parameters = Parameters(count: vectors.count)
    for block in vectors.blocks { try read(block, 0..<block.count, parameters[block.range]) }
    let floats = full.blocks.filter { !isHalf($0) }.map { $0.range }
    let panels = WeightPanels(configuration, full) { range in
      precision.format ?? (floats.contains { $0.overlaps(range) } ? .floats : .pairs)
    }
    for weight in panels.all {
      try weight.fill(full.blocks.filter { weight.range.contains($0.offset) }, precision, read)
    }
    return Transformer(configuration, vectors, parameters, panels, workers: workers)
  }

  /// The same model with frozen weights: a reference, or the base of adapters.
  public func frozen() -> Transformer {
    if isFrozen { return copy() }
    // Cannot fail: the numbers are in memory.
    return Transformer.frozen(
      configuration, workers: workers, isHalf: { self.parameters.areHalves($0.range) }, read: readWeights)
  }

  /// The model with fewer bits, as an engine has it that samples fast: its matrices are rounded, norms and biases are not, and
  /// adapters stay as they are, and are this model's own.
  ///
  /// Sums are 32-bit floats. bfloat16 takes half the memory, and rounds the other factor of each product, too; int8 takes a
  /// quarter, with a scale for each output and 256 inputs (like the blocks of llama.cpp's Q8_0); float8 (e4m3) has a scale for
  /// each output, and takes as much as float32, since no CPU multiplies it.
  ///
  /// - Parameters:
  ///   - precision: What its weights are rounded to.
  ///   - engine: One made before of the same frozen weights, which is taken again.
  public func engine(_ precision: ReducedPrecision, reusing engine: Transformer? = nil) -> Transformer {
    if isFrozen, let engine { return engine.adapted(adapters) }
    var configuration = configuration
    configuration.roundsFactors = configuration.roundsFactors || precision == .bfloat16
    let base = Transformer.frozen(
      configuration, workers: workers, isHalf: { _ in false }, precision: precision, read: readWeights)
    return base.adapted(adapters)
  }

  /// Reads some numbers of a block, wherever they are; of a frozen model's matrix, whole rows.
  private func readWeights(
    _ block: ParameterBlock, _ range: Range<Int>, _ values: UnsafeMutableBufferPointer<Float>
  ) throws(Never) {
    guard let start = values.baseAddress else { return }
    if let own = layout.blocks.first(where: { $0.name == block.name }) {
      start.update(from: parameters.values + own.offset + range.lowerBound, count: range.count)
    } else if let weight = panels.all.first(where: { $0.range.contains(block.offset) }) {
      let first = (block.offset + range.lowerBound - weight.offset) / weight.inputs
      for row in 0..<range.count / weight.inputs {
        weight.matrix.takeRow(first + row, to: start + row * weight.inputs)
      }
    }
  }

  /// The model with other adapters on the same weights; nil for none.
  func adapted(_ adapters: Adapters?, head: ModelConfiguration.Head? = nil) -> Transformer {
    var configuration = configuration
    configuration.head = head ?? configuration.head
    return Transformer(configuration, layout, parameters, panels, adapters: adapters, workers: workers)
  }

  /// A model whose weights are frozen, with new adapters that change nothing yet.
  ///
  /// - Parameters:
  ///   - shape: The adapters' rank, scale and targets.
  ///   - head: Another head than its own: a scalar one is new, and trained as a whole.
  ///   - seed: The seed of A, and of a new scalar head.
  public func adapted(_ shape: LowRank, head: ModelConfiguration.Head? = nil, seed: UInt64) -> Transformer {
    guard isFrozen else { return frozen().adapted(shape, head: head, seed: seed) }
    var configuration = configuration
    configuration.head = head ?? configuration.head
    let new = Adapters(shape, of: configuration, seed: seed)
    if self.configuration.head == .scalar, let own = new.head { takeScalarHead(to: new.parameters.values + own.offset) }
    return adapted(new, head: head)
  }

  private func takeScalarHead(to place: UnsafeMutablePointer<Float>) {
    if let own = adapters?.head {
      place.update(from: trainedParameters.values + own.offset, count: own.inputs)
    } else {
      panels.head.matrix.takeRow(0, to: place)
    }
  }

  /// The same body with a new scalar head, for a reward model or a critic.
  public func withScalarHead(seed: UInt64) -> Transformer {
    let result: Transformer
    if let adapters {
      result = adapted(adapters.shape, head: .scalar, seed: seed)
    } else if isFrozen {
      return merged().withScalarHead(seed: seed)
    } else {
      var configuration = configuration
      configuration.head = .scalar
      result = Transformer(configuration, seed: seed, workers: workers)
    }
    for block in result.trainedLayout.blocks {
      guard let own = trainedLayout.blocks.first(where: { $0.name == block.name }) else { continue }
      result.trainedParameters[block.range].baseAddress?.update(
        from: trainedParameters.values + own.offset, count: own.count)
    }
    return result
  }
}

extension WeightPanels.Weight {
  /// Reads and packs the matrix, some rows at a time.
  fileprivate func fill<Failure: Error>(
    _ blocks: [ParameterBlock], _ precision: ReducedPrecision,
    _ read: (ParameterBlock, Range<Int>, UnsafeMutableBufferPointer<Float>) throws(Failure) -> Void
  ) throws(Failure) {
    let strip = max(1, Self.numbersAtATime / inputs / 32) * 32
    let buffer = Parameters(count: min(strip, outputs) * inputs)
    for rows in (0..<outputs).pieces(of: strip) {
      let wanted = offset + rows.lowerBound * inputs..<offset + rows.upperBound * inputs
      for block in blocks where block.range.overlaps(wanted) {
        let part = block.range.clamped(to: wanted)
        try read(
          block, part.lowerBound - block.offset..<part.upperBound - block.offset,
          buffer[part.lowerBound - wanted.lowerBound..<part.upperBound - wanted.lowerBound])
      }
      if precision == .float8 { buffer.roundRows(rows.count, to: precision) }
      matrix.pack(rows.count, of: buffer.values, at: rows.lowerBound)
    }
  }

  private static let numbersAtATime = 1 << 20
}

extension ReducedPrecision {
  /// How a matrix of it is kept; nil where that is for its numbers to say.
  fileprivate var format: MatrixFormat? {
    switch self {
    case .float32: nil
    case .bfloat16: .pairs
    case .float8: .floats
    case .int8: .bytes
    }
  }
}

extension Parameters {
  /// Rounds the first rows of a matrix, each scaled so that its largest number is the precision's largest, 448.
  fileprivate func roundRows(_ rows: Int, to precision: ReducedPrecision) {
    let columns = count / rows
    for row in 0..<rows {
      let numbers = self[row * columns..<(row + 1) * columns]
      let scale = 448 / Double(numbers.reduce(0) { max($0, $1.magnitude) })
      guard scale.isFinite, scale > 0 else { continue }
      for (place, x) in precision.rounded(numbers.map { Double($0) * scale }).enumerated() {
        numbers[place] = Float(x / scale)
      }
    }
  }

  /// Whether these numbers are bfloat16: the lower half of each is 0.
  fileprivate func areHalves(_ range: Range<Int>) -> Bool {
    range.allSatisfy { values[$0].bitPattern & 0xffff == 0 }
  }
}
