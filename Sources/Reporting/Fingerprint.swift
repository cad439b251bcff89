/// A short number that distinguishes texts.
public enum Fingerprint {
  /// FNV-1a with 64 bits over the UTF-8 bytes, as 16 hexadecimal digits.
  ///
  ///     Fingerprint.fnv1a64("")   // "cbf29ce484222325"
  ///     Fingerprint.fnv1a64("a")  // "af63dc4c8601ec8c"
  ///
  /// It finds accidental differences; it does not resist deliberate collisions. Source: Fowler, Noll and Vo; RFC 9923.
  public static func fnv1a64(_ text: String) -> String {
    let digits = String(fnv1a64Bits(text), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// The same as a number.
  public static func fnv1a64Bits(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }
}
