import Autodiff

/// Dropout of what goes into an adapter's A while it is trained: with the probability p a number is 0, and otherwise it is
/// divided by 1 − p.
///
/// Which ones are 0 depends on the seed, on the optimizer step and the pass in it, and on projection, token and column alone.
/// So the way back, layers that are computed again, and any number of threads or ranks have the same.
///
/// Source: Srivastava et al. 2014; PEFT `lora.Linear.forward`, where each projection has a mask of its own.
struct Dropout: Sendable {
  let probability: Double
  /// Names the masks of one pass.
  private let pass: UInt64

  init(_ probability: Double, seed: UInt64, step: Int, pass: Int) {
    self.probability = probability
    var names = RandomStream(
      seed: seed, purpose: Self.purpose, UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: pass))
    self.pass = names.next()
  }

  private static let purpose: UInt32 = 22

  /// What each number of a token's row is multiplied by.
  ///
  /// - Parameters:
  ///   - token: Its number in the order of the pass, whatever rank has it.
  ///   - layer: The layer's number.
  ///   - projection: Which of the layer's products.
  ///   - part: Which of those that are one product; 0 to 3.
  func factors(
    token: Int, layer: Int, _ projection: Projection, part: Int, _ factors: UnsafeMutableBufferPointer<Float>
  ) {
    let module = (layer * Projection.allCases.count + projection.rawValue) * 4 + part
    var random = RandomStream(
      seed: pass, purpose: Self.purpose, UInt32(truncatingIfNeeded: token), UInt32(truncatingIfNeeded: module))
    let limit = UInt64(probability * 0x1p32)
    let kept = Float(1 / (1 - probability))
    for column in stride(from: 0, to: factors.count, by: 2) {
      let bits = random.next()
      factors[column] = bits & 0xffff_ffff < limit ? 0 : kept
      if column + 1 < factors.count { factors[column + 1] = bits >> 32 < limit ? 0 : kept }
    }
  }
}

/// The dropout of some rows of a layer, with a worker's memory for it.
struct RowDropout {
  let dropout: Dropout
  let layer: Int
  /// The first row's token.
  let firstToken: Int
  /// Room for rows of the widest input.
  let memory: Matrix

  /// y = mask ∘ x / (1 − p)
  func drop(
    _ projection: Projection, part: Int, _ rows: Int, _ columns: Int, _ x: UnsafePointer<Float>, _ ldx: Int,
    to y: UnsafeMutablePointer<Float>, _ ldy: Int
  ) {
    each(projection, part, rows, columns) { row, factors in
      let (from, to) = (x + row * ldx, y + row * ldy)
      for column in 0..<columns { to[column] = from[column] * factors[column] }
    }
  }

  /// dx += mask ∘ dy / (1 − p)
  func dropBackward(
    _ projection: Projection, part: Int, _ rows: Int, _ columns: Int, _ dy: UnsafePointer<Float>, _ lddy: Int,
    adding dx: UnsafeMutablePointer<Float>, _ lddx: Int
  ) {
    each(projection, part, rows, columns) { row, factors in
      let (from, to) = (dy + row * lddy, dx + row * lddx)
      for column in 0..<columns { to[column] += from[column] * factors[column] }
    }
  }

  private func each(
    _ projection: Projection, _ part: Int, _ rows: Int, _ columns: Int, _ body: (Int, UnsafePointer<Float>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: columns) { factors in
      guard let start = factors.baseAddress else { return }
      for row in 0..<rows {
        dropout.factors(token: firstToken + row, layer: layer, projection, part: part, factors)
        body(row, start)
      }
    }
  }
}
