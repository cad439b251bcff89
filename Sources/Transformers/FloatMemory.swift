#if canImport(Glibc)
  internal import Glibc
#endif

/// Memory for many floats, set to 0.
///
/// Large blocks ask the system for large pages: a product touches dozens of rows at once, each on its own page, and
/// looking up small pages would take a tenth of the time.
enum FloatMemory {
  #if os(Linux)
    private static let largePage = 1 << 21
  #endif

  static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    let bytes = max(1, count) * MemoryLayout<Float>.stride
    #if os(Linux)
      let isLarge = bytes >= largePage
      let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: isLarge ? largePage : 64)
      // Only advice: if it is refused, small pages work, too.
      if isLarge { _ = madvise(memory, bytes, MADV_HUGEPAGE) }
    #else
      let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    #endif
    let floats = memory.bindMemory(to: Float.self, capacity: max(1, count))
    floats.initialize(repeating: 0, count: max(1, count))
    return floats
  }

  static func free(_ floats: UnsafeMutablePointer<Float>) { UnsafeMutableRawPointer(floats).deallocate() }
}
