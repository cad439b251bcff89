/// The alphabet of byte-level vocabularies: a visible character for each of the 256 bytes.
///
/// Printable Latin-1 characters stand for themselves, the other bytes for U+0100, U+0101 and so on: `bytes_to_unicode` in
/// https://github.com/openai/gpt-2/blob/master/src/encoder.py.
enum ByteLevel {
  static let scalars: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (0..<256 as Range<UInt32>).map { byte in
      if (0x21...0x7e).contains(byte) || (0xa1...0xac).contains(byte) || (0xae...0xff).contains(byte) {
        return Unicode.Scalar(UInt8(byte))
      }
      defer { next += 1 }
      return Unicode.Scalar(next) ?? " "
    }
  }()

  private static let bytes = Dictionary(uniqueKeysWithValues: zip(scalars, 0...255 as ClosedRange<UInt8>))

  static func encode(_ text: String) -> String {
    var encoded = String.UnicodeScalarView()
    for byte in text.utf8 { encoded.append(scalars[Int(byte)]) }
    return String(encoded)
  }

  /// The bytes of a token; those of its own text when it is not written in this alphabet.
  static func decode(_ token: String) -> [UInt8] {
    var decoded: [UInt8] = []
    for scalar in token.unicodeScalars {
      guard let byte = bytes[scalar] else { return Array(token.utf8) }
      decoded.append(byte)
    }
    return decoded
  }
}
