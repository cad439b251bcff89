internal import CKernels

/// The kernels for this CPU.
let kernels = gradus_kernels().pointee

/// Rows of 32-bit floats, aligned, with a gap between them that keeps neighbouring rows out of each other's cache lines.
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
    let rounded = (columns + 15) / 16 * 16
    // Rows a power of two apart would all fall into the same few sets of the cache.
    stride = rounded % 64 == 0 ? rounded + 16 : rounded
    start = Matrix.allocate(rows * stride)
  }

  deinit { UnsafeMutableRawPointer(start).deallocate() }

  func row(_ number: Int) -> UnsafeMutablePointer<Float> { start + number * stride }

  /// Makes room for at least this many rows; contents are undefined afterwards.
  func reserve(rows wanted: Int) {
    guard wanted > rows else { return }
    UnsafeMutableRawPointer(start).deallocate()
    rows = wanted
    start = Matrix.allocate(rows * stride)
  }

  func clear(rows: Int) { start.update(repeating: 0, count: rows * stride) }

  // A tail of 32 numbers, so that kernels may read a whole vector at the last number.
  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: (count + 32) * 4, alignment: 64)
    let floats = memory.bindMemory(to: Float.self, capacity: count + 32)
    // The gaps between rows are read by vectors, though what is read there is never used.
    floats.initialize(repeating: 0, count: count + 32)
    return floats
  }
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

  deinit { UnsafeMutableRawPointer(start).deallocate() }

  func reserve(rows wanted: Int) {
    guard wanted > capacity else { return }
    UnsafeMutableRawPointer(start).deallocate()
    capacity = wanted
    start = Panels.allocate(wanted, columns)
  }

  /// Packs rows of a matrix as the rows from `first` on.
  func pack(_ rows: Int, of matrix: UnsafePointer<Float>, stride: Int, at first: Int) {
    kernels.pack_rows(rows, columns, matrix, stride, start + GRADUS_PANEL * first, capacity)
  }

  private static func allocate(_ rows: Int, _ columns: Int) -> UnsafeMutablePointer<Float> {
    let panel = GRADUS_PANEL
    let count = (columns + panel - 1) / panel * panel * rows
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, count) * 4, alignment: 64)
    let floats = memory.bindMemory(to: Float.self, capacity: count)
    floats.initialize(repeating: 0, count: count)
    return floats
  }
}
