#if canImport(Glibc)
  internal import Glibc
#endif

/// Memory for many floats, set to 0.
///
/// Large blocks ask the system for large pages: a product touches dozens of rows at once, each on its own page, and
/// looking up small pages would take a tenth of the time. They also go back to the system as soon as they are freed, and are
/// only there once something is written.
enum FloatMemory {
  #if os(Linux)
    private static let largePage = 1 << 21
    // The matrices of a model that is read and freed again would else stay with the allocator.
    private static let worthMapping = 1 << 18
    // Below that, fresh pages would take more time than they are worth.
    private static let worthReleasing = 1 << 26
  #endif

  static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    allocate(bytes: max(1, count) * MemoryLayout<Float>.stride).bindMemory(to: Float.self, capacity: max(1, count))
  }

  static func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    #if os(Linux)
      if bytes >= worthMapping { return mapped(bytes) }
    #endif
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    return memory
  }

  static func free(_ memory: UnsafeMutablePointer<Float>, _ count: Int) {
    free(memory, bytes: max(1, count) * MemoryLayout<Float>.stride)
  }

  static func free(_ memory: UnsafeMutableRawPointer, bytes: Int) {
    #if os(Linux)
      if bytes >= worthMapping {
        munmap(memory, bytes)
        return
      }
    #endif
    memory.deallocate()
  }

  #if os(Linux)
    /// Pages of the system's; many of them from the beginning of a large one on.
    private static func mapped(_ bytes: Int) -> UnsafeMutableRawPointer {
      let all = bytes >= largePage ? bytes + largePage : bytes
      let protection = PROT_READ | PROT_WRITE
      guard let start = mmap(nil, all, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), start != MAP_FAILED else {
        // As the allocator does.
        fatalError("no memory for \(bytes) bytes")
      }
      guard all > bytes else { return start }
      let before = (largePage - Int(bitPattern: start) % largePage) % largePage
      let (memory, page) = (start + before, Int(sysconf(Int32(_SC_PAGESIZE))))
      let end = (bytes + page - 1) / page * page
      if before > 0 { munmap(start, before) }
      if all > before + end { munmap(memory + end, all - before - end) }
      // Only advice: if it is refused, small pages work, too.
      _ = madvise(memory, bytes, MADV_HUGEPAGE)
      return memory
    }
  #endif

  /// Gives the pages of much memory back to the system, where it then reads as 0; returns false for less, which stays as it is.
  static func release(_ memory: UnsafeMutableRawPointer, _ bytes: Int) -> Bool {
    #if os(Linux)
      let pages = bytes / largePage * largePage
      guard bytes >= worthReleasing, madvise(memory, pages, MADV_DONTNEED) == 0 else { return false }
      (memory + pages).initializeMemory(as: UInt8.self, repeating: 0, count: bytes - pages)
      return true
    #else
      return false
    #endif
  }
}
