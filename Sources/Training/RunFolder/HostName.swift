internal import Foundation

/// The machine's name, as files and sentences may hold it.
enum HostName {
  static var own: String {
    var bytes = [CChar](repeating: 0, count: 256)
    gethostname(&bytes, bytes.count - 1)
    let name = String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let safe = name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") }
    return safe.isEmpty ? "localhost" : String(safe.prefix(64))
  }
}
