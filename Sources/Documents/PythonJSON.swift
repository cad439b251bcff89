/// JSON as Python writes it, in which `NaN`, `Infinity` and `-Infinity` stand unquoted.
///
///     PythonJSON.quotingNaN(Array(#"{"loss": NaN}"#.utf8))   // {"loss": "NaN"}
public enum PythonJSON {
  private static let numbers: [(name: String, value: Double)] = [
    ("NaN", .nan), ("Infinity", .infinity), ("-Infinity", -.infinity),
  ]

  /// A number that `quotingNaN` has made a string of its name.
  public static func number(_ name: String) -> Double? { numbers.first { $0.name == name }?.value }

  /// The same with each of the three as a string of its name.
  ///
  /// What stands within strings stays as it is.
  public static func quotingNaN(_ bytes: [UInt8]) -> [UInt8] {
    let words = numbers.map { $0.name }
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
        result += "\"\(word)\"".utf8
        i += word.utf8.count
        continue
      }
      result.append(bytes[i])
      i += 1
    }
    return result
  }
}
