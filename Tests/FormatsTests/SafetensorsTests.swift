import Foundation
import Testing

@testable import Formats

/// A file that goes away with its owner.
final class ScratchFile {
  let path = FileManager.default.temporaryDirectory.appending(path: "gradus-\(UUID().uuidString)").path

  init(_ bytes: [UInt8]? = nil) throws {
    if let bytes { try AtomicFile.write(bytes, to: path) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A header with its length before it, and so many zeros after it.
func safetensors(_ header: String, zeros: Int) -> [UInt8] {
  let length = header.utf8.count
  return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + header.utf8
    + [UInt8](repeating: 0, count: zeros)
}

@Suite struct SafetensorsTests {
  private static func floats(_ file: Safetensors, _ name: String) throws -> [Float] {
    let tensor = try #require(file.tensor(named: name))
    var values = [Float](repeating: .nan, count: tensor.count)
    try values.withUnsafeMutableBufferPointer { try file.read(tensor, into: $0) }
    return values
  }

  @Test func whatIsWrittenIsReadBitForBit() throws {
    let scratch = try ScratchFile()
    let first: [Float] = [1, -0.0, .infinity, .leastNonzeroMagnitude, 0x1.fffffep127, -1e-30]
    let second: [Float] = [3.5]
    try first.withUnsafeBufferPointer { first in
      try second.withUnsafeBufferPointer { second in
        try Safetensors.write(
          [
            .init(name: "b", shape: [2, 3], values: first), .init(name: "a\"é", shape: [], values: second),
            .init(name: "none", shape: [0, 4], values: UnsafeBufferPointer(start: nil, count: 0)),
          ], to: scratch.path)
      }
    }
    let file = try Safetensors(path: scratch.path)
    #expect(file.tensors.map(\.name) == ["a\"é", "b", "none"])
    #expect(file.tensors.map(\.shape) == [[], [2, 3], [0, 4]])
    #expect(try Self.floats(file, "b").map(\.bitPattern) == first.map(\.bitPattern))
    #expect(try Self.floats(file, "a\"é") == second)
    #expect(try Self.floats(file, "none") == [])
    let bytes = try readFile(scratch.path)
    #expect((bytes.count - 28) % 8 == 0, "the header must be padded")
  }

  @Test func narrowAndWideNumbersBecomeFloats() throws {
    let header = """
      {"h":{"dtype":"F16","shape":[6],"data_offsets":[0,12]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[12,16]},\
      "d":{"dtype":"F64","shape":[1],"data_offsets":[16,24]},"i":{"dtype":"I64","shape":[1],"data_offsets":[24,32]}}
      """
    var bytes = safetensors(header, zeros: 0)
    // 1, −2, the smallest subnormal, the largest number, infinity, NaN
    for half in [0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0x7e00, 0x3f80, 0xc049] as [UInt16] {
      bytes += [UInt8(half & 0xff), UInt8(half >> 8)]
    }
    bytes += withUnsafeBytes(of: 0.1.bitPattern.littleEndian) { Array($0) } + [1, 0, 0, 0, 0, 0, 0, 0]
    let scratch = try ScratchFile(bytes)
    let file = try Safetensors(path: scratch.path)
    let halves = try Self.floats(file, "h")
    #expect(Array(halves.dropLast()) == [1, -2, 0x1p-24, 65504, .infinity])
    #expect(halves[5].isNaN)
    #expect(try Self.floats(file, "b") == [1, -3.140625])
    #expect(try Self.floats(file, "d") == [0.1])
    #expect(throws: FileError(scratch.path, "the tensor 'i' has the dtype I64; weights are F32, F16, BF16 or F64")) {
      try Self.floats(file, "i")
    }
  }

  @Test(arguments: [
    ("{}", 1, "1 bytes after the header belong to no tensor"),
    (#"[]"#, 0, "the header must begin with '{'"),
    (#" {}"#, 0, "the header must begin with '{'"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#, 4, "expected ',' or '}', found the end of the file"),
    (#"{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#, 4, "has the dtype 'F31'"),
    (#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, 4, "the tensor 'a' needs the key 'dtype'"),
    (
      #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "the shape of the tensor 'a' must not be negative"
    ),
    (#"{"a":{"dtype":"F32","shape":[0.5],"data_offsets":[0,4]}}"#, 4, "must be a whole number"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "begin ≤ end"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}"#, 4, "begin ≤ end"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "has 4 bytes, but its shape and dtype need 8"),
    (#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0, "'a' is too large"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4, "'a' ends at byte 8, but there are only 4"),
    (
      #"{"a":{"dtype":"F32","shape":[1125899906842624],"data_offsets":[0,4503599627370496]}}"#, 4,
      "ends at byte 4503599627370496"
    ),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "a hole between the header and the tensor 'a'"),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      8,
      "the tensor 'b' overlaps the tensor 'a'"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      8,
      "the key 'a' appears twice"
    ),
    (#"{"__metadata__":{"n":1}}"#, 0, "'n' must be a string"),
    (#"{"__metadata__":[]}"#, 0, "__metadata__ must be an object"),
  ])
  func aMalformedHeaderIsRefused(header: String, zeros: Int, reason: String) throws {
    let scratch = try ScratchFile(safetensors(header, zeros: zeros))
    let error = #expect(throws: FileError.self) { try Safetensors(path: scratch.path) }
    #expect(error?.description.hasPrefix("\(scratch.path): ") == true)
    #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
  }

  @Test(arguments: [
    ([], "it has 0 bytes"), ([1, 2, 3], "it has 3 bytes"),
    ([2, 0, 0, 0, 0, 0, 0, 0, 0x7b], "its header should have 2 bytes, but only 1 follow"),
    ([255, 255, 255, 255, 255, 255, 255, 255, 0x7b, 0x7d], "more than the 100 MB allowed"),
    ([0, 0, 0, 0, 0, 0, 0, 0x80, 0x7b, 0x7d], "more than the 100 MB allowed"),
    ([0, 0, 0, 0, 0, 0, 0, 0], "the header must begin with '{'"),
  ])
  func aWrongLengthOfTheHeaderIsRefused(bytes: [UInt8], reason: String) throws {
    let scratch = try ScratchFile(bytes)
    let error = #expect(throws: FileError.self) { try Safetensors(path: scratch.path) }
    #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
  }

  @Test func aFolderAndAMissingFileAreRefused() {
    #expect(throws: FileError("/tmp", "cannot be read: it is not a file")) { try Safetensors(path: "/tmp") }
    #expect(throws: FileError("/none", "cannot be read: No such file or directory")) { try Safetensors(path: "/none") }
  }

  @Test func damagedFilesAreReadOrRefused() throws {
    let header = """
      {"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},\
      "v":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]}}
      """
    let whole = safetensors(header, zeros: 22)
    var random = SystemlessRandom(state: 7)
    var refused = 0
    let scratch = try ScratchFile()
    for round in 0..<2_000 {
      var bytes = whole
      if round % 4 == 0 {
        bytes.removeLast(random.below(bytes.count) + 1)
      } else {
        for _ in 0...random.below(3) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
      }
      try Data(bytes).write(to: URL(filePath: scratch.path))
      do throws(FileError) {
        let file = try Safetensors(path: scratch.path)
        for tensor in file.tensors where tensor.count <= 64 {
          let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: tensor.count)
          defer { values.deallocate() }
          try file.read(tensor, into: values)
        }
      } catch {
        refused += 1
      }
    }
    #expect(refused > 1_000)
  }
}

@Suite struct HalfNumbersTests {
  /// Every number of 16 bits is itself, and what lies between two becomes the nearer one, or the even one of both.
  @Test func numbersAreRoundedToTheNearest() {
    func check(_ float: (UInt16) -> Float, _ half: (Float) -> UInt16, largest: UInt16) {
      for bits in 0..<largest {
        let (low, high) = (float(bits), float(bits + 1))
        #expect(half(low) == bits && half(-low) == bits | 0x8000)
        let middle = low + (high - low) / 2
        #expect(half(middle) == bits + bits & 1)
        #expect(half(middle.nextDown) == bits && half(middle.nextUp) == bits + 1)
      }
      #expect(float(half(.infinity)) == .infinity && float(half(.nan)).isNaN)
      #expect(float(half(.greatestFiniteMagnitude)) == .infinity)
    }
    check(Safetensors.float(half:), Safetensors.half, largest: 0x7bff)
    check({ Float(bitPattern: UInt32($0) << 16) }, Safetensors.brain, largest: 0x7f7f)
  }
}

/// Numbers that are the same in every run.
struct SystemlessRandom {
  var state: UInt64

  mutating func below(_ limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % limit
  }
}
