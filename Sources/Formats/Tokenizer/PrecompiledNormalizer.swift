#if !hasFeature(Embedded)
  import Foundation

  /// SentencePiece's table of replacements, compiled into a double-array trie.
  ///
  /// Source: https://github.com/huggingface/spm_precompiled, which reads what SentencePiece's `normalizer.cc` writes: the trie's
  /// size in bytes, the trie, and the replacements, each of which ends with a zero.
  struct PrecompiledNormalizer: Sendable {
    private let units: [UInt32]
    private let replacements: [UInt8]

    /// nil for what is no such table.
    init?(base64: String) {
      guard let bytes = Data(base64Encoded: base64).map([UInt8].init), bytes.count >= 4 else { return nil }
      func number(at place: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) }
      }
      let size = Int(number(at: 0))
      guard size % 4 == 0, size <= bytes.count - 4 else { return nil }
      units = stride(from: 4, to: 4 + size, by: 4).map(number)
      replacements = Array(bytes[(4 + size)...])
    }

    func normalized(_ text: String) -> String {
      var result: [UInt8] = []
      for character in text {
        // A character of several scalars may have a replacement as a whole.
        if character.utf8.count < 6, let replacement = replacement(of: character.utf8) {
          result += replacement
          continue
        }
        for scalar in character.unicodeScalars {
          let bytes = Array(String(scalar).utf8)
          result += replacement(of: bytes) ?? bytes[...]
        }
      }
      return String(decoding: result, as: UTF8.self)
    }

    /// What stands for the shortest beginning of the bytes that has a replacement.
    private func replacement(of bytes: some Sequence<UInt8>) -> ArraySlice<UInt8>? {
      guard let root = units.first else { return nil }
      var place = Int(Self.offset(root))
      for byte in bytes {
        if byte == 0 { return nil }
        place ^= Int(byte)
        guard units.indices.contains(place), units[place] & 0x8000_00ff == UInt32(byte) else { return nil }
        let unit = units[place]
        place ^= Int(Self.offset(unit))
        guard unit >> 8 & 1 == 1, units.indices.contains(place) else { continue }
        let start = Int(units[place] & 0x7fff_ffff)
        guard start <= replacements.count else { return nil }
        return replacements[start...].prefix { $0 != 0 }
      }
      return nil
    }

    private static func offset(_ unit: UInt32) -> UInt32 { (unit >> 10) << ((unit & (1 << 9)) >> 6) }
  }
#endif
