internal import CKernels

/// The kernels for this CPU.
let kernels = gradus_kernels().pointee

/// Aligned rows of 32-bit floats, with gaps that keep neighbouring rows out of each other's cache lines.
final class Matrix: @unchecked Sendable {
  let columns: Int
  /// The distance between the beginnings of two rows.
  let stride: Int
  private(set) var rows: Int
  private(set) var start: UnsafeMutablePointer<Float>

  /// Contents are undefined.
  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    stride = Self.stride(columns: columns)
    start = FloatMemory.allocate(rows * stride + Self.tail)
  }

  deinit { FloatMemory.free(start, rows * stride + Self.tail) }

  static func stride(columns: Int) -> Int {
    let rounded = (columns + 15) / 16 * 16
    // Rows a power of two apart would compete for the same few sets of the cache.
    return rounded % 64 == 0 ? rounded + 16 : rounded
  }

  func row(_ number: Int) -> UnsafeMutablePointer<Float> { start + number * stride }

  /// Makes room for at least this many rows; contents are undefined afterwards.
  func reserve(rows wanted: Int) {
    guard wanted > rows else { return }
    FloatMemory.free(start, rows * stride + Self.tail)
    rows = wanted
    start = FloatMemory.allocate(rows * stride + Self.tail)
  }

  func clear(rows: Int) { start.update(repeating: 0, count: rows * stride) }

  // Kernels may read a whole vector at the last number; and the gaps between rows are read, though never used.
  private static let tail = 32
}

/// A matrix B[k, n] packed for products, in strips of 32 columns: as 32-bit floats, or as bfloat16 for products that take both
/// factors so.
final class Panels: @unchecked Sendable {
  let columns: Int
  private let rounds: Bool
  private var capacity: Int
  private var start: UnsafeMutableRawPointer

  init(rows: Int, columns: Int, rounds: Bool) {
    (self.columns, self.rounds) = (columns, rounds)
    (capacity, start) = Self.allocate(rows, columns, rounds)
  }

  deinit { FloatMemory.free(start, bytes: Self.bytes(capacity, columns, rounds)) }

  func reserve(rows wanted: Int) {
    guard wanted > capacity else { return }
    FloatMemory.free(start, bytes: Self.bytes(capacity, columns, rounds))
    (capacity, start) = Self.allocate(wanted, columns, rounds)
  }

  /// Packs rows of a matrix as the rows from `first` on; several threads may do so at a time.
  func pack(_ rows: Int, of matrix: UnsafePointer<Float>, stride: Int, at first: Int) {
    if rounds {
      kernels.pack_rows_half(rows, columns, matrix, stride, start, capacity, first)
    } else {
      let floats = start.assumingMemoryBound(to: Float.self)
      kernels.pack_rows(rows, columns, matrix, stride, floats + GRADUS_PANEL * first, capacity)
    }
  }

  /// Tells it how many rows there are once all are packed.
  func end(at rows: Int) { if rounds { kernels.end_rows_half(rows, columns, start, capacity) } }

  var packed: gradus_packed {
    gradus_packed(
      panels: start, capacity: capacity, rows: 0, format: (rounds ? MatrixFormat.pairs : .floats).code, turned: 0,
      rounds: rounds ? 1 : 0)
  }

  private static func allocate(
    _ rows: Int, _ columns: Int, _ rounds: Bool
  ) -> (capacity: Int, start: UnsafeMutableRawPointer) {
    // A bfloat16 shares its word with that of the next row.
    let capacity = rounds ? rows + rows % 2 : rows
    return (capacity, FloatMemory.allocate(bytes: bytes(capacity, columns, rounds)))
  }

  private static func bytes(_ capacity: Int, _ columns: Int, _ rounds: Bool) -> Int {
    max(1, (columns + GRADUS_PANEL - 1) / GRADUS_PANEL * GRADUS_PANEL * capacity) * (rounds ? 2 : 4)
  }
}
