/// A message of protocol buffers, written field by field (protobuf.dev/programming-guides/encoding).
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  mutating func integer(_ field: Int, _ value: Int) {
    tag(field, wire: 0)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func double(_ field: Int, _ value: Double) {
    tag(field, wire: 1)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func float(_ field: Int, _ value: Float) {
    tag(field, wire: 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func string(_ field: Int, _ text: String) { block(field, Array(text.utf8)) }

  /// A message within this one.
  mutating func message(_ field: Int, _ write: (inout ProtobufMessage) -> Void) {
    var inner = ProtobufMessage()
    write(&inner)
    block(field, inner.bytes)
  }

  private mutating func block(_ field: Int, _ content: [UInt8]) {
    tag(field, wire: 2)
    varint(UInt64(content.count))
    bytes += content
  }

  private mutating func tag(_ field: Int, wire: UInt64) { varint(UInt64(field) << 3 | wire) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 0x7f {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// The value of an integer field in a message; 0 if it is missing, nil if this is no message.
  static func integer(_ wanted: Int, in message: ArraySlice<UInt8>) -> Int? {
    var rest = message
    while !rest.isEmpty {
      guard let tag = varint(&rest) else { return nil }
      switch tag & 7 {
      case 0:
        guard let value = varint(&rest) else { return nil }
        if tag >> 3 == wanted { return Int(Int64(bitPattern: value)) }
      case 1: rest = rest.dropFirst(8)
      case 2:
        guard let count = varint(&rest), count <= rest.count else { return nil }
        rest = rest.dropFirst(Int(count))
      case 5: rest = rest.dropFirst(4)
      default: return nil
      }
    }
    return 0
  }

  private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for place in 0..<10 {
      guard let byte = bytes.popFirst() else { return nil }
      value |= UInt64(byte & 0x7f) << UInt64(7 * place)
      if byte < 0x80 { return value }
    }
    return nil
  }

  /// A field of a message that is read.
  struct Field {
    let number: Int
    /// A varint's bits, or those of a number of 32 or 64 bits.
    fileprivate let bits: UInt64
    fileprivate let wire: UInt64
    /// What stands in a field of bytes, text or a message.
    let block: ArraySlice<UInt8>?

    var integer: Int? { wire == 0 ? Int(Int64(bitPattern: bits)) : nil }
    var float: Double? { wire == 5 ? Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))) : nil }
    var double: Double? { wire == 1 ? Double(bitPattern: bits) : nil }
  }

  /// The fields of a message, in their order, up to where it is damaged.
  static func fields(of message: ArraySlice<UInt8>) -> [Field] {
    var fields: [Field] = []
    var rest = message
    while !rest.isEmpty, let tag = varint(&rest) {
      var (bits, block): (UInt64, ArraySlice<UInt8>?) = (0, nil)
      switch tag & 7 {
      case 0:
        guard let value = varint(&rest) else { return fields }
        bits = value
      case 1, 5:
        let count = tag & 7 == 1 ? 8 : 4
        guard rest.count >= count else { return fields }
        bits = rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(count)
      case 2:
        guard let count = varint(&rest), count <= rest.count else { return fields }
        block = rest.prefix(Int(count))
        rest = rest.dropFirst(Int(count))
      default: return fields
      }
      guard let number = Int(exactly: tag >> 3) else { return fields }
      fields.append(Field(number: number, bits: bits, wire: tag & 7, block: block))
    }
    return fields
  }

  /// The number that 4 or 8 bytes are, little-endian.
  static func number(_ bytes: ArraySlice<UInt8>) -> Double {
    let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return bytes.count == 8 ? Double(bitPattern: bits) : Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
  }
}
