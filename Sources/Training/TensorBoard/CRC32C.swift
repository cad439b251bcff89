/// The checksum of TensorFlow's records: CRC-32 with Castagnoli's polynomial, 0x1EDC6F41, bits reversed (RFC 3720, appendix B.4).
enum CRC32C {
  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }

  /// The masked form in files, since the plain checksum of bytes that contain their own checksum says little.
  ///
  ///     ((crc >> 15) | (crc << 17)) + 0xa282ead8
  ///
  /// TensorFlow, `tensorflow/core/lib/hash/crc32c.h`.
  static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let crc = checksum(bytes)
    return (crc >> 15 | crc << 17) &+ 0xa282_ead8
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
  }
}
