/// How much memory training takes for each token, in 32-bit numbers, for those who plan it.
extension ModelConfiguration {
  /// What `Activations` keeps of a token for the backward pass, gaps between rows included.
  public var activationNumbersPerToken: Int {
    func row(_ columns: Int) -> Int { Matrix.stride(columns: columns) }
    let norms = hasQueryKeyNorm ? row(querySize + keySize) + row(headCount + keyValueHeadCount) : 0
    // Without gaps are attention's log-sums and the two norms' scales.
    let vectors = headCount + 2
    let layer = row(querySize + 2 * keySize) + norms + row(querySize) + row(hiddenSize) + row(2 * intermediateSize)
    return layerCount * (layer + vectors) + (layerCount + 1) * row(hiddenSize)
  }

  /// What `GradientMemory` has for a token, a layer at a time.
  public var gradientNumbersPerToken: Int {
    func row(_ columns: Int) -> Int { Matrix.stride(columns: columns) }
    let rows = 3 * row(hiddenSize) + row(2 * intermediateSize) + row(querySize + 2 * keySize)
    return rows + 2 * hiddenSize + querySize + intermediateSize
  }

  /// The numbers of all matrices, which are packed twice: for the products forward, and for those back.
  public var matrixNumbers: Int {
    let layer = (2 * querySize + 2 * keySize) * hiddenSize + 3 * intermediateSize * hiddenSize
    return layerCount * layer + outputSize * hiddenSize
  }
}
