extension GGUF {
  /// How the numbers of a tensor are written: whole, or in blocks of few bits each with scales of their own.
  ///
  /// Source: ggml, `ggml-common.h` and `dequantize_row_*` in `ggml-quants.c`.
  enum NumberType: UInt32, CaseIterable, Sendable {
    case f32 = 0
    case f16 = 1
    case q4x0 = 2
    case q4x1 = 3
    case q5x0 = 6
    case q5x1 = 7
    case q8x0 = 8
    case q4K = 12
    case q5K = 13
    case q6K = 14
    case bf16 = 30

    /// As llama.cpp writes it: `Q4_0`, `Q4_K`.
    var name: String {
      let name = "\(self)".uppercased()
      return name.hasSuffix("K") ? name.dropLast() + "_K" : name.replacing("X", with: "_")
    }

    /// Numbers in a block.
    var blockSize: Int {
      switch self {
      case .f32, .f16, .bf16: 1
      case .q4x0, .q4x1, .q5x0, .q5x1, .q8x0: 32
      case .q4K, .q5K, .q6K: 256
      }
    }

    /// Bytes of a block.
    var blockBytes: Int {
      switch self {
      case .f32: 4
      case .f16, .bf16: 2
      case .q4x0: 2 + 16
      case .q4x1: 4 + 16
      case .q5x0: 2 + 4 + 16
      case .q5x1: 4 + 4 + 16
      case .q8x0: 2 + 32
      case .q4K: 4 + 12 + 128
      case .q5K: 4 + 12 + 32 + 128
      case .q6K: 128 + 64 + 16 + 2
      }
    }
  }

  /// Reads a tensor's numbers as 32-bit floats, row-major.
  ///
  /// `destination` has room for exactly `tensor.count` numbers.
  public func read(_ tensor: Tensor, into destination: UnsafeMutableBufferPointer<Float>) throws(FileError) {
    precondition(destination.count == tensor.count)
    let type = tensor.type
    let blocks = tensor.count / type.blockSize
    // A few thousand blocks at a time, so that a large tensor is not in memory twice.
    var done = 0
    while done < blocks {
      let count = min(1 << 12, blocks - done)
      let bytes = try file.bytes(at: tensor.start + done * type.blockBytes, count: count * type.blockBytes)
      bytes.withUnsafeBytes { raw in
        for i in 0..<count {
          let block = GGUFBlock(raw, at: i * type.blockBytes)
          let numbers = UnsafeMutableBufferPointer(
            rebasing: destination[(done + i) * type.blockSize..<(done + i + 1) * type.blockSize])
          block.unpack(type, into: numbers)
        }
      }
      done += count
    }
  }
}

/// One block's bytes.
private struct GGUFBlock {
  private let raw: UnsafeRawBufferPointer
  private let start: Int

  init(_ raw: UnsafeRawBufferPointer, at start: Int) { (self.raw, self.start) = (raw, start) }

  private subscript(i: Int) -> Int { Int(raw[start + i]) }

  private func half(_ i: Int) -> Float {
    Safetensors.float(half: raw.loadUnaligned(fromByteOffset: start + i, as: UInt16.self))
  }

  private func signed(_ i: Int) -> Int { Int(Int8(bitPattern: raw[start + i])) }

  func unpack(_ type: GGUF.NumberType, into y: UnsafeMutableBufferPointer<Float>) {
    switch type {
    case .f32: y[0] = raw.loadUnaligned(fromByteOffset: start, as: Float.self)
    case .f16: y[0] = half(0)
    case .bf16: y[0] = Float(bitPattern: UInt32(raw.loadUnaligned(fromByteOffset: start, as: UInt16.self)) << 16)
    case .q4x0: fours(from: 2, scale: half(0), offset: -8 * half(0), into: y)
    case .q4x1: fours(from: 4, scale: half(0), offset: half(2), into: y)
    case .q5x0: fives(high: 2, scale: half(0), offset: -16 * half(0), into: y)
    case .q5x1: fives(high: 4, scale: half(0), offset: half(2), into: y)
    case .q8x0: for j in 0..<32 { y[j] = Float(signed(2 + j)) * half(0) }
    case .q4K: groups(high: nil, low: 16, into: y)
    case .q5K: groups(high: 16, low: 48, into: y)
    case .q6K: sixes(into: y)
    }
  }

  /// 32 numbers of 4 bits: the low halves of 16 bytes, then the high ones.
  private func fours(from first: Int, scale: Float, offset: Float, into y: UnsafeMutableBufferPointer<Float>) {
    for j in 0..<16 {
      y[j] = Float(self[first + j] & 15) * scale + offset
      y[j + 16] = Float(self[first + j] >> 4) * scale + offset
    }
  }

  /// The same with a fifth bit, of all 32 in four bytes of their own.
  private func fives(high: Int, scale: Float, offset: Float, into y: UnsafeMutableBufferPointer<Float>) {
    for j in 0..<16 {
      let (low, first, second) = (
        self[high + 4 + j], self[high + j / 8] >> (j % 8) & 1, self[high + 2 + j / 8] >> (j % 8) & 1
      )
      y[j] = Float(low & 15 | first << 4) * scale + offset
      y[j + 16] = Float(low >> 4 | second << 4) * scale + offset
    }
  }

  /// 256 numbers in eight groups of 32, each with a scale and an offset of 6 bits, of 4 bits or, with `high`, 5.
  private func groups(high: Int?, low: Int, into y: UnsafeMutableBufferPointer<Float>) {
    let (scale, offset) = (half(0), half(2))
    for group in 0..<8 {
      let (s, m) = scaleAndOffset(group)
      let (scale, offset) = (scale * Float(s), offset * Float(m))
      for l in 0..<32 {
        let byte = self[low + group / 2 * 32 + l]
        let bits = group % 2 == 0 ? byte & 15 : byte >> 4
        let fifth = high.map { self[$0 + l] >> group & 1 } ?? 0
        y[group * 32 + l] = scale * Float(bits | fifth << 4) - offset
      }
    }
  }

  /// The 6-bit scale and offset of a group, packed into 12 bytes from byte 4 on.
  private func scaleAndOffset(_ j: Int) -> (Int, Int) {
    if j < 4 { return (self[4 + j] & 63, self[8 + j] & 63) }
    return (self[8 + j] & 15 | (self[j] >> 6) << 4, self[8 + j] >> 4 | (self[4 + j] >> 6) << 4)
  }

  /// 256 numbers of 6 bits: four low in 128 bytes, two high in 64, then 16 scales of 8 bits and one for all.
  private func sixes(into y: UnsafeMutableBufferPointer<Float>) {
    let scale = half(208)
    for half in 0..<2 {
      for quarter in 0..<4 {
        for l in 0..<32 {
          let byte = self[half * 64 + quarter % 2 * 32 + l]
          let low = quarter < 2 ? byte & 15 : byte >> 4
          let high = self[128 + half * 32 + l] >> (2 * quarter) & 3
          let own = signed(192 + half * 8 + quarter * 2 + l / 16)
          y[half * 128 + quarter * 32 + l] = scale * Float(own) * Float((low | high << 4) - 32)
        }
      }
    }
  }
}
