internal import CKernels

/// A weight W[outputs, inputs], packed for products, as 32-bit floats, as bfloat16 or as bytes; or not packed, where its
/// numbers are in memory anyway.
///
/// y = x Wᵀ and dx = dy W are both computed from the same memory, with the same bits in each case.
final class PackedMatrix: @unchecked Sendable {
  let outputs, inputs: Int
  let format: MatrixFormat
  /// Whether its products take both factors as bfloat16.
  let rounds: Bool
  /// W as it is, which products take where nothing is packed.
  private let plain: UnsafePointer<Float>?
  private var start: UnsafeMutableRawPointer?
  /// The same for dx = dy W, which is a few percent faster than to turn blocks while multiplying.
  private let turned: Panels?

  /// Nothing is allocated before it is packed.
  ///
  /// - Parameters:
  ///   - format: How it is kept, where that is not what its products need alone.
  ///   - plain: W, row after row, which must stay there.
  init(
    outputs: Int, inputs: Int, rounds: Bool, format: MatrixFormat? = nil, packsTwice: Bool = false,
    plain: UnsafePointer<Float>? = nil
  ) {
    let format = format ?? (rounds ? .pairs : .floats)
    // Bytes are exact with floats, which need not be rounded then.
    (self.outputs, self.inputs, self.rounds, self.format) = (outputs, inputs, rounds && format != .bytes, format)
    self.plain = plain
    turned = packsTwice ? Panels(rows: 0, columns: inputs, rounds: rounds) : nil
  }

  deinit { unpack() }

  private var capacity: Int { format.capacity(inputs) }
  private var panelCount: Int { (outputs + GRADUS_PANEL - 1) / GRADUS_PANEL }

  // Turned blocks are read up to a whole panel's width beyond the last row.
  private var bytes: Int { panelCount * format.panelBytes(inputs) + 4 * GRADUS_PANEL * GRADUS_PANEL }

  private func memory() -> UnsafeMutableRawPointer {
    if let start { return start }
    let memory = FloatMemory.allocate(bytes: bytes)
    start = memory
    return memory
  }

  /// Where a panel begins, by W's first row in it.
  private func panel(from first: Int) -> UnsafeMutableRawPointer {
    memory() + first / GRADUS_PANEL * format.panelBytes(inputs)
  }

  /// What kernels read, from one of W's rows on, which begins a panel.
  private func packed(turned: Bool, from first: Int = 0) -> gradus_packed {
    let (turned, rounds) = (turned ? 1 : 0, rounds ? 1 : 0) as (Int32, Int32)
    if start == nil, let plain {
      return gradus_packed(
        panels: plain + first * inputs, capacity: inputs, rows: outputs - first, format: MatrixFormat.floats.code,
        turned: turned, rounds: rounds)
    }
    return gradus_packed(
      panels: panel(from: first), capacity: capacity, rows: 0, format: format.code, turned: turned, rounds: rounds)
  }

  /// Frees what was packed; W stays.
  func unpack() {
    if let start { FloatMemory.free(start, bytes: bytes) }
    start = nil
  }

  /// Packs some rows of W; the first is a multiple of 32, and so is their number unless they are the last.
  func pack(_ rows: Int, of values: UnsafePointer<Float>, at first: Int = 0) {
    let place = panel(from: first)
    switch format {
    case .floats:
      kernels.pack_columns(inputs, rows, values, inputs, place.assumingMemoryBound(to: Float.self), capacity)
    case .pairs: kernels.pack_columns_half(inputs, rows, values, inputs, place, capacity)
    case .bytes: kernels.pack_columns_bytes(inputs, rows, values, inputs, place, capacity)
    }
  }

  /// Packs what makes `applyBackward` faster, if that is wanted.
  func prepareBackward(_ values: UnsafePointer<Float>) {
    guard let turned else { return }
    turned.reserve(rows: outputs)
    turned.pack(outputs, of: values, stride: inputs, at: 0)
    turned.end(at: outputs)
  }

  /// `c = initial + a Wᵀ`, rows of `a` having `inputs` numbers.
  ///
  /// - Parameter workers: The threads that share the columns of the result.
  func apply(
    _ rows: Int, _ a: UnsafePointer<Float>, _ lda: Int, initial: UnsafePointer<Float>?, _ ldinitial: Int,
    to c: UnsafeMutablePointer<Float>, _ ldc: Int, workers: Workers
  ) {
    let parts = min(workers.count, panelCount)
    // A panel of the result at a time would share them most evenly; these are as large as can be.
    let result = Pointers(a: a, initial: initial, c: c)
    workers.run(parts) { part, _ in
      let first = GRADUS_PANEL * (panelCount * part / parts)
      let end = min(outputs, GRADUS_PANEL * (panelCount * (part + 1) / parts))
      var some = packed(turned: false, from: first)
      kernels.multiply(
        rows, end - first, inputs, result.a, lda, &some, result.initial.map { $0 + first }, ldinitial,
        result.c + first, ldc)
    }
  }

  /// What threads may share, since each writes its own columns.
  private struct Pointers: @unchecked Sendable {
    let a: UnsafePointer<Float>
    let initial: UnsafePointer<Float>?
    let c: UnsafeMutablePointer<Float>
  }

  /// `dx = initial + dy W`.
  func applyBackward(
    _ rows: Int, _ dy: UnsafePointer<Float>, _ lddy: Int, initial: UnsafePointer<Float>? = nil, _ ldinitial: Int = 0,
    to dx: UnsafeMutablePointer<Float>, _ lddx: Int
  ) {
    var matrix = turned?.packed ?? packed(turned: true)
    kernels.multiply(rows, inputs, outputs, dy, lddy, &matrix, initial, ldinitial, dx, lddx)
  }

  /// The checksum of the numbers as they lie in memory, after what went before.
  func checksum(after start: UInt64) -> UInt64 {
    Parameters.checksum(memory(), words: panelCount * format.panelBytes(inputs) / 4, after: start)
  }

  /// One row of W.
  func takeRow(_ row: Int, to y: UnsafeMutablePointer<Float>) {
    kernels.take_column(inputs, memory(), capacity, format.code, row, y)
  }
}
