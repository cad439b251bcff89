/// Bytes as text that can stand in a script element: five characters for four bytes, a sixteenth less than base64.
///
/// Four bytes are a number of five digits in base 85, the first the most significant; what is left at the end, n bytes, is n + 1
/// digits. The digits are letters, numbers and signs of which none can end an element or begin another.
public enum Base85 {
  private static let digits = Array(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*+,-./:;=?@^_{|}~".utf8)

  public static func text(of bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count / 4 * 5 + 5)
    for start in stride(from: 0, to: bytes.count, by: 4) {
      let count = min(4, bytes.count - start)
      var number: UInt32 = 0
      for offset in 0..<4 { number = number << 8 | (offset < count ? UInt32(bytes[start + offset]) : 0) }
      var group = [UInt8](repeating: 0, count: 5)
      for place in (0..<5).reversed() {
        group[place] = digits[Int(number % 85)]
        number /= 85
      }
      text += group[...count]
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes of a text; nil where it is none.
  public static func bytes(of text: String) -> [UInt8]? {
    var values = [UInt64?](repeating: nil, count: 256)
    for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt64(value) }
    let text = Array(text.utf8)
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: text.count, by: 5) {
      let count = min(5, text.count - start)
      var number: UInt64 = 0
      for offset in 0..<5 {
        // The largest digit stands for those that were left out.
        guard let digit = offset < count ? values[Int(text[start + offset])] : 84 else { return nil }
        number = number * 85 + digit
      }
      guard count > 1, number <= UInt64(UInt32.max) else { return nil }
      for place in 0..<(count - 1) { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(24 - 8 * place))) }
    }
    return bytes
  }
}
