internal import CKernels

/// A batch that went through a model: its log-probabilities or scalars, and what the backward pass needs.
public final class ForwardPass: @unchecked Sendable {
  public let batch: TokenBatch
  /// The order in which the sequences go through the model, which of them, in this order, this rank takes, and these in
  /// memory; all of them if there is one rank.
  let order: [Int]
  let share: Range<Int>
  let own: TokenRows
  let model: Transformer
  let temperature: Float
  /// Of adapters' inputs, where a backward pass follows.
  let dropout: Dropout?
  /// nil if no backward pass follows.
  private(set) var activations: Activations?
  let results: Matrix
  private let entropyResults: Matrix?
  /// 1 where the token that follows is the likeliest, or else 0.
  private let likeliestResults: Matrix?
  /// The results of all ranks, once they are gathered.
  private var everyResult, everyEntropy, everyLikeliest: [Float]
  /// The tokens of all rows and their positions.
  let tokens, positions: [Int32]
  /// For each row that is read, the token that follows.
  let targets: [Int32]
  /// The keys and values of the stems' rows, in each layer: [stems' rows, 2 keySize].
  private let stemKeys: [Matrix]
  /// Before the head: the hidden states that are read, and 1 / rms of each.
  let readStates: Matrix
  let readScales: Matrix

  init(
    _ model: Transformer, _ batch: TokenBatch, order: [Int], share: Range<Int>, own: TokenRows, temperature: Float,
    wantsEntropy: Bool, wantsLikeliest: Bool, activations: Activations?, dropout: Dropout?
  ) {
    self.model = model
    self.batch = batch
    (self.order, self.share, self.own) = (order, share, own)
    self.temperature = temperature
    (self.activations, self.dropout) = (activations, dropout)
    (tokens, positions, targets) = (own.tokens, own.positions, own.targets)
    let shape = model.configuration
    stemKeys = (0..<(own.stemCount > 0 ? shape.layerCount : 0)).map { _ in
      Matrix(rows: own.stemCount, columns: 2 * shape.keySize)
    }
    results = Matrix(rows: 1, columns: own.readCount)
    entropyResults = wantsEntropy ? Matrix(rows: 1, columns: own.readCount) : nil
    likeliestResults = wantsLikeliest ? Matrix(rows: 1, columns: own.readCount) : nil
    readStates = Matrix(rows: own.readCount, columns: model.configuration.hiddenSize)
    readScales = Matrix(rows: 1, columns: own.readCount)
    (everyResult, everyEntropy, everyLikeliest) = ([], [], [])
  }

  deinit { if let activations { model.giveBack(activations) } }

  /// log π of the token after each position that is read, in the batch's order.
  public var logps: [Float] { everyResult }
  /// The scalar head's number at each position that is read.
  public var values: [Float] { everyResult }
  /// The entropy at each position that is read, if it was asked for.
  public var entropies: [Float]? { entropyResults == nil ? nil : everyEntropy }

  /// Whether the token after each position that is read is the likeliest there, if it was asked for; of equals, the lowest id
  /// is.
  public var isLikeliest: [Bool] { everyLikeliest.map { $0 == 1 } }

  func run() {
    for packs in [own.stemPacks, own.endPacks] {
      model.workers.run(packs.count) { task, worker in
        run(own.packs[packs.lowerBound + task], model.scratch(worker))
      }
    }
    everyResult = gather(results)
    if let entropyResults { everyEntropy = gather(entropyResults) }
    if let likeliestResults { everyLikeliest = gather(likeliestResults) }
  }

  private func run(_ pack: TokenRows.Pack, _ scratch: WorkerScratch) {
    let memory = activations ?? scratch.activations
    // The batch's memory has all rows; a worker's begins at row 0 for every pack.
    let row = activations == nil ? 0 : pack.rows.lowerBound
    embed(pack.rows, into: memory.stream(0).row(row), stride: memory.stream(0).stride)
    for layer in 0..<model.configuration.layerCount {
      forward(layer: layer, pack: pack, memory, firstRow: row, scratch)
    }
    read(pack, from: memory.stream(model.configuration.layerCount), firstRow: row, scratch)
  }

  /// All ranks' numbers, in the batch's order.
  func gather(_ matrix: Matrix) -> [Float] {
    batch.restored(
      model.workers.ranks.gather(Array(UnsafeBufferPointer(start: matrix.start, count: own.readCount))), from: order)
  }

  /// The numbers of this rank's share, in the order of its rows.
  func ownPart(_ numbers: [Float]) -> [Float] {
    batch.arranged(numbers, in: Array(order[share]))
  }

  /// What stands before a stretch.
  func shared(before stretch: TokenRows.Stretch, layer: Int) -> gradus_shared {
    guard let stem = stretch.stem else { return gradus_shared(length: 0, keys: nil, ld: 0) }
    let (rows, keys) = (own.stretches[stem].rows, stemKeys[layer])
    return gradus_shared(length: rows.count, keys: keys.row(rows.lowerBound), ld: keys.stride)
  }

  /// Keeps the keys and values of stems for what follows them.
  func keep(_ rows: Range<Int>, of qkv: Matrix, _ firstRow: Int, layer: Int) {
    let shape = model.configuration
    for (row, kept) in rows.enumerated() {
      stemKeys[layer].row(kept).update(from: qkv.row(firstRow + row) + shape.querySize, count: 2 * shape.keySize)
    }
  }

  private func embed(_ range: Range<Int>, into rows: UnsafeMutablePointer<Float>, stride: Int) {
    for (row, token) in range.enumerated() {
      model.embed(tokens[token], at: positions[token], into: rows + row * stride)
    }
  }

  // MARK: - The head

  private func read(_ pack: TokenRows.Pack, from stream: Matrix, firstRow: Int, _ scratch: WorkerScratch) {
    let hidden = model.configuration.hiddenSize
    for (number, row) in own.reads(of: pack) {
      readStates.row(number).update(from: stream.row(firstRow + row - pack.rows.lowerBound), count: hidden)
    }
    for piece in pack.reads.pieces(of: model.configuration.logitRowsAtATime) { score(piece, logits(piece, scratch)) }
  }

  private func score(_ rows: Range<Int>, _ logits: Matrix) {
    if model.configuration.head == .scalar {
      for row in rows { results.start[row] = logits.row(row - rows.lowerBound)[0] }
      return
    }
    if let likeliestResults {
      for row in rows {
        let isLikeliest = Self.likeliest(logits.row(row - rows.lowerBound), logits.columns) == Int(targets[row])
        likeliestResults.start[row] = isLikeliest ? 1 : 0
      }
    }
    targets.withUnsafeBufferPointer { targets in
      guard let targets = targets.baseAddress else { return }
      kernels.token_logp_forward(
        rows.count, logits.columns, logits.start, logits.stride, targets + rows.lowerBound, 1 / temperature,
        results.start + rows.lowerBound, entropyResults.map { $0.start + rows.lowerBound })
    }
  }

  private static func likeliest(_ logits: UnsafePointer<Float>, _ count: Int) -> Int {
    var best = 0
    for token in 1..<max(1, count) where logits[token] > logits[best] { best = token }
    return best
  }

  /// The logits of some rows, in the scratch memory, together with the normed states that they come from.
  func logits(_ rows: Range<Int>, _ scratch: WorkerScratch) -> Matrix {
    let model = model
    // Rows of several packs may be more than a worker's pack has.
    scratch.normed.reserve(rows: rows.count)
    model.norm(
      rows.count, readStates.row(rows.lowerBound), readStates.stride, model.layout.finalNorm, scratch.normed,
      readScales.start + rows.lowerBound)
    model.scaleHead(0..<rows.count, scratch.normed)
    scratch.logits.reserve(rows: rows.count)
    model.head.apply(
      rows.count, scratch.normed.start, scratch.normed.stride, initial: nil, 0, to: scratch.logits.start,
      scratch.logits.stride)
    return scratch.logits
  }
}

extension Range<Int> {
  /// Parts of at most `size`, one after the other.
  func pieces(of size: Int) -> [Range<Int>] {
    stride(from: lowerBound, to: upperBound, by: size).map { $0..<Swift.min($0 + size, upperBound) }
  }
}
