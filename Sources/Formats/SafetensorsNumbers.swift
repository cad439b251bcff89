import Documents

extension Safetensors {
  /// Reads a tensor's numbers as 32-bit floats, row-major.
  ///
  /// `destination` takes as many as it has room for, from number `first` on. Numbers of 64 bits are rounded to the nearest.
  public func read(
    _ tensor: Tensor, from first: Int = 0, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(FileError) {
    precondition(first + destination.count <= tensor.count)
    let start = dataStart + tensor.bytes.lowerBound + first * tensor.type.size
    switch tensor.type {
    // The file is little-endian, and so is every machine that this runs on.
    case .f32: try file.read(at: start, into: UnsafeMutableRawBufferPointer(destination))
    case .f16: try convert(start, destination) { (half: UInt16) in Self.float(half: half) }
    case .bf16: try convert(start, destination) { (half: UInt16) in Float(bitPattern: UInt32(half) << 16) }
    case .f64: try convert(start, destination) { (double: Double) in Float(double) }
    default:
      throw FileError(
        path, "the tensor '\(tensor.name)' has the dtype \(tensor.type.rawValue); weights are F32, F16, BF16 or F64")
    }
  }

  /// Reads and converts a few thousand numbers at a time, so that a large tensor is not in memory twice.
  private func convert<Number>(
    _ start: Int, _ destination: UnsafeMutableBufferPointer<Float>, _ float: (Number) -> Float
  ) throws(FileError) {
    let size = MemoryLayout<Number>.stride
    var done = 0
    while done < destination.count {
      let count = min(1 << 16, destination.count - done)
      let bytes = try file.bytes(at: start + done * size, count: count * size)
      bytes.withUnsafeBytes { raw in
        for i in 0..<count {
          destination[done + i] = float(raw.loadUnaligned(fromByteOffset: i * size, as: Number.self))
        }
      }
      done += count
    }
  }

  /// IEEE 754 binary16. `Float16` is not available on every machine that Swift knows.
  static func float(half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) << 16
    let (exponent, fraction) = (UInt32(half >> 10 & 0x1f), UInt32(half & 0x3ff))
    switch exponent {
    case 0: return Float(bitPattern: sign | (Float(fraction) * 0x1p-24).bitPattern)
    case 0x1f: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}

// To the nearest number, and of two that are equally near to the even one.
extension Safetensors {
  /// The first half of a number, which is what BF16 keeps.
  public static func brain(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    // Rounding could make an infinity of a NaN.
    if value.isNaN { return UInt16(bits >> 16) | 0x40 }
    return UInt16((bits + 0x7fff + (bits >> 16 & 1)) >> 16)
  }

  /// IEEE 754 binary16.
  public static func half(_ value: Float) -> UInt16 {
    let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
    if value.isNaN { return sign | 0x7e00 }
    let size = value.magnitude
    if size >= 65_520 { return sign | 0x7c00 }
    // What a unit in the last place is worth, of which there are at most 2048.
    let exponent = max(size.exponent, -14)
    let unit = Float(sign: .plus, exponent: exponent - 10, significand: 1)
    let units = UInt16((size / unit).rounded(.toNearestOrEven))
    // The first bit of a normal number is not written; if rounding carries, it counts up the exponent.
    return sign | (size < 0x1p-14 ? units : UInt16(exponent + 14) << 10 + units)
  }
}

extension Safetensors {
  /// A tensor to be written; its numbers must stay where they are until that is done.
  public struct Source {
    public let name: String
    public let shape: [Int]
    let type: ElementType
    public let bytes: UnsafeRawBufferPointer

    /// Numbers of 32 bits.
    public init(name: String, shape: [Int], values: UnsafeBufferPointer<Float>) {
      self.init(name: name, shape: shape, type: .f32, bytes: UnsafeRawBufferPointer(values))
    }

    /// Numbers of another type, as they lie in the file.
    public init(name: String, shape: [Int], type: ElementType, bytes: UnsafeRawBufferPointer) {
      self.name = name
      self.shape = shape
      self.type = type
      self.bytes = bytes
    }
  }

  /// Writes tensors sorted by name: the same numbers always give the same bytes, those that the reference implementation
  /// writes.
  public static func write(_ tensors: [Source], to path: String) throws(FileError) {
    let sorted = tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    let start = prefix(sorted)
    let parts = sorted.map(\.bytes)
    try start.withUnsafeBufferPointer { start throws(FileError) in
      try AtomicFile.write(parts: [UnsafeRawBufferPointer(start)] + parts, to: path)
    }
  }

  /// The header's length and the header, which spaces lengthen to a multiple of 8 bytes.
  private static func prefix(_ tensors: [Source]) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("__metadata__")
    json.beginObject()
    json.key("format")
    json.string("pt")
    json.endObject()
    var offset = 0
    for tensor in tensors {
      precondition(tensor.shape.reduce(1, *) * tensor.type.size == tensor.bytes.count)
      json.key(tensor.name)
      json.beginObject()
      json.key("dtype")
      json.string(tensor.type.rawValue)
      json.key("shape")
      json.integers(tensor.shape)
      json.key("data_offsets")
      json.integers([offset, offset + tensor.bytes.count])
      json.endObject()
      offset += tensor.bytes.count
    }
    json.endObject()
    var header = Array(json.text.utf8)
    header += repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    return (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header
  }
}

extension JSONWriter {
  fileprivate mutating func integers(_ numbers: [Int]) {
    beginArray()
    for number in numbers { integer(number) }
    endArray()
  }
}
