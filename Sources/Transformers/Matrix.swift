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

  deinit { FloatMemory.free(start) }

  static func stride(columns: Int) -> Int {
    let rounded = (columns + 15) / 16 * 16
    // Rows a power of two apart would compete for the same few sets of the cache.
    return rounded % 64 == 0 ? rounded + 16 : rounded
  }

  func row(_ number: Int) -> UnsafeMutablePointer<Float> { start + number * stride }

  /// Makes room for at least this many rows; contents are undefined afterwards.
  func reserve(rows wanted: Int) {
    guard wanted > rows else { return }
    FloatMemory.free(start)
    rows = wanted
    start = FloatMemory.allocate(rows * stride + Self.tail)
  }

  func clear(rows: Int) { start.update(repeating: 0, count: rows * stride) }

  // Kernels may read a whole vector at the last number; and the gaps between rows are read, though never used.
  private static let tail = 32
}

/// A matrix B[k, n] packed for products, in strips of 32 columns.
final class Panels: @unchecked Sendable {
  let columns: Int
  private(set) var capacity: Int
  private(set) var start: UnsafeMutablePointer<Float>

  init(rows: Int, columns: Int) {
    self.columns = columns
    capacity = rows
    start = Panels.allocate(rows, columns)
  }

  deinit { FloatMemory.free(start) }

  func reserve(rows wanted: Int) {
    guard wanted > capacity else { return }
    FloatMemory.free(start)
    capacity = wanted
    start = Panels.allocate(wanted, columns)
  }

  /// Packs rows of a matrix as the rows from `first` on.
  func pack(_ rows: Int, of matrix: UnsafePointer<Float>, stride: Int, at first: Int) {
    kernels.pack_rows(rows, columns, matrix, stride, start + GRADUS_PANEL * first, capacity)
  }

  private static func allocate(_ rows: Int, _ columns: Int) -> UnsafeMutablePointer<Float> {
    FloatMemory.allocate((columns + GRADUS_PANEL - 1) / GRADUS_PANEL * GRADUS_PANEL * rows)
  }
}
