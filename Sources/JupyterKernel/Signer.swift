import Formats

/// Signs messages with the key of the connection file: HMAC-SHA256, in hexadecimal digits.
///
/// Source: RFC 2104; "The wire protocol" of Jupyter's messaging specification.
public struct Signer: Sendable {
  private static let blockSize = 64
  private let innerKey: [UInt8]
  private let outerKey: [UInt8]
  /// An empty key switches signatures off.
  private let isOn: Bool

  public init(key: [UInt8]) {
    isOn = !key.isEmpty
    var block = key.count > Self.blockSize ? SHA256.digest(key) : key
    block += [UInt8](repeating: 0, count: Self.blockSize - block.count)
    innerKey = block.map { $0 ^ 0x36 }
    outerKey = block.map { $0 ^ 0x5c }
  }

  /// The signature of header, parent's header, metadata and content, one after the other; empty without a key.
  public func signature(of parts: [[UInt8]]) -> String {
    isOn ? SHA256.hexadecimal(outerKey + SHA256.digest(innerKey + parts.joined())) : ""
  }

  /// Whether a signature is that of the parts; the time taken does not reveal how much of it is right.
  public func accepts(_ signature: [UInt8], of parts: [[UInt8]]) -> Bool {
    let right = Array(self.signature(of: parts).utf8)
    guard isOn else { return true }
    guard signature.count == right.count else { return false }
    var difference: UInt8 = 0
    for (a, b) in zip(signature, right) { difference |= a ^ b }
    return difference == 0
  }
}
