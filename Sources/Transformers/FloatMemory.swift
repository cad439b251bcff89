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
    allocate(bytes: max(1, count) * MemoryLayout<Float>.stride).bindMemory(to: Float.self, capacity: max(1, count))
  }

  static func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    #if os(Linux)
      let isLarge = bytes >= largePage
      let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: isLarge ? largePage : 64)
      // Only advice: if it is refused, small pages work, too.
      if isLarge { _ = madvise(memory, bytes, MADV_HUGEPAGE) }
    #else
      let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    #endif
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    return memory
  }

  static func free(_ memory: UnsafeMutableRawPointer) { memory.deallocate() }
}
