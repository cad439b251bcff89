/// JSON as Python writes it, in which `NaN`, `Infinity` and `-Infinity` stand unquoted.
///
///     PythonJSON.quotingNaN(Array(#"{"loss": NaN}"#.utf8))   // {"loss": "NaN"}
public enum PythonJSON {
  /// The same with `null` in place of each of the three.
  public static func withoutNaN(_ bytes: [UInt8]) -> [UInt8] { replacingNaN(bytes) { _ in "null" } }

  /// The same with each of the three as a string of its name.
  public static func quotingNaN(_ bytes: [UInt8]) -> [UInt8] { replacingNaN(bytes) { "\"\($0)\"" } }

  /// What stands within strings stays as it is.
  private static func replacingNaN(_ bytes: [UInt8], by replacement: (String) -> String) -> [UInt8] {
    let words = ["NaN", "Infinity", "-Infinity"]
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var (isInString, i) = (false, 0)
    while i < bytes.count {
      let byte = bytes[i]
      if isInString {
        if byte == UInt8(ascii: "\\"), i + 1 < bytes.count {
          result.append(byte)
          i += 1
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
      } else if byte == UInt8(ascii: "\"") {
        isInString = true
      } else if let word = words.first(where: { bytes[i...].starts(with: $0.utf8) }) {
        result += replacement(word).utf8
        i += word.utf8.count
        continue
      }
      result.append(bytes[i])
      i += 1
    }
    return result
  }
}
