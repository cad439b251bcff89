/// How much memory training takes for each token, in 32-bit numbers, for `gradus plan`.
extension ModelConfiguration {
  /// The numbers that `Activations` keeps for each token, including the gaps between rows.
  ///
  /// - Parameter isCheckpointed: Whether layers are computed again, so that what they keep is in memory one at a time.
  public func activationNumbersPerToken(isCheckpointed: Bool = false) -> Int {
    func row(_ columns: Int) -> Int { Matrix.stride(columns: columns) }
    let headNorms = queryKeyNorm == .none ? 0 : row(querySize + keySize) + row(headCount + keyValueHeadCount)
    let norms = headNorms + (normPlace.isAfter ? 2 * row(hiddenSize) + 2 : 0)
    // Attention's log-sums and the two norms' scales have no gaps.
    let vectors = headCount + 2
    let layer = row(querySize + 2 * keySize) + norms + row(querySize) + row(hiddenSize) + row(expandedSize)
    return (isCheckpointed ? 1 : layerCount) * (layer + vectors) + (layerCount + 1) * row(hiddenSize)
  }

  /// The numbers that `GradientMemory` has for each token, a layer at a time.
  public var gradientNumbersPerToken: Int {
    func row(_ columns: Int) -> Int { Matrix.stride(columns: columns) }
    let streams = normPlace.isAfter ? 5 : 3
    let rows = streams * row(hiddenSize) + row(expandedSize) + row(querySize + 2 * keySize)
    return rows + 2 * hiddenSize + querySize + intermediateSize
  }

  /// The most numbers that logits and their gradients have at a time, where so many positions are read.
  public func logitNumbers(rows: Int, workers: Int) -> Int {
    let ofWorkers = workers * min(rows, logitRowsAtATime)
    return (min(rows, logitRowsOfBackwardPass) + ofWorkers) * Matrix.stride(columns: outputSize)
  }

  /// How many rows of logits one worker has in memory: with a large vocabulary, those of a long text would take gigabytes.
  var logitRowsAtATime: Int { min(256, max(32, (1 << 22) / outputSize)) }

  /// How many rows of the logits' gradient there are at a time: whole blocks of 128, which is how products sum them, so that
  /// this changes no bit.
  var logitRowsOfBackwardPass: Int { max(128, (1 << 22) / outputSize / 128 * 128) }

  /// After how many rows the blocks begin anew.
  var logitRowsOfSum: Int { max(32, (1 << 24) / outputSize) }

  /// Whether matrices of a model that is trained are packed for forward and backward products; those of larger ones are
  /// packed while it generates, and blocks of them are turned while multiplying.
  public var isPackedTwice: Bool { matrixNumbers < 1 << 25 }

  /// The numbers of all matrices.
  public var matrixNumbers: Int {
    let layer = (2 * querySize + 2 * keySize + expandedSize + intermediateSize) * hiddenSize
    return layerCount * layer + outputSize * hiddenSize
  }
}
