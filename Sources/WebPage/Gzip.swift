import CZlib

/// Compresses parts of a page with gzip, which a browser unpacks with `DecompressionStream`.
public enum Gzip {
  /// The bytes of a gzip file, the same for the same input: its header names no time and no system.
  public static func compress(_ bytes: [UInt8]) throws(PageError) -> [UInt8] {
    let bound = gradus_gzip_bound(bytes.count)
    guard bound > 0 else { throw PageError("\(bytes.count) bytes are too many for a page") }
    let result = [UInt8](unsafeUninitializedCapacity: bound) { output, count in
      count = gradus_gzip(bytes, bytes.count, output.baseAddress, bound)
    }
    guard !result.isEmpty else { throw PageError("zlib could not compress \(bytes.count) bytes") }
    return result
  }

  /// Compressed, and in base 85, the way a page holds it.
  static func text(of bytes: [UInt8]) throws(PageError) -> String { Base85.text(of: try compress(bytes)) }
}
