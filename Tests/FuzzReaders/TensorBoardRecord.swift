/// The frame of an event in TensorBoard's files: length, checksum of the length, event, checksum of the event.
enum TensorBoardRecord {
  static func framed(_ event: ArraySlice<UInt8>) -> [UInt8] {
    let length = bytes(UInt64(event.count))
    return length + bytes(checksum(length[...])) + event + bytes(checksum(event))
  }

  private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  /// CRC-32C, masked as TensorFlow's `crc32c::Mask` does.
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1) * 0x82f6_3b78 }
    }
    crc = ~crc
    return (crc >> 15 | crc << 17) &+ 0xa282_ead8
  }
}
