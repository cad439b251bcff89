/// The framing of TensorFlow's record files, by which an incomplete record of a stopped program is recognised.
///
///     length   8 bytes, little-endian
///     check    4 bytes, the masked CRC-32C of the length
///     payload  `length` bytes
///     check    4 bytes, the masked CRC-32C of the payload
enum TFRecord {
  static func framed(_ payload: [UInt8]) -> [UInt8] {
    let length = bytes(UInt64(payload.count))
    return length + bytes(CRC32C.masked(length)) + payload + bytes(CRC32C.masked(payload))
  }

  /// The record that begins at an index, and where the next one begins; nil if there is no whole record.
  static func payload(in file: [UInt8], at start: Int) -> (payload: ArraySlice<UInt8>, end: Int)? {
    guard file.count - start >= 16 else { return nil }
    let length = file[start..<start + 8]
    guard number(file[(start + 8)..<(start + 12)]) == UInt64(CRC32C.masked(length)),
      let count = Int(exactly: number(length)), count <= file.count - start - 16
    else { return nil }
    let payload = file[(start + 12)..<(start + 12 + count)]
    let end = start + 16 + count
    return number(file[(end - 4)..<end]) == UInt64(CRC32C.masked(payload)) ? (payload, end) : nil
  }

  private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
