internal import CKernels

/// The tokens that a model finds likeliest at one position, and what two models make of them: all other tokens are left
/// out, or are one more.
///
/// A softmax over the logits that remain is each distribution scaled to a sum of 1 over these tokens; one further logit,
/// T log Σ exp(z / T) over the others, is their mass. Source: TRL `compute_topk_self_distillation_loss`.
struct LikeliestTokens {
  /// The logits of the model and of the other one, as many.
  var own: [Float]
  private(set) var others: [Float]
  /// Where they stand in the row; the one for all others stands nowhere.
  private let places: [Int]
  /// All other tokens, where they are one more, and each one's share of its probability.
  private let rest: [Int]
  private let shares: [Float]

  /// - Parameters:
  ///   - choice: How many tokens, and whether the rest is one more.
  ///   - logits: The model's row.
  ///   - teacher: The other model's.
  ///   - size: The number of tokens.
  ///   - temperature: By which logits are divided.
  init(
    _ choice: TeacherPass.Likeliest, _ logits: UnsafePointer<Float>, _ teacher: UnsafePointer<Float>, size: Int,
    temperature: Float
  ) {
    places = Self.places(choice.count, logits, size)
    (own, others) = (places.map { logits[$0] }, places.map { teacher[$0] })
    rest = choice.addsTail && places.count < size ? Self.rest(of: size, without: places) : []
    var shares = rest.map { logits[$0] }
    if !rest.isEmpty {
      own.append(Self.mass(&shares, temperature))
      var theirs = rest.map { teacher[$0] }
      others.append(Self.mass(&theirs, temperature))
    }
    self.shares = shares
  }

  /// Writes a gradient by these logits into the row, in the place of its logits.
  func scatter(_ gradient: [Float], into row: UnsafeMutablePointer<Float>, size: Int) {
    for i in 0..<size { row[i] = 0 }
    for (place, amount) in zip(places, gradient) { row[place] = amount }
    if let last = gradient.last { for (place, share) in zip(rest, shares) { row[place] = last * share } }
  }

  /// A heap whose first element is the least likely of the likeliest: most tokens are looked at once.
  private static func places(_ count: Int, _ logits: UnsafePointer<Float>, _ size: Int) -> [Int] {
    var heap = Array(0..<min(count, size))
    func isBelow(_ a: Int, _ b: Int) -> Bool { logits[a] < logits[b] || (logits[a] == logits[b] && a > b) }
    func sink(_ start: Int) {
      var i = start
      while true {
        var least = i
        for child in [2 * i + 1, 2 * i + 2] where child < heap.count && isBelow(heap[child], heap[least]) {
          least = child
        }
        if least == i { return }
        heap.swapAt(i, least)
        i = least
      }
    }
    for i in (0..<heap.count / 2).reversed() { sink(i) }
    for token in heap.count..<size where isBelow(heap[0], token) {
      heap[0] = token
      sink(0)
    }
    return heap.sorted()
  }

  private static func rest(of size: Int, without places: [Int]) -> [Int] {
    var rest: [Int] = []
    rest.reserveCapacity(size - places.count)
    var next = places[...]
    for token in 0..<size {
      if next.first == token { next.removeFirst() } else { rest.append(token) }
    }
    return rest
  }

  /// T log Σ exp(z / T), and in the place of each z its share of that sum.
  private static func mass(_ logits: inout [Float], _ temperature: Float) -> Float {
    logits.withUnsafeMutableBufferPointer { logits in
      guard let start = logits.baseAddress else { return -.infinity }
      let sum = kernels.softmax(logits.count, start, 1 / temperature)
      return temperature * (sum.largest + sum.log_sum)
    }
  }
}
