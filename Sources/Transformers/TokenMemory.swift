/// How much memory training takes for each token, in 32-bit numbers, for `gradus plan`.
extension ModelConfiguration {
  /// The numbers that `Activations` keeps for each token, including the gaps between rows.
  public var activationNumbersPerToken: Int {
    func row(_ columns: Int) -> Int { Matrix.stride(columns: columns) }
    let headNorms = queryKeyNorm == .none ? 0 : row(querySize + keySize) + row(headCount + keyValueHeadCount)
    let norms = headNorms + (normPlace.isAfter ? 2 * row(hiddenSize) + 2 : 0)
    // Attention's log-sums and the two norms' scales have no gaps.
    let vectors = headCount + 2
    let layer = row(querySize + 2 * keySize) + norms + row(querySize) + row(hiddenSize) + row(expandedSize)
    return layerCount * (layer + vectors) + (layerCount + 1) * row(hiddenSize)
  }

  /// The numbers that `GradientMemory` has for each token, a layer at a time.
  public var gradientNumbersPerToken: Int {
    func row(_ columns: Int) -> Int { Matrix.stride(columns: columns) }
    let streams = normPlace.isAfter ? 5 : 3
    let rows = streams * row(hiddenSize) + row(expandedSize) + row(querySize + 2 * keySize)
    return rows + 2 * hiddenSize + querySize + intermediateSize
  }

  /// Whether matrices are packed for the backward products, too, which larger models turn while they multiply.
  public var isPackedTwice: Bool { matrixNumbers < 1 << 25 }

  /// The numbers of all packed matrices.
  public var packedNumbers: Int { (isPackedTwice ? 2 : 1) * matrixNumbers }

  var matrixNumbers: Int {
    let layer = (2 * querySize + 2 * keySize + expandedSize + intermediateSize) * hiddenSize
    return layerCount * layer + outputSize * hiddenSize
  }
}
