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
  ///   - read: Reads some numbers of a block; they are asked for in parts, so that no large matrix is in memory twice.
  public static func frozen<Failure: Error>(
    _ configuration: ModelConfiguration, workers: Workers = .all, isHalf: (ParameterBlock) -> Bool,
    read: (ParameterBlock, Range<Int>, UnsafeMutableBufferPointer<Float>) throws(Failure) -> Void
  ) throws(Failure) -> Transformer {
    let (full, vectors) = (ParameterLayout(configuration), ParameterLayout(configuration, hasVectorsAlone: true))
    let parameters = Parameters(count: vectors.count)
    for block in vectors.blocks { try read(block, 0..<block.count, parameters[block.range]) }
    let panels = WeightPanels(configuration, full, frozen: full.blocks.filter { !isHalf($0) }.map { $0.range })
    for weight in panels.all { try weight.fill(full.blocks.filter { weight.range.contains($0.offset) }, read) }
    return Transformer(configuration, vectors, parameters, panels, workers: workers)
  }

  /// The same model with frozen weights: a reference, or the base of adapters.
  public func frozen() -> Transformer {
    if isFrozen { return copy() }
    // Cannot fail: the numbers are in memory.
    return Transformer.frozen(
      configuration, workers: workers, isHalf: { self.parameters.areHalves($0.range) },
      read: { (block, range, values) throws(Never) in
        guard let own = layout.blocks.first(where: { $0.name == block.name }) else { return }
        values.baseAddress?.update(from: parameters.values + own.offset + range.lowerBound, count: range.count)
      })
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
    _ blocks: [ParameterBlock],
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
      matrix.pack(rows.count, of: buffer.values, at: rows.lowerBound)
    }
  }

  private static let numbersAtATime = 1 << 20
}

extension Parameters {
  /// Whether these numbers are bfloat16: the lower half of each is 0.
  fileprivate func areHalves(_ range: Range<Int>) -> Bool {
    range.allSatisfy { values[$0].bitPattern & 0xffff == 0 }
  }
}
