internal import CKernels

/// A weight W[outputs, inputs], packed for products, as 32-bit floats or as bfloat16.
///
/// y = x Wᵀ and dx = dy W are both computed from the same memory.
final class PackedMatrix: @unchecked Sendable {
  let outputs, inputs: Int
  let isHalf: Bool
  private var start: UnsafeMutableRawPointer?
  /// The same for dx = dy W, which is a few percent faster than to turn blocks while multiplying.
  private let turned: Panels?

  /// Nothing is allocated before it is packed.
  init(outputs: Int, inputs: Int, isHalf: Bool = false, packsTwice: Bool = false) {
    (self.outputs, self.inputs, self.isHalf) = (outputs, inputs, isHalf)
    turned = packsTwice ? Panels(rows: 0, columns: inputs) : nil
  }

  deinit { if let start { FloatMemory.free(start) } }

  private var width: Int { isHalf ? 2 : 4 }

  private func memory() -> UnsafeMutableRawPointer {
    if let start { return start }
    let panels = (outputs + GRADUS_PANEL - 1) / GRADUS_PANEL
    // Turned blocks are read up to a whole panel's width beyond the last row.
    let numbers = GRADUS_PANEL * (panels * inputs + GRADUS_PANEL)
    let memory = FloatMemory.allocate(bytes: numbers * width)
    start = memory
    return memory
  }

  /// Packs some rows of W; the first is a multiple of 32, and so is their number unless they are the last.
  func pack(_ rows: Int, of values: UnsafePointer<Float>, at first: Int = 0) {
    let place = memory() + first * inputs * width
    if isHalf {
      kernels.pack_columns_half(inputs, rows, values, inputs, place.assumingMemoryBound(to: UInt16.self), inputs)
    } else {
      kernels.pack_columns(inputs, rows, values, inputs, place.assumingMemoryBound(to: Float.self), inputs)
    }
  }

  /// Packs what makes `applyBackward` faster, if that is wanted.
  func prepareBackward(_ values: UnsafePointer<Float>) {
    guard let turned else { return }
    turned.reserve(rows: outputs)
    turned.pack(outputs, of: values, stride: inputs, at: 0)
  }

  /// `c = initial + a Wᵀ`, rows of `a` having `inputs` numbers.
  func apply(
    _ rows: Int, _ a: UnsafePointer<Float>, _ lda: Int, initial: UnsafePointer<Float>?, _ ldinitial: Int,
    to c: UnsafeMutablePointer<Float>, _ ldc: Int
  ) {
    let multiply = isHalf ? kernels.multiply_half : kernels.multiply
    multiply(rows, outputs, inputs, a, lda, memory(), inputs, initial, ldinitial, c, ldc)
  }

  /// `dx = initial + dy W`.
  func applyBackward(
    _ rows: Int, _ dy: UnsafePointer<Float>, _ lddy: Int, initial: UnsafePointer<Float>? = nil, _ ldinitial: Int = 0,
    to dx: UnsafeMutablePointer<Float>, _ lddx: Int
  ) {
    if let turned {
      kernels.multiply(rows, inputs, outputs, dy, lddy, turned.start, turned.capacity, initial, ldinitial, dx, lddx)
    } else {
      let multiply = isHalf ? kernels.multiply_turned_half : kernels.multiply_turned
      multiply(rows, inputs, outputs, dy, lddy, memory(), inputs, initial, ldinitial, dx, lddx)
    }
  }

  /// The checksum of the numbers as they lie in memory, after what went before.
  func checksum(after start: UInt64) -> UInt64 {
    let panels = (outputs + GRADUS_PANEL - 1) / GRADUS_PANEL
    return Parameters.checksum(memory(), words: GRADUS_PANEL * panels * inputs * width / 4, after: start)
  }

  /// One row of W.
  func takeRow(_ row: Int, to y: UnsafeMutablePointer<Float>) {
    kernels.take_column(inputs, memory(), inputs, isHalf ? 1 : 0, row, y)
  }
}
