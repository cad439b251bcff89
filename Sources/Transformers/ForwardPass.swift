internal import CKernels

/// A batch that went through a model: its log-probabilities or scalars, and what the backward pass needs.
public final class ForwardPass: @unchecked Sendable {
  public let batch: TokenBatch
  /// Which of its sequences this rank takes, and these as a batch; all of them if there is one rank.
  let share: Range<Int>
  let own: TokenBatch
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
  /// Tokens, their positions and the tokens that follow, one after the other for the whole batch.
  let tokens, positions: [Int32]
  /// For each row that is read, its token's number in the batch and the token that follows.
  let readTokens: [Int]
  let targets: [Int32]
  /// Before the head: the hidden states that are read, and 1 / rms of each.
  let readStates: Matrix
  let readScales: Matrix

  init(
    _ model: Transformer, _ batch: TokenBatch, share: Range<Int>, own: TokenBatch, temperature: Float,
    wantsEntropy: Bool, wantsLikeliest: Bool, activations: Activations?
  ) {
    self.model = model
    self.batch = batch
    (self.share, self.own) = (share, own)
    self.temperature = temperature
    self.activations = activations
    dropout = activations == nil ? nil : model.adapters?.nextDropout()
    tokens = own.sequences.flatMap { $0 }
    positions = own.sequences.flatMap { $0.indices.map { Int32($0) } }
    var readTokens: [Int] = []
    var targets: [Int32] = []
    for (number, sequence) in own.sequences.enumerated() {
      for position in own.readPositions[number] {
        readTokens.append(own.tokenStarts[number] + position)
        targets.append(position + 1 < sequence.count ? sequence[position + 1] : 0)
      }
    }
    self.readTokens = readTokens
    self.targets = targets
    results = Matrix(rows: 1, columns: own.rowCount)
    entropyResults = wantsEntropy ? Matrix(rows: 1, columns: own.rowCount) : nil
    likeliestResults = wantsLikeliest ? Matrix(rows: 1, columns: own.rowCount) : nil
    readStates = Matrix(rows: own.rowCount, columns: model.configuration.hiddenSize)
    readScales = Matrix(rows: 1, columns: own.rowCount)
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
    let model = model
    model.workers.run(own.packs.count) { task, worker in
      let pack = own.packs[task]
      let tokens = own.tokens(of: pack)
      let memory = activations ?? model.scratch(worker).activations
      // The batch's memory has a row for every token; a worker's begins at row 0 for every pack.
      let row = activations == nil ? 0 : tokens.lowerBound
      embed(tokens, into: memory.stream(0).row(row), stride: memory.stream(0).stride)
      for layer in 0..<model.configuration.layerCount {
        forward(layer: layer, pack: pack, memory, firstRow: row, model.scratch(worker))
      }
      read(pack, from: memory.stream(model.configuration.layerCount), firstRow: row, model.scratch(worker))
    }
    everyResult = gather(results)
    if let entropyResults { everyEntropy = gather(entropyResults) }
    if let likeliestResults { everyLikeliest = gather(likeliestResults) }
  }

  func gather(_ matrix: Matrix) -> [Float] {
    model.workers.ranks.gather(Array(UnsafeBufferPointer(start: matrix.start, count: own.rowCount)))
  }

  private func embed(_ range: Range<Int>, into rows: UnsafeMutablePointer<Float>, stride: Int) {
    for (row, token) in range.enumerated() {
      model.embed(tokens[token], at: positions[token], into: rows + row * stride)
    }
  }

  // MARK: - The head

  private func read(_ pack: Range<Int>, from stream: Matrix, firstRow: Int, _ scratch: WorkerScratch) {
    let rows = own.rows(of: pack)
    guard !rows.isEmpty else { return }
    let firstToken = own.tokens(of: pack).lowerBound
    let hidden = model.configuration.hiddenSize
    for row in rows {
      let from = stream.row(firstRow + readTokens[row] - firstToken)
      readStates.row(row).update(from: from, count: hidden)
    }
    for piece in rows.pieces(of: model.configuration.logitRowsAtATime) { score(piece, logits(piece, scratch)) }
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
