/// Cuts a script's output into lines as it arrives.
///
/// Empty lines are held back until another line follows: those at the end do not count.
struct LineGatherer {
  private var pending: [UInt8] = []

  /// Takes more bytes; returns the lines that are now complete.
  mutating func add(_ bytes: ArraySlice<UInt8>) -> [String] {
    pending += bytes
    guard let end = pending.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
    let lines = Self.text(pending[..<end]).outputLines
    // Nothing but empty lines so far.
    guard !lines.isEmpty, let last = pending[..<end].lastIndex(where: { !"\r\n".utf8.contains($0) }) else { return [] }
    let next = pending[last...].firstIndex(of: UInt8(ascii: "\n")) ?? end
    pending.removeFirst(next + 1)
    return lines
  }

  /// What remains at the end.
  mutating func end() -> [String] {
    defer { pending = [] }
    return Self.text(pending[...]).outputLines
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
